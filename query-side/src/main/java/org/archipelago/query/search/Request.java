package org.archipelago.query.search;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.matching.Condition;
import org.archipelago.query.matching.Conditions;

/**
 * A query, read and checked.
 *
 * @param keys those that constrain
 * @param unmatched paths of keys with a value for which this level has no matching
 * @param wanted attributes of the answer; meaningless when the query wants all
 */
record Request(ArchiveQuery query, List<Key> keys, List<List<Integer>> unmatched, Set<Integer> wanted) {
    static final int MAX_KEYS = 256;
    private static final int LOCAL_NAMESPACE_ENTITY_ID = 0x00400031;
    private static final int UNIVERSAL_ENTITY_ID = 0x00400032;

    /** @param tag the outermost tag of its path */
    record Key(int tag, MatchingKey asked, Condition condition) {}

    /** @throws ArchiveException INVALID_QUERY */
    static Request of(ArchiveQuery query, int maxLimit) {
        if (query.limit() < 1
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
        addDomains(query, keys);
        return new Request(query, List.copyOf(keys), List.copyOf(unmatched), wanted(query, keys));
    }

    /** A bare Patient ID or Accession Number means the asker's own domain (architecture section 3). */
    private static void addDomains(ArchiveQuery query, List<Key> keys) {
        String local = query.localIssuer().strip();
        boolean issuerAsked = keys.stream()
                .anyMatch(k -> k.tag() == Tags.ISSUER_OF_PATIENT_ID
                        || k.tag() == Tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE);
        if (!issuerAsked && asked(keys, Tags.PATIENT_ID).isPresent()) {
            String field = Tags.hex(Tags.ISSUER_OF_PATIENT_ID);
            keys.add(domain(
                    keys,
                    Tags.PATIENT_ID,
                    List.of(new Condition.Equal(field + "=" + local), new Condition.NoValue(field))));
        }
        if (asked(keys, Tags.ISSUER_OF_ACCESSION_NUMBER_SEQUENCE).isEmpty()
                && asked(keys, Tags.ACCESSION_NUMBER).isPresent()) {
            String sequence = Tags.hex(Tags.ISSUER_OF_ACCESSION_NUMBER_SEQUENCE) + ".";
            String name = sequence + Tags.hex(LOCAL_NAMESPACE_ENTITY_ID);
            String universal = sequence + Tags.hex(UNIVERSAL_ENTITY_ID);
            keys.add(domain(
                    keys,
                    Tags.ACCESSION_NUMBER,
                    List.of(
                            new Condition.Equal(name + "=" + local),
                            new Condition.Equal(universal + "=" + local),
                            new Condition.AllOf(
                                    List.of(new Condition.NoValue(name), new Condition.NoValue(universal))))));
        }
    }

    private static Key domain(List<Key> keys, int tag, List<Condition> conditions) {
        return new Key(tag, asked(keys, tag).orElseThrow().asked(), new Condition.AnyOf(conditions));
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
