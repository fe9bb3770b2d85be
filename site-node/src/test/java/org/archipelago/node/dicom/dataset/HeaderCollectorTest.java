package org.archipelago.node.dicom.dataset;

import static org.archipelago.contract.dicom.TransferSyntaxUid.DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN;
import static org.archipelago.contract.dicom.TransferSyntaxUid.EXPLICIT_VR_BIG_ENDIAN;
import static org.archipelago.contract.dicom.TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN;
import static org.archipelago.contract.dicom.TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class HeaderCollectorTest {
    private static final long UNDEFINED = 0xFFFFFFFFL;
    private static final int SEQUENCE = 0x00081140;

    private static CollectedHeader collect(byte[] dataset, TransferSyntaxUid syntax) {
        return collect(dataset, syntax, DataSetLimits.DEFAULT);
    }

    /** One byte at a time, the hardest way. */
    private static CollectedHeader collect(byte[] dataset, TransferSyntaxUid syntax, DataSetLimits limits) {
        HeaderCollector collector = new HeaderCollector(syntax, Optional.empty(), limits);
        for (byte b : dataset) {
            collector.feed(new byte[] {b}, 0, 1);
        }
        return collector.finish();
    }

    private static AttributeSet attributes(Bytes dataset) {
        return collect(dataset.done(), EXPLICIT_VR_LITTLE_ENDIAN).attributes();
    }

    private static Bytes start() {
        return Bytes.little().explicit(Tags.SOP_INSTANCE_UID, "UI", "1.2\0");
    }

    private static void refused(ArchiveError error, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(error));
    }

    @Test
    void elementsAfterPixelData_areCollected() {
        byte[] dataset = start().explicitLong(Tags.PIXEL_DATA, "OW", 4000)
                .put(new byte[4000])
                .explicit(0x7FE10010, "LO", "LATE")
                .done();
        CollectedHeader header = collect(dataset, EXPLICIT_VR_LITTLE_ENDIAN);
        assertThat(header.attributes().text(0x7FE10010)).contains("LATE");
        assertThat(header.attributes().get(Tags.PIXEL_DATA))
                .contains(new Attribute(Vr.OW, List.of(new Value.Bulk(24, 4000))));
        assertThat(header.pixelData()).contains(new PixelDataLocation.Native(Tags.PIXEL_DATA, Vr.OW, 24, 4000));
        assertThat(header.lengthBytes()).isEqualTo(dataset.length);
    }

    @Test
    void undefinedLengthsAndEmptyItems_nest() {
        AttributeSet set = attributes(start().explicitLong(SEQUENCE, "SQ", UNDEFINED)
                .item(Element.ITEM, UNDEFINED)
                .explicitLong(SEQUENCE, "SQ", 16)
                .item(Element.ITEM, 0)
                .item(Element.ITEM, 0)
                .item(Element.ITEM_DELIMITATION, 0)
                .item(Element.SEQUENCE_DELIMITATION, 0)
                .explicit(Tags.PATIENT_ID, "LO", "17"));
        Attribute inner =
                new Attribute(Vr.SQ, List.of(new Value.Item(AttributeSet.EMPTY), new Value.Item(AttributeSet.EMPTY)));
        assertThat(set.get(SEQUENCE))
                .contains(new Attribute(Vr.SQ, List.of(new Value.Item(AttributeSet.of(Map.of(SEQUENCE, inner))))));
        assertThat(set.text(Tags.PATIENT_ID)).contains("17");
    }

    @Test
    void undefinedLengthUnknown_isImplicitInside() {
        // PS3.5 §6.2.2
        AttributeSet set = attributes(start().explicitLong(0x00091001, "UN", UNDEFINED)
                .item(Element.ITEM, UNDEFINED)
                .implicit(Tags.PATIENT_ID, "17")
                .item(Element.ITEM_DELIMITATION, 0)
                .item(Element.SEQUENCE_DELIMITATION, 0)
                .explicit(Tags.PATIENT_SEX, "CS", "F "));
        assertThat(set.get(0x00091001).orElseThrow().values().getFirst())
                .isInstanceOfSatisfying(
                        Value.Item.class,
                        item -> assertThat(item.attributes().text(Tags.PATIENT_ID))
                                .contains("17"));
        assertThat(set.text(Tags.PATIENT_SEX)).contains("F");
    }

    @Test
    void unknownVrOfKnownAttribute_isReadByTheDictionary() {
        byte[] items = Bytes.little()
                .item(Element.ITEM, 10)
                .implicit(Tags.PATIENT_ID, "17")
                .done();
        AttributeSet set = attributes(start().explicitLong(SEQUENCE, "UN", items.length)
                .put(items)
                .explicitLong(Tags.PATIENT_NAME, "UN", 4)
                .ascii("A^B "));
        assertThat(set.get(Tags.PATIENT_NAME))
                .contains(new Attribute(Vr.PN, List.of(new Value.Name(new PersonName("A^B", "", "")))));
        assertThat(set.get(SEQUENCE).orElseThrow().vr()).isEqualTo(Vr.SQ);
    }

    @Test
    void valueWhereTheDictionaryHasASequence_isKeptAsUnknown() {
        byte[] dataset = Bytes.little()
                .implicit(Tags.SOP_INSTANCE_UID, "1.2\0")
                .implicit(0x0040A170, "NOT ITEMS!")
                .implicit(0x0040A730, "ab")
                .done();
        AttributeSet set = collect(dataset, IMPLICIT_VR_LITTLE_ENDIAN).attributes();
        assertThat(set.get(0x0040A170).orElseThrow().vr()).isEqualTo(Vr.UN);
        assertThat(set.get(0x0040A730).orElseThrow().vr()).isEqualTo(Vr.UN);
    }

    @Test
    void vrOfAnotherCentury_isKeptInBothForms() {
        AttributeSet set = attributes(start().tag(0x00111001)
                .ascii("ZZ")
                .u16(2)
                .ascii("ab")
                .tag(0x00111002)
                .ascii("ZX")
                .u16(0)
                .u32(2)
                .ascii("cd")
                .explicit(Tags.PATIENT_ID, "LO", "17"));
        assertThat(inline(set, 0x00111001)).isEqualTo("ab".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertThat(inline(set, 0x00111002)).isEqualTo("cd".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertThat(set.text(Tags.PATIENT_ID)).contains("17");
    }

    private static byte[] inline(AttributeSet set, int tag) {
        return ((Value.Inline) set.get(tag).orElseThrow().values().getFirst()).bytes();
    }

    @Test
    void groupLengthsAndPadding_areLeftOut() {
        AttributeSet set = attributes(Bytes.little()
                .tag(0x00080000)
                .ascii("UL")
                .u16(4)
                .u32(99)
                .explicit(Tags.SOP_INSTANCE_UID, "UI", "1.2\0")
                .explicitLong(Element.TRAILING_PADDING, "OB", 4000)
                .put(new byte[4000]));
        assertThat(set.attributes()).containsOnlyKeys(Tags.SOP_INSTANCE_UID);
    }

    @Test
    void otherEncodingThanAnnounced_isNoticed() {
        byte[] explicit = start().done();
        byte[] implicit =
                Bytes.little().implicit(Tags.SOP_INSTANCE_UID, "1.2\0").done();
        byte[] big = Bytes.big().explicit(Tags.SOP_INSTANCE_UID, "UI", "1.2\0").done();
        for (byte[] dataset : List.of(explicit, implicit, big)) {
            int agreeing = 0;
            for (TransferSyntaxUid syntax :
                    List.of(IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_BIG_ENDIAN)) {
                CollectedHeader header = collect(dataset, syntax);
                assertThat(header.attributes().text(Tags.SOP_INSTANCE_UID)).contains("1.2");
                agreeing += header.encodingDiffers() ? 0 : 1;
            }
            assertThat(agreeing).isEqualTo(1);
        }
    }

    @Test
    void truncation_isRefusedAtEveryByte() {
        byte[] dataset = start().explicitLong(SEQUENCE, "SQ", UNDEFINED)
                .item(Element.ITEM, 10)
                .explicit(Tags.PATIENT_ID, "LO", "17")
                .item(Element.SEQUENCE_DELIMITATION, 0)
                .explicitLong(Tags.PIXEL_DATA, "OB", UNDEFINED)
                .item(Element.ITEM, 0)
                .item(Element.ITEM, 4)
                .u32(7)
                .item(Element.SEQUENCE_DELIMITATION, 0)
                .done();
        collect(dataset, EXPLICIT_VR_LITTLE_ENDIAN);
        for (int length = 0; length < dataset.length; length++) {
            if (length != 12 && length != 12 + 12 + 8 + 10 + 8) { // ends of top-level elements
                byte[] part = java.util.Arrays.copyOf(dataset, length);
                refused(ArchiveError.NOT_A_DATASET, () -> collect(part, EXPLICIT_VR_LITTLE_ENDIAN));
            }
        }
    }

    @Test
    void fragments_areIndexed() {
        byte[] dataset = start().explicitLong(Tags.PIXEL_DATA, "OB", UNDEFINED)
                .item(Element.ITEM, 0)
                .item(Element.ITEM, 4)
                .u32(7)
                .item(Element.ITEM, 2)
                .u16(7)
                .item(Element.SEQUENCE_DELIMITATION, 0)
                .done();
        CollectedHeader header = collect(dataset, new TransferSyntaxUid("1.2.840.10008.1.2.5"));
        assertThat(header.pixelData()).hasValueSatisfying(location -> {
            FragmentIndex index = ((PixelDataLocation.Encapsulated) location).fragments();
            assertThat(index.size()).isEqualTo(3);
            assertThat(List.of(index.offset(0), index.offset(1), index.offset(2)))
                    .containsExactly(32L, 40L, 52L);
            assertThat(List.of(index.length(0), index.length(1), index.length(2)))
                    .containsExactly(0L, 4L, 2L);
        });
    }

    @Test
    void lengthBeyondItsContainer_isRefused() {
        byte[] dataset = start().explicitLong(SEQUENCE, "SQ", 18)
                .item(Element.ITEM, 10)
                .explicit(Tags.PATIENT_ID, "LO", "1".repeat(100))
                .done();
        refused(ArchiveError.NOT_A_DATASET, () -> collect(dataset, EXPLICIT_VR_LITTLE_ENDIAN));
    }

    @Test
    void nestingElementsAndHeaderBytes_areBounded() {
        Bytes deep = start();
        for (int i = 0; i < 70; i++) {
            deep.explicitLong(SEQUENCE, "SQ", UNDEFINED).item(Element.ITEM, UNDEFINED);
        }
        refused(ArchiveError.DATASET_LIMIT, () -> collect(deep.done(), EXPLICIT_VR_LITTLE_ENDIAN));
        DataSetLimits small = new DataSetLimits(1000, 20, 64, 100, 100, 2, 1000, 10);
        Bytes many = start();
        for (int i = 0; i < 30; i++) {
            many.explicit(0x00091000 + i, "LO", "");
        }
        refused(ArchiveError.DATASET_LIMIT, () -> collect(many.done(), EXPLICIT_VR_LITTLE_ENDIAN, small));
        Bytes large = start();
        for (int i = 0; i < 15; i++) {
            large.explicit(0x00091000 + i, "LO", "x".repeat(90));
        }
        refused(ArchiveError.DATASET_LIMIT, () -> collect(large.done(), EXPLICIT_VR_LITTLE_ENDIAN, small));
        Bytes fragments = start().explicitLong(Tags.PIXEL_DATA, "OB", UNDEFINED);
        for (int i = 0; i < 3; i++) {
            fragments.item(Element.ITEM, 0);
        }
        refused(ArchiveError.DATASET_LIMIT, () -> collect(fragments.done(), EXPLICIT_VR_LITTLE_ENDIAN, small));
    }

    @Test
    void emptyItems_areBoundedByWhatTheyTakeInMemory() {
        Bytes items = Bytes.little().explicitLong(0x00081140, "SQ", 0xFFFFFFFFL);
        for (int i = 0; i < 900_000; i++) {
            items.item(0xFFFEE000, 0);
        }
        byte[] dataset = items.item(0xFFFEE0DD, 0).done();

        DataSetLimits limits = DataSetLimits.DEFAULT.withinHeap(1 << 30);
        refused(ArchiveError.DATASET_LIMIT, () -> collect(dataset, EXPLICIT_VR_LITTLE_ENDIAN, limits));
    }

    @Test
    void hugeStatedLength_takesNoMemory() {
        byte[] dataset = start().explicitLong(0x00091001, "UT", 0xFFFFFFF0L).done();
        refused(ArchiveError.NOT_A_DATASET, () -> collect(dataset, EXPLICIT_VR_LITTLE_ENDIAN));
    }

    @Test
    void deflated_isInflatedWithinBounds() throws Exception {
        byte[] plain = start().explicitLong(0x00091001, "OB", 40 << 20)
                .put(new byte[40 << 20])
                .done();
        byte[] deflated = deflate(plain, true);
        refused(ArchiveError.DATASET_LIMIT, () -> collectWhole(deflated));
        byte[] modest = start().explicit(Tags.PATIENT_ID, "LO", "17").done();
        for (byte[] variant : List.of(deflate(modest, true), deflate(modest, false), modest)) {
            CollectedHeader header = collectWhole(variant);
            assertThat(header.attributes().text(Tags.PATIENT_ID)).contains("17");
            assertThat(header.lengthBytes()).isEqualTo(modest.length);
        }
        byte[] whole = deflate(modest, true);
        refused(ArchiveError.NOT_A_DATASET, () -> collectWhole(java.util.Arrays.copyOf(whole, whole.length - 3)));
    }

    private static CollectedHeader collectWhole(byte[] dataset) {
        try (HeaderCollector collector =
                new HeaderCollector(DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, Optional.empty(), DataSetLimits.DEFAULT)) {
            collector.feed(dataset, 0, dataset.length);
            return collector.finish();
        }
    }

    private static byte[] deflate(byte[] plain, boolean raw) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflating = new DeflaterOutputStream(out, new Deflater(9, raw))) {
            deflating.write(plain);
        }
        return out.toByteArray();
    }

    @Test
    void itemsOwnCharacterSet_overridesAndDefaultApplies() {
        byte[] dataset = Bytes.little()
                .explicit(Tags.PATIENT_NAME, "PN", "\u00E9 ")
                .explicitLong(SEQUENCE, "SQ", UNDEFINED)
                .item(Element.ITEM, UNDEFINED)
                .explicit(Tags.SPECIFIC_CHARACTER_SET, "CS", "ISO_IR 144")
                .explicit(Tags.PATIENT_ID, "LO", "\u00BB ")
                .item(Element.ITEM_DELIMITATION, 0)
                .item(Element.SEQUENCE_DELIMITATION, 0)
                .done();
        HeaderCollector collector =
                new HeaderCollector(EXPLICIT_VR_LITTLE_ENDIAN, Optional.of("ISO_IR 126"), DataSetLimits.DEFAULT);
        collector.feed(dataset, 0, dataset.length);
        AttributeSet set = collector.finish().attributes();
        assertThat(set.text(Tags.PATIENT_NAME)).contains("ι");
        Value.Item item = (Value.Item) set.get(SEQUENCE).orElseThrow().values().getFirst();
        assertThat(item.attributes().text(Tags.PATIENT_ID)).contains("Л");
    }

    @Test
    void moreThanFourGigabytes_passInBoundedMemory() {
        byte[] start = start().explicitLong(Tags.PIXEL_DATA, "OB", UNDEFINED)
                .item(Element.ITEM, 0)
                .done();
        byte[] fragment = Bytes.little().item(Element.ITEM, 1L << 30).done();
        byte[] end = Bytes.little()
                .item(Element.SEQUENCE_DELIMITATION, 0)
                .explicit(0x7FE10010, "LO", "LATE")
                .done();
        byte[] chunk = new byte[1 << 20];
        HeaderCollector collector = new HeaderCollector(
                new TransferSyntaxUid("1.2.840.10008.1.2.4.90"), Optional.empty(), DataSetLimits.DEFAULT);
        collector.feed(start, 0, start.length);
        for (int i = 0; i < 5; i++) {
            collector.feed(fragment, 0, fragment.length);
            for (int j = 0; j < 1024; j++) {
                collector.feed(chunk, 0, chunk.length);
            }
        }
        collector.feed(end, 0, end.length);
        CollectedHeader header = collector.finish();
        assertThat(header.attributes().text(0x7FE10010)).contains("LATE");
        FragmentIndex index =
                ((PixelDataLocation.Encapsulated) header.pixelData().orElseThrow()).fragments();
        assertThat(index.offset(5)).isEqualTo(start.length + 8 + 4 * ((1L << 30) + 8));
        assertThat(index.length(5)).isEqualTo(1L << 30);
    }

    @Test
    void longestNativeValue_isSteppedOver() {
        byte[] start = start().explicitLong(Tags.PIXEL_DATA, "OW", 0xFFFFFFFEL).done();
        byte[] chunk = new byte[1 << 20];
        HeaderCollector collector =
                new HeaderCollector(EXPLICIT_VR_LITTLE_ENDIAN, Optional.empty(), DataSetLimits.DEFAULT);
        collector.feed(start, 0, start.length);
        long left = 0xFFFFFFFEL;
        while (left > 0) {
            int n = (int) Math.min(left, chunk.length);
            collector.feed(chunk, 0, n);
            left -= n;
        }
        assertThat(collector.finish().pixelData())
                .contains(new PixelDataLocation.Native(Tags.PIXEL_DATA, Vr.OW, start.length, 0xFFFFFFFEL));
    }

    @Test
    void numbersOfOddLength_areKeptAsBytes() {
        AttributeSet set = attributes(start().tag(Tags.ROWS).ascii("US").u16(3).ascii("abc"));
        assertThat(set.get(Tags.ROWS).orElseThrow().vr()).isEqualTo(Vr.UN);
    }
}
