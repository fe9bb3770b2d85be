package org.archipelago.node.dicom.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.DataSetFile;
import org.archipelago.node.dicom.dataset.DataSetCodec;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.junit.jupiter.api.Test;

class OutputFilterTest {
    private static final TransferSyntaxUid EXPLICIT = TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN;

    private static Attribute name(String name) {
        return new Attribute(Vr.PN, List.of(new Value.Name(new PersonName(name, "", ""))));
    }

    private static Attribute characterSets(String... terms) {
        return new Attribute(
                Vr.CS,
                List.of(terms).stream().map(term -> (Value) new Value.Text(term)).toList());
    }

    private static AttributeSet leaving(byte[] stored, AttributeSet replacements) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        OutputFilter.prepare(
                        DataSetFile.channel(stored),
                        EXPLICIT,
                        new Corrections(replacements, List.of()),
                        EXPLICIT,
                        Optional.empty(),
                        DataSetLimits.DEFAULT)
                .writeTo(out);
        return DataSetCodec.decode(out.toByteArray(), EXPLICIT);
    }

    @Test
    void componentInTheInitialSetBehindOneInAnother_keepsItsLettersWhenAllTurnsToUtf8() throws Exception {
        Attribute physician = name("Иванов^Jörg");
        byte[] stored = DataSetCodec.encode(
                AttributeSet.of(Map.of(
                        Tags.SPECIFIC_CHARACTER_SET,
                        characterSets("ISO 2022 IR 100", "ISO 2022 IR 144"),
                        Tags.REFERRING_PHYSICIAN_NAME,
                        physician,
                        Tags.PATIENT_NAME,
                        name("Jones"))),
                EXPLICIT);
        assertThat(stored).as("Cyrillic is designated, Latin begins anew").containsSequence(0x1B, 0x2D, 0x4C);
        assertThat(stored).containsSequence('^', 'J', 0xF6, 'r', 'g');

        AttributeSet left = leaving(stored, AttributeSet.of(Map.of(Tags.PATIENT_NAME, name("山田^太郎"))));

        assertThat(left.get(Tags.SPECIFIC_CHARACTER_SET)).contains(characterSets("ISO_IR 192"));
        assertThat(left.get(Tags.REFERRING_PHYSICIAN_NAME)).contains(physician);
        assertThat(left.get(Tags.PATIENT_NAME)).contains(name("山田^太郎"));
    }
}
