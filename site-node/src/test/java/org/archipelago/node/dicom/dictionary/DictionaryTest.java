package org.archipelago.node.dicom.dictionary;

import static org.assertj.core.api.Assertions.assertThat;

import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Vr;
import org.junit.jupiter.api.Test;

class DictionaryTest {
    @Test
    void tagsKeywordsAndVrs_areThoseOfTheRegistry() {
        assertThat(Dictionary.tag("PatientID")).hasValue(Tags.PATIENT_ID);
        assertThat(Dictionary.tag("7fe00010")).hasValue(Tags.PIXEL_DATA);
        assertThat(Dictionary.tag("NoSuchThing")).isEmpty();
        assertThat(Dictionary.keyword(Tags.PATIENT_NAME)).contains("PatientName");
        assertThat(Dictionary.vr(Tags.PATIENT_NAME)).isEqualTo(Vr.PN);
        assertThat(Dictionary.vr(0x60020010)).isEqualTo(Vr.US);
        assertThat(Dictionary.vr(0x60003000)).isEqualTo(Vr.OB);
        assertThat(Dictionary.vr(0x60010010)).isEqualTo(Vr.LO);
        assertThat(Dictionary.vr(0x00091001)).isEqualTo(Vr.UN);
        assertThat(Dictionary.vr(0x00090010)).isEqualTo(Vr.LO);
        assertThat(Dictionary.vr(0x00080000)).isEqualTo(Vr.UL);
        assertThat(Dictionary.entry(0x00280106).orElseThrow().vrs()).containsExactly(Vr.US, Vr.SS);
    }

    @Test
    void storageClasses_areKnown() {
        assertThat(SopClasses.isStorage(new SopClassUid("1.2.840.10008.5.1.4.1.1.2")))
                .isTrue();
        assertThat(SopClasses.isStorage(new SopClassUid("1.2.840.10008.5.1.4.1.1.1.1")))
                .isTrue();
        assertThat(SopClasses.isStorage(new SopClassUid("1.2.840.10008.1.20.1")))
                .isFalse();
        assertThat(SopClasses.isStorage(new SopClassUid("1.2.840.10008.1.1"))).isFalse();
        assertThat(SopClasses.isNonPatient(new SopClassUid("1.2.840.10008.5.1.4.38.1")))
                .isTrue();
        assertThat(SopClasses.storage()).hasSizeGreaterThan(180);
        assertThat(SopClasses.name("1.2.840.10008.5.1.4.1.1.2")).contains("CT Image Storage");
    }

    @Test
    void transferSyntaxes_haveTheirProperties() {
        TransferSyntax rle = TransferSyntax.of(new TransferSyntaxUid("1.2.840.10008.1.2.5"));
        assertThat(rle.encapsulated()).isTrue();
        assertThat(rle.pixels()).isEqualTo(TransferSyntax.Pixels.LOSSLESS);
        TransferSyntax deflated = TransferSyntax.of(TransferSyntaxUid.DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN);
        assertThat(deflated.deflated()).isTrue();
        assertThat(deflated.uncompressed()).isFalse();
        assertThat(deflated.encapsulated()).isFalse();
        assertThat(TransferSyntax.of(TransferSyntaxUid.EXPLICIT_VR_BIG_ENDIAN)
                        .encoding()
                        .bigEndian())
                .isTrue();
        assertThat(TransferSyntax.of(new TransferSyntaxUid("1.2.3")).encapsulated())
                .isTrue();
        assertThat(TransferSyntax.registered()).hasSizeGreaterThan(55);
    }
}
