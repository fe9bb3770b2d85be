package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.query.attributes.AttributeJson;

/** Values that an object was the first to say. */
record Said(AttributeSet values, Speaker by) {
    /** What the values of an object are worth. */
    enum Standing {
        /** Shown where they were said first. */
        USUAL,
        /** Of a version that took the place of another: shown before what others say, the latest first. */
        CURRENT,
        /** Of a version that is not current: found and not shown. */
        ASIDE
    }

    /**
     * The object that says it.
     *
     * @param person the number of its patient among the study's people
     * @param instance its SOP Instance UID, where its standing may change; else this and what follows is empty
     */
    record Speaker(int person, Standing standing, String instance, String version) {
        static Speaker usual(int person) {
            return new Speaker(person, Standing.USUAL, "", "");
        }

        static Speaker newer(StoredInstance newer) {
            return of(newer, Standing.CURRENT);
        }

        static Speaker challenger(StoredInstance challenger) {
            return of(challenger, Standing.ASIDE);
        }

        private static Speaker of(StoredInstance object, Standing standing) {
            return new Speaker(
                    object.person(),
                    standing,
                    object.object().sopInstanceUid().value(),
                    object.object().version().value());
        }

        /** The same object of this person. */
        Speaker of(int person) {
            return new Speaker(person, standing, instance, version);
        }

        private Speaker with(Standing other) {
            return new Speaker(person, other, instance, version);
        }
    }

    boolean has(Standing standing) {
        return by.standing == standing;
    }

    boolean isOf(int person) {
        return by.person == person;
    }

    boolean isOfVersion(String version) {
        return by.version.equals(version);
    }

    boolean isOfInstance(String uid) {
        return by.instance.equals(uid);
    }

    Said with(AttributeSet others) {
        return new Said(others, by);
    }

    Said with(Standing standing) {
        return new Said(values, by.with(standing));
    }

    ObjectNode toJson() {
        ObjectNode node = Json.object();
        node.put("person", by.person).put("standing", by.standing.name()).put("instance", by.instance);
        node.put("version", by.version);
        return node.set("values", AttributeJson.write(values));
    }

    static Said read(JsonNode node) {
        return new Said(
                AttributeJson.read(node.path("values")),
                new Speaker(
                        node.path("person").asInt(),
                        Standing.valueOf(node.path("standing").asText()),
                        node.path("instance").asText(),
                        node.path("version").asText()));
    }
}
