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
import java.util.stream.Stream;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.study.VersionStanding;
import org.archipelago.domain.patient.StudyPeople;
import org.archipelago.domain.patient.StudyPeople.Person;
import org.archipelago.query.projection.KnownValues.Level;

/** What is remembered of a study copy: what its objects say of it, whose it is, sums, and which series it has. */
final class StudyState implements State {
    private static final int OWN_BYTES = 1024;

    final String copy;
    String studyUid = "";
    StudyPeople people = new StudyPeople();
    /** What objects say of the study itself. */
    KnownValues values = new KnownValues(Level.STUDY);
    /** What they say of its people, by number. */
    private final List<KnownValues> personal = new ArrayList<>();

    final Set<AccessionIdentifier> accessions = new LinkedHashSet<>();
    final TreeMap<String, Part> series = new TreeMap<>();
    final TreeMap<Integer, String> conflicts = new TreeMap<>();

    long instances;
    long bytes;
    boolean held;
    boolean settled;
    String firstAt = "";
    String lastAt = "";
    /** Of another site's study. */
    Missed missed = new Missed();

    long folded = -1;

    StudyState(String copy) {
        this.copy = copy;
    }

    /** A series, as far as the study's own document tells of it. */
    static final class Part {
        /** Of which only (0008,0060) is looked at. */
        KnownValues modality = new KnownValues(Level.SERIES);

        Counts sopClasses = new Counts();
        Counts people = new Counts();
        long instances;

        private void count(VersionStanding version, int change) {
            modality.count(version, change);
            sopClasses.add(version.sopClass().value(), change);
            people.add(Integer.toString(version.person()), change);
            instances += change;
        }

        private Stream<String> modalities() {
            List<Integer> all = people.kinds().stream().map(Integer::valueOf).toList();
            return modality.said(all, instances).get(Tags.MODALITY).stream()
                    .flatMap(said -> said.values().stream())
                    .map(value -> value instanceof Value.Text(String text) ? text.strip() : "")
                    .filter(text -> !text.isEmpty());
        }

        private ObjectNode toJson() {
            ObjectNode node = Json.object().put("instances", instances);
            node.set("modality", modality.toJson());
            node.set("sopClasses", sopClasses.toJson());
            return node.set("people", people.toJson());
        }

        private static Part read(JsonNode node) {
            Part part = new Part();
            part.instances = node.path("instances").asLong();
            part.modality = KnownValues.read(Level.SERIES, node.path("modality"));
            part.sopClasses = Counts.read(node.path("sopClasses"));
            part.people = Counts.read(node.path("people"));
            return part;
        }
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
        part(version.series().value()).count(version, change);
        values.count(version, change);
        personal(version.person()).count(version, change);
    }

    /** Current objects of these people. */
    long objects(Collection<Integer> persons) {
        List<Person> known = people.all();
        return persons.stream()
                .filter(person -> person < known.size())
                .mapToLong(person -> known.get(person).instances())
                .sum();
    }

    /** Changes whenever what its rows show or are found by does, as far as that is from what objects say. */
    Object appearance() {
        List<Object> all = new ArrayList<>();
        all.add(values.appearance(person -> objects(List.of(person))));
        personal.forEach(one -> all.add(one.appearance(person -> objects(List.of(person)))));
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

    /** That current objects have. */
    Set<String> modalities() {
        Set<String> all = new TreeSet<>();
        series.values().stream()
                .filter(part -> part.instances > 0)
                .forEach(part -> part.modalities().forEach(all::add));
        return all;
    }

    /** That current objects are of. */
    Set<String> sopClasses() {
        Set<String> all = new TreeSet<>();
        series.values().forEach(part -> all.addAll(part.sopClasses.kinds()));
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
    public int sizeBytes() {
        int bytes = OWN_BYTES * (1 + series.size() + people.all().size()) + values.sizeBytes();
        for (KnownValues one : personal) {
            bytes += one.sizeBytes();
        }
        return bytes;
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
        series.forEach((uid, part) -> parts.set(uid, part.toJson()));
        ObjectNode open = node.putObject("conflicts");
        conflicts.forEach((number, kind) -> open.put(Integer.toString(number), kind));
        node.put("instances", instances).put("bytes", bytes).put("held", held).put("settled", settled);
        missed.write(node);
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
        node.path("series").properties().forEach(one -> state.series.put(one.getKey(), Part.read(one.getValue())));
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
        state.missed = Missed.read(node);
        state.folded = node.path("folded").asLong();
        return state;
    }
}
