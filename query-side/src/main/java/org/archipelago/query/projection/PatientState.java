package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.EventAttributes;
import org.archipelago.domain.patient.PatientFacts;
import org.archipelago.query.attributes.AttributeJson;

/** What is remembered of a patient record, and which study copies and merged records look to it. May be there before its first event. */
final class PatientState implements State, PatientFacts {
    private static final int OWN_BYTES = 256;

    final String record;
    String id = "";
    String issuer = "";
    AttributeSet registered = AttributeSet.EMPTY;
    AttributeSet corrections = AttributeSet.EMPTY;
    String mergedInto = "";
    final Set<String> mergedFrom = new TreeSet<>();
    final Set<String> studies = new TreeSet<>();
    /** Of another site's patient. */
    Missed missed = new Missed();

    long folded = -1;

    PatientState(String record) {
        this.record = record;
    }

    @Override
    public int sizeBytes() {
        return OWN_BYTES * (1 + studies.size() + mergedFrom.size())
                + EventAttributes.sizeBytes(registered)
                + EventAttributes.sizeBytes(corrections);
    }

    @Override
    public Optional<PatientIdentifier> identifier() {
        return id.isEmpty() ? Optional.empty() : Optional.of(new PatientIdentifier(id, issuer));
    }

    @Override
    public AttributeSet attributes() {
        return registered;
    }

    @Override
    public AttributeSet corrected() {
        return corrections;
    }

    @Override
    public Optional<PatientRecordId> mergedInto() {
        return mergedInto.isEmpty() ? Optional.empty() : Optional.of(new PatientRecordId(new StreamId(mergedInto)));
    }

    @Override
    public ObjectNode toJson() {
        ObjectNode node = Json.object().put("record", record).put("id", id).put("issuer", issuer);
        node.set("registered", AttributeJson.write(registered));
        node.set("corrections", AttributeJson.write(corrections));
        node.put("mergedInto", mergedInto);
        Json.texts(node, "mergedFrom", mergedFrom);
        Json.texts(node, "studies", studies);
        missed.write(node);
        return node.put("folded", folded);
    }

    static PatientState read(JsonNode node) {
        PatientState state = new PatientState(node.path("record").asText());
        state.id = node.path("id").asText();
        state.issuer = node.path("issuer").asText();
        state.registered = AttributeJson.read(node.path("registered"));
        state.corrections = AttributeJson.read(node.path("corrections"));
        state.mergedInto = node.path("mergedInto").asText();
        node.path("mergedFrom").forEach(record -> state.mergedFrom.add(record.asText()));
        node.path("studies").forEach(study -> state.studies.add(study.asText()));
        state.missed = Missed.read(node);
        state.folded = node.path("folded").asLong();
        return state;
    }
}
