package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.domain.patient.StudyPeople;
import org.archipelago.domain.patient.StudyPeople.Person;
import org.archipelago.query.attributes.AttributeJson;

/** The people of a study as its state keeps them. */
final class PeopleJson {
    private PeopleJson() {}

    static ArrayNode write(StudyPeople people) {
        ArrayNode all = Json.array();
        for (Person person : people.all()) {
            all.addObject()
                    .put("record", record(person))
                    .put("crowd", person.crowd())
                    .put("instances", person.instances())
                    .set("described", AttributeJson.write(person.described()));
        }
        return all;
    }

    static StudyPeople read(JsonNode all) {
        List<Person> people = new ArrayList<>();
        for (JsonNode one : all) {
            String record = one.path("record").asText();
            people.add(new Person(
                    record.isEmpty() ? Optional.empty() : Optional.of(new PatientRecordId(new StreamId(record))),
                    AttributeJson.read(one.path("described")),
                    one.path("crowd").asBoolean(),
                    one.path("instances").asInt()));
        }
        return new StudyPeople(people);
    }

    /** Empty when nobody is identified. */
    static String record(Person person) {
        return person.patient().map(patient -> patient.stream().value()).orElse("");
    }
}
