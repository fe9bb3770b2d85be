package org.archipelago.query.search;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.patient.IssuerDomain;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.matching.Condition;
import org.archipelago.query.matching.Conditions;
import org.archipelago.query.matching.SearchTerms;

/**
 * A query, read and checked.
 *
 * @param keys those that constrain
 * @param unmatched paths of keys with a value for which this level has no matching
 * @param wanted attributes of the answer; meaningless when the query wants all
 */
record Request(ArchiveQuery query, List<Key> keys, List<List<Integer>> unmatched, Set<Integer> wanted) {
    static final int MAX_KEYS = 256;

    /**
     * @param tag the outermost tag of its path
     * @param condition for the index
     * @param inHeader for an instance's own attributes and its order; of a patient's issuer they tell as much as the record
     */
    record Key(int tag, MatchingKey asked, Condition condition, Condition inHeader) {
        Key(int tag, MatchingKey asked, Condition condition) {
            this(tag, asked, condition, condition);
        }
    }

    /**
     * What came before this site was given an issuer is its own, too.
     *
     * @throws ArchiveException INVALID_QUERY
     */
    static Request of(ArchiveQuery query, int maxLimit) {
        return of(
                query,
                maxLimit,
                Stream.of(query.localIssuer().strip(), "", IssuerDomain.UNNAMED)
                        .distinct()
                        .toList());
    }

    /**
     * As it is meant of what other sites hold: identifiers whose domain nobody knows are not of this site's there. Empty when it can
     * mean nobody there.
     */
    static Optional<Request> ofOthers(ArchiveQuery query, int maxLimit) {
        String local = query.localIssuer().strip();
        Request request = of(query, maxLimit, List.of(local));
        boolean isOfUnknownDomain = local.isEmpty()
                && request.keys().stream()
                        .anyMatch(key -> key.tag() == Tags.PATIENT_ID || key.tag() == Tags.ACCESSION_NUMBER);
        return isOfUnknownDomain ? Optional.empty() : Optional.of(request);
    }

    /** @param local the domains that a bare identifier means, the empty one for none that is known */
    private static Request of(ArchiveQuery query, int maxLimit, List<String> local) {
        if (query.limit() < 0
                || query.limit() > maxLimit
                || query.offset() < 0
                || query.keys().size() > MAX_KEYS) {
            throw new ArchiveException(ArchiveError.INVALID_QUERY, "limit, offset or number of keys");
        }
        List<Key> keys = new ArrayList<>();
        List<List<Integer>> unmatched = new ArrayList<>();
        for (MatchingKey key : query.keys()) {
            Condition condition = Conditions.of(key, query.fuzzyNames());
            if (condition instanceof Condition.Always) {
                continue;
            }
            if (LevelAttributes.isMatched(query.level(), key)) {
                keys.add(new Key(key.path().getFirst(), key, condition));
            } else if (!LevelAttributes.CONTROL.contains(key.path().getFirst())) {
                unmatched.add(key.path());
            }
        }
        addDomains(local, keys);
        return new Request(query, grouped(keys), List.copyOf(unmatched), wanted(query, keys));
    }

    /** A bare Patient ID or Accession Number means the asker's own domain (architecture section 3). */
    private static void addDomains(List<String> local, List<Key> keys) {
        Optional<Key> issuer = asked(keys, Tags.ISSUER_OF_PATIENT_ID);
        boolean issuerAsked = issuer.isPresent()
                || asked(keys, Tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE).isPresent();
        String field = Tags.hex(Tags.ISSUER_OF_PATIENT_ID);
        if (issuer.isPresent() && issuer.get().condition() instanceof Condition.Equal(String term)) {
            addDomain(
                    keys,
                    Tags.PATIENT_ID,
                    List.of(term.substring(field.length() + 1)),
                    List.of(issuer.get().condition()));
        } else if (!issuerAsked) {
            addDomain(
                    keys,
                    Tags.PATIENT_ID,
                    local,
                    local.stream()
                            .<Condition>map(domain -> domain.isEmpty()
                                    ? new Condition.NoValue(field)
                                    : new Condition.Equal(field + "=" + domain))
                            .toList());
        }
        if (asked(keys, Tags.ISSUER_OF_ACCESSION_NUMBER_SEQUENCE).isEmpty()) {
            asked(keys, Tags.ACCESSION_NUMBER).ifPresent(key -> {
                Condition ofDomain = ofIssuers(key, local);
                keys.add(new Key(Tags.ACCESSION_NUMBER, key.asked(), ofDomain));
            });
        }
    }

    private static void addDomain(List<Key> keys, int tag, List<String> issuers, List<Condition> inHeader) {
        asked(keys, tag)
                .ifPresent(key ->
                        keys.add(new Key(tag, key.asked(), ofIssuers(key, issuers), new Condition.AnyOf(inHeader))));
    }

