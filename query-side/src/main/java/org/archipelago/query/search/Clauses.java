package org.archipelago.query.search;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.List;
import org.archipelago.query.cluster.SearchCluster;
import org.archipelago.query.matching.Condition;
import org.archipelago.query.matching.HeaderMatch;

/** Conditions as Elasticsearch queries on the fields {@code any} and {@code words}. */
final class Clauses {
    private static final String ANY = "any";
    private static final String WORDS = "words";
    private static final int TAG_CHARS = 8;
    private static final int MAX_FUZZY_EXPANSIONS = 200;

    private Clauses() {}

    static JsonNode of(Condition condition) {
        return switch (condition) {
            case Condition.Always _ -> {
                ObjectNode all = SearchCluster.object();
                all.putObject("match_all");
                yield all;
            }
            case Condition.NoValue none ->
                not(any(List.of(
                        single("prefix", ANY, none.field() + "="),
                        VariedKeys.varies(none.field().substring(0, TAG_CHARS)))));
            case Condition.Equal equal -> single("term", ANY, equal.term());
            case Condition.OneOf one -> {
                ObjectNode clause = SearchCluster.object();
                ArrayNode terms = clause.putObject("terms").putArray(ANY);
                one.terms().forEach(terms::add);
                yield clause;
            }
            case Condition.InOneItem item ->
                // what may match: terms do not tell items apart
                combined(
                        "filter",
                        item.conditions().stream().filter(Clauses::needsTerms).toList());
            case Condition.Like like ->
                single("wildcard", ANY, like.field() + like.pattern().replace("\\", "\\\\"));
            case Condition.Between between -> between(between);
            case Condition.WordLike word -> wordLike(word);
            case Condition.AnyOf any -> combined("should", any.conditions());
            case Condition.AllOf all -> combined("filter", all.conditions());
        };
    }

    /** Whether a document of which an item meets the condition has terms that do. */
    private static boolean needsTerms(Condition condition) {
        return switch (condition) {
            case Condition.NoValue _ -> false;
            case Condition.AnyOf any -> any.conditions().stream().allMatch(Clauses::needsTerms);
            case Condition.AllOf all -> all.conditions().stream().allMatch(Clauses::needsTerms);
            case Condition.Always _,
                    Condition.Equal _,
                    Condition.OneOf _,
                    Condition.InOneItem _,
                    Condition.Like _,
                    Condition.Between _,
                    Condition.WordLike _ -> true;
        };
    }

    static JsonNode any(List<JsonNode> clauses) {
        ObjectNode clause = SearchCluster.object();
        ObjectNode bool = clause.putObject("bool");
        bool.put("minimum_should_match", 1).putArray("should").addAll(clauses);
        return clause;
    }

    static JsonNode all(List<JsonNode> clauses) {
        ObjectNode clause = SearchCluster.object();
        clause.putObject("bool").putArray("filter").addAll(clauses);
        return clause;
    }

    static JsonNode oneOf(String field, Collection<String> values) {
        ObjectNode clause = SearchCluster.object();
        ArrayNode all = clause.putObject("terms").putArray(field);
        values.forEach(all::add);
        return clause;
    }

    static JsonNode single(String kind, String field, String value) {
        ObjectNode clause = SearchCluster.object();
        clause.putObject(kind).putObject(field).put("value", value);
        return clause;
    }

    static JsonNode not(JsonNode clause) {
        ObjectNode node = SearchCluster.object();
        node.putObject("bool").putArray("must_not").add(clause);
        return node;
    }

    private static JsonNode between(Condition.Between between) {
        ObjectNode clause = SearchCluster.object();
        ObjectNode range = clause.putObject("range").putObject(ANY);
        range.put("gte", between.field() + between.low());
        if (between.high().isEmpty()) {
            // the character behind '=' bounds the terms of this field
            range.put("lt", between.field().substring(0, between.field().length() - 1) + ">");
        } else {
            range.put("lte", between.field() + between.high());
        }
        return clause;
    }

    private static JsonNode wordLike(Condition.WordLike like) {
        String term = like.field() + like.word();
        ObjectNode clause = SearchCluster.object();
        ArrayNode either = clause.putObject("bool").putArray("should");
        either.add(single("prefix", WORDS, term));
        int edits = HeaderMatch.allowedEdits(like.word());
        if (edits > 0) {
            either.addObject()
                    .putObject("fuzzy")
                    .putObject(WORDS)
                    .put("value", term)
                    .put("fuzziness", edits)
                    .put("prefix_length", like.field().length())
                    .put("max_expansions", MAX_FUZZY_EXPANSIONS);
        }
        return clause;
    }

    private static JsonNode combined(String occurrence, List<Condition> conditions) {
        ObjectNode clause = SearchCluster.object();
        ObjectNode bool = clause.putObject("bool");
        ArrayNode all = bool.putArray(occurrence);
        conditions.forEach(condition -> all.add(of(condition)));
        if (occurrence.equals("should")) {
            bool.put("minimum_should_match", 1);
        }
        return clause;
    }
}
