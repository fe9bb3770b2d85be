package org.archipelago.domain;

import static org.archipelago.domain.Samples.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.study.EventAttributes;
import org.junit.jupiter.api.Test;

class EventAttributesTest {
    @Test
    void bulkValue_staysInTheBlobAtAnyDepth() {
        Attribute bulk = new Attribute(Vr.OW, List.of(new Value.Bulk(100, 10)));
        Attribute item = new Attribute(Vr.SQ, List.of(new Value.Item(set(Tags.PIXEL_DATA, bulk))));
        AttributeSet header = ctHeader(1).with(Tags.PIXEL_DATA, bulk).with(0x00880200, item);
        assertThat(EventAttributes.bounded(header, _ -> true)).isEqualTo(ctHeader(1));
    }

    @Test
    void valueOver4KiB_staysInTheBlob() {
        AttributeSet header = ctHeader(1)
                .with(0x00204000, text(Vr.LT, "x".repeat(4096)))
                .with(0x00104000, text(Vr.LT, "é".repeat(2049)));
        AttributeSet kept = EventAttributes.bounded(header, _ -> true);
        assertThat(kept.contains(0x00204000)).isTrue();
        assertThat(kept.contains(0x00104000)).isFalse();
    }

    @Test
    void groupLengthAndPadding_areNoAttributes() {
        AttributeSet header = ctHeader(1)
                .with(0x00080000, number(Vr.UL, 100))
                .with(0xFFFCFFFC, new Attribute(Vr.OB, List.of(new Value.Inline(new byte[8]))));
        assertThat(EventAttributes.bounded(header, _ -> true)).isEqualTo(ctHeader(1));
    }

    @Test
    void privateAttributes_areCarried() {
        AttributeSet header =
                ctHeader(1).with(0x00090010, text(Vr.LO, "ACME 1.1")).with(0x00091001, text(Vr.LO, "secret sauce"));
        assertThat(EventAttributes.bounded(header, _ -> true)).isEqualTo(header);
    }

    @Test
    void tooManyAttributes_loseTheLargestFirst() {
        Map<Integer, Attribute> many = new TreeMap<>();
        for (int i = 0; i < 50; i++) {
            many.put(0x00091000 + i, text(Vr.LT, "x".repeat(i < 25 ? 4000 : 3000)));
        }
        AttributeSet kept = EventAttributes.bounded(ctHeader(1).with(AttributeSet.of(many)), _ -> true);
        assertThat(EventAttributes.sizeBytes(kept))
                .isLessThanOrEqualTo(EventAttributes.MAX_SET_BYTES)
                .isGreaterThan(EventAttributes.MAX_SET_BYTES - 5000);
        assertThat(kept.filter(tag -> tag < 0x00091000 || tag > 0x000910FF)).isEqualTo(ctHeader(1));
        assertThat(kept.contains(0x00091000)).isTrue();
        assertThat(kept.contains(0x00091000 + 24)).isFalse();
        assertThat(kept.contains(0x00091000 + 49)).isTrue();
    }

    @Test
    void estimate_isNotBelowWhatIsWritten() {
        AttributeSet header = ctHeader(1);
        assertThat(EventAttributes.sizeBytes(header)).isGreaterThan(RecordBytes.plain(header).length);
    }
}
