package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.study.VersionStanding;
import org.archipelago.domain.patient.StudyPeople;
import org.archipelago.domain.patient.StudyPeople.Person;
import org.archipelago.query.projection.KnownValues.Level;

/** What is remembered of a study copy: what its objects say of it, whose it is, sums, and which series it has. */
final class StudyState implements State {
    final String copy;
    String studyUid = "";
    StudyPeople people = new StudyPeople();
    /** What objects say of the study itself. */
    KnownValues values = new KnownValues(Level.STUDY);
    /** What they say of its people, by number. */
    private final List<KnownValues> personal = new ArrayList<>();

    final Set<AccessionIdentifier> accessions = new LinkedHashSet<>();
    final TreeMap<String, Part> series = new TreeMap<>();
    final Set<String> sopClasses = new TreeSet<>();
    final TreeMap<Integer, String> conflicts = new TreeMap<>();

    long instances;
    long bytes;
    boolean held;
    boolean settled;
    String firstAt = "";
    String lastAt = "";
    long folded = -1;

    StudyState(String copy) {
        this.copy = copy;
    }

    /** A series, as far as the study's own document tells of it. */
    static final class Part {
        final Set<String> modalities = new TreeSet<>();
        long instances;
    }

    Part part(String uid) {
        return series.computeIfAbsent(uid, _ -> new Part());
    }

    /** What objects of this person say of it. */
    KnownValues personal(int person) {
        while (personal.size() <= person) {
            personal.add(new KnownValues(Level.PERSON));
        }
        return personal.get(person);
    }

    /** The version counts from now on, or does so no longer. */
    void count(VersionStanding version, int change) {
        people.count(version.person(), change);
        part(version.series().value()).instances += change;
        values.count(version.says(), change);
        personal(version.person()).count(version.says(), change);
    }

    /** Changes whenever what its rows show or are found by does, as far as that is from what objects say. */
    Object appearance() {
        List<Object> all = new ArrayList<>();
        all.add(values.appearance(instances));
        List<Person> known = people.all();
        for (int person = 0; person < personal.size(); person++) {
            int objects = person < known.size() ? known.get(person).instances() : 0;
            all.add(personal.get(person).appearance(objects));
        }
        return all;
    }

    /** The records of all patients that any object names, current or not. */
    List<String> patients() {
        return people.all().stream()
                .map(PeopleJson::record)
                .filter(record -> !record.isEmpty())
                .distinct()
                .toList();
    }

    /** Of its series that have instances. */
    Set<String> modalities() {
        Set<String> all = new TreeSet<>();
        series.values().stream().filter(part -> part.instances > 0).forEach(part -> all.addAll(part.modalities));
        return all;
    }

    long seriesWithInstances() {
        return series.values().stream().filter(part -> part.instances > 0).count();
    }

    void arrived(String at) {
        firstAt = firstAt.isEmpty() ? at : firstAt;
        lastAt = at;
        settled = false;
    }

    @Override
    public ObjectNode toJson() {
        ObjectNode node = Json.object();
        node.put("copy", copy).put("studyUid", studyUid);
        node.set("people", PeopleJson.write(people));
        node.set("values", values.toJson());
        ArrayNode ofPeople = node.putArray("personal");
        personal.forEach(one -> ofPeople.add(one.toJson()));
        ArrayNode orders = node.putArray("accessions");
        accessions.forEach(order -> orders.addArray().add(order.number()).add(order.issuer()));
        ObjectNode parts = node.putObject("series");
        series.forEach((uid, part) -> {
            ObjectNode one = parts.putObject(uid).put("instances", part.instances);
            Json.texts(one, "modalities", part.modalities);
        });
        Json.texts(node, "sopClasses", sopClasses);
        ObjectNode open = node.putObject("conflicts");
        conflicts.forEach((number, kind) -> open.put(Integer.toString(number), kind));
        node.put("instances", instances).put("bytes", bytes).put("held", held).put("settled", settled);
        return node.put("firstAt", firstAt).put("lastAt", lastAt).put("folded", folded);
    }

    static StudyState read(JsonNode node) {
        StudyState state = new StudyState(node.path("copy").asText());
        state.studyUid = node.path("studyUid").asText();
        state.people = PeopleJson.read(node.path("people"));
        state.values = KnownValues.read(Level.STUDY, node.path("values"));
        node.path("personal").forEach(one -> state.personal.add(KnownValues.read(Level.PERSON, one)));
        node.path("accessions")
                .forEach(order -> state.accessions.add(new AccessionIdentifier(
                        order.path(0).asText(), order.path(1).asText())));
        node.path("series").properties().forEach(one -> {
            Part part = state.part(one.getKey());
            part.instances = one.getValue().path("instances").asLong();
            addAll(part.modalities, one.getValue().path("modalities"));
        });
        addAll(state.sopClasses, node.path("sopClasses"));
        node.path("conflicts")
                .properties()
                .forEach(open -> state.conflicts.put(
                        Integer.valueOf(open.getKey()), open.getValue().asText()));
        state.instances = node.path("instances").asLong();
        state.bytes = node.path("bytes").asLong();
        state.held = node.path("held").asBoolean();
        state.settled = node.path("settled").asBoolean();
        state.firstAt = node.path("firstAt").asText();
        state.lastAt = node.path("lastAt").asText();
        state.folded = node.path("folded").asLong();
        return state;
    }

    private static void addAll(Collection<String> target, JsonNode texts) {
        texts.forEach(text -> target.add(text.asText()));
    }
}
