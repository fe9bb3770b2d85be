package org.archipelago.node.portal;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.web.FakeArchive;
import org.junit.jupiter.api.Test;

class StudyDetailsTest {
    private static final int PEOPLE = 8;
    private static final int PRIVATE = 0x00091001;

    private final List<WeakReference<byte[]>> read = new ArrayList<>();
    private int mostHeld;

    private AttributeSet large() {
        System.gc();
        mostHeld = Math.max(
                mostHeld,
                Math.toIntExact(read.stream().filter(one -> !one.refersTo(null)).count()));
        byte[] bytes = new byte[1 << 20];
        read.add(new WeakReference<>(bytes));
        return AttributeSet.of(Map.of(PRIVATE, new Attribute(Vr.OB, List.of(new Value.Inline(bytes)))));
    }

    /** A header may take a sixteenth of the heap. */
    @Test
    void headersOfManyPeople_areNotHeldTogether() {
        FakeArchive archive = new FakeArchive();
        for (int i = 0; i < PEOPLE; i++) {
            archive.keep(
                    TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
                    FakeArchive.dataset("1.2", "1.3", "1.4." + i, "x"),
                    AttributeSet.of(Map.of(Tags.PATIENT_ID, new Attribute(Vr.LO, List.of(new Value.Text("P" + i))))));
            archive.people.add("1.4." + i);
        }
        archive.furtherMetadata = this::large;

        StudyDetails.Study study =
                new StudyDetails(archive, archive, _ -> StudyMarks.Marks.NONE, "NORTH").of(new StudyInstanceUid("1.2"));

        assertThat(study.patients())
                .extracting(PatientRow::patientId)
                .hasSize(PEOPLE)
                .contains("P0", "P7");
        assertThat(read).hasSize(PEOPLE);
        assertThat(mostHeld).isLessThanOrEqualTo(1);
    }
}