    private static Condition ofIssuers(Key key, List<String> issuers) {
        return new Condition.AnyOf(issuers.stream()
                .map(issuer ->
                        within(SearchTerms.identifierField(key.tag(), issuer), Tags.hex(key.tag()), key.condition()))
                .toList());
    }

    /** The same asked of an identifier's field of one issuer. */
    private static Condition within(String of, String bare, Condition condition) {
        return switch (condition) {
            case Condition.Equal(String term) -> new Condition.Equal(of + term.substring(bare.length()));
            case Condition.Like(String field, String pattern) ->
                new Condition.Like(of + field.substring(bare.length()), pattern);
            case Condition.AnyOf(List<Condition> any) ->
                new Condition.AnyOf(
                        any.stream().map(one -> within(of, bare, one)).toList());
            case Condition.AllOf(List<Condition> all) ->
                new Condition.AllOf(
                        all.stream().map(one -> within(of, bare, one)).toList());
            case Condition.OneOf(String field, Set<String> terms) ->
                new Condition.OneOf(
                        of + field.substring(bare.length()),
                        terms.stream()
                                .map(term -> of + term.substring(bare.length()))
                                .collect(Collectors.toSet()));
            // an absent identifier is of no issuer; of the others, identifiers know none
            case Condition.NoValue _,
                    Condition.Always _,
                    Condition.Between _,
                    Condition.WordLike _,
                    Condition.InOneItem _ -> new Condition.Always();
        };
    }

    /** Several keys in one sequence speak of one item of it (PS3.4 §C.2.2.2.6). */
    private static List<Key> grouped(List<Key> keys) {
        List<Key> grouped = new ArrayList<>();
        Map<Integer, List<Key>> sequences = new LinkedHashMap<>();
        for (Key key : keys) {
            if (key.asked().path().size() > 1) {
                sequences.computeIfAbsent(key.tag(), _ -> new ArrayList<>()).add(key);
            } else {
                grouped.add(key);
            }
        }
        sequences.forEach(
                (tag, inner) -> grouped.add(new Key(tag, inner.getFirst().asked(), ofOneItem(inner, 1))));
        return List.copyOf(grouped);
    }

    /** @param depth of the sequence that all these keys are in: steps of their paths that lead to it */
    private static Condition ofOneItem(List<Key> keys, int depth) {
        if (keys.size() == 1) {
            return keys.getFirst().condition();
        }
        List<Condition> conditions = new ArrayList<>();
        Map<Integer, List<Key>> deeper = new LinkedHashMap<>();
        for (Key key : keys) {
            if (key.asked().path().size() == depth + 1) {
                conditions.add(key.condition());
            } else {
                deeper.computeIfAbsent(key.asked().path().get(depth), _ -> new ArrayList<>())
                        .add(key);
            }
        }
        deeper.values().forEach(inner -> conditions.add(ofOneItem(inner, depth + 1)));
        return new Condition.InOneItem(
                List.copyOf(keys.getFirst().asked().path().subList(0, depth)), conditions);
    }

    /** Conditions that the terms of a document cannot answer: they do not tell items apart. */
    List<Condition.InOneItem> itemConditions() {
        return keys.stream()
                .map(Key::condition)
                .filter(Condition.InOneItem.class::isInstance)
                .map(Condition.InOneItem.class::cast)
                .toList();
    }

    private static Optional<Key> asked(List<Key> keys, int tag) {
        return keys.stream().filter(key -> key.tag() == tag).findFirst();
    }

    private static Set<Integer> wanted(ArchiveQuery query, List<Key> keys) {
        Set<Integer> wanted = new HashSet<>(LevelAttributes.defaults(
                query.level(),
                asked(keys, Tags.STUDY_INSTANCE_UID).isPresent(),
                asked(keys, Tags.SERIES_INSTANCE_UID).isPresent()));
        wanted.addAll(query.includeFields());
        query.keys().forEach(key -> wanted.add(key.path().getFirst()));
        return wanted;
    }

    boolean wants(int tag) {
        return query.includeAll() || wanted.contains(tag);
    }

    /** Of a data set, what the answer has. */
    AttributeSet select(AttributeSet attributes) {
        return query.includeAll() ? attributes : attributes.filter(wanted::contains);
    }

    /** The value of the only key with this tag, when it names exactly one UID. */
    Optional<String> singleUid(int tag) {
        List<Key> found = keys.stream().filter(key -> key.tag() == tag).toList();
        return found.size() == 1
                ? Optional.of(found.getFirst().asked().value().strip()).filter(value -> !value.contains("\\"))
                : Optional.empty();
    }
}
