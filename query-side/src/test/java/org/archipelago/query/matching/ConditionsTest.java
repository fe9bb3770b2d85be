package org.archipelago.query.matching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.query.MatchingKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys of PS3.4 §C.2.2.2 on values of objects. */
class ConditionsTest {
    private static final int ACQUISITION_DATE_TIME = 0x0008002A;
    private static final int IMAGE_TYPE = 0x00080008;
    private static final int FRAME_POINTER = 0x00280009;
    private static final int PRIVATE = 0x00091010;
    private static final int SEQUENCE = 0x00400260;

    private static boolean matches(int tag, Vr stored, Value value, Vr asked, String key) {
        AttributeSet header = AttributeSet.EMPTY.with(tag, new Attribute(stored, List.of(value)));
        return HeaderMatch.matches(header, Conditions.of(new MatchingKey(List.of(tag), asked, key), false));
    }

    @ParameterizedTest
    @CsvSource({
        "20240101120000-0500, 20240101170000+0000, true",
        "20240101120000-0500, 20240101120000-0500, true",
        "20240101120000-0500, 20240101180000+0100, true",
        "20240101120000-0500, 20240101120000+0000, false",
        "20240101120000-0500, 20240101165959+0000-20240101170001+0000, true",
        "20240101120000-0500, 20240101110000-0500-20240101130000-0500, true",
        "20240101120000-0500, 20240101121000-0500-, false",
        "20240101120000-0500, -20240101121000-0500, true",
        "20240101120000, 2023-2024, true",
        "20240101120000, 20230101-20231231, false",
        "20240101120000, 20240101-20240101, true",
    })
    void dateTimes_compareInUtcWhereTheyHaveAnOffset(String stored, String key, boolean expected) {
        assertThat(matches(ACQUISITION_DATE_TIME, Vr.DT, new Value.Text(stored), Vr.DT, key))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"DA", "TM", "DT"})
    void asteriskAloneForADateOrTime_isUniversalMatchingAndNothingElseIs(Vr vr) {
        assertThat(Conditions.of(new MatchingKey(List.of(0x00080020), vr, "*"), false))
                .isEqualTo(new Condition.Always());
        for (String other : List.of("2024*", "**", "*-", "?")) {
            MatchingKey key = new MatchingKey(List.of(0x00080020), vr, other);
            assertThatThrownBy(() -> Conditions.of(key, false)).isInstanceOf(ArchiveException.class);
        }
    }

    @Test
    void malformedDateTime_isRefused() {
        MatchingKey key = new MatchingKey(List.of(ACQUISITION_DATE_TIME), Vr.DT, "20240101-yesterday");
        assertThatThrownBy(() -> Conditions.of(key, false)).isInstanceOf(ArchiveException.class);
    }

    @Test
    void attributeTag_isAskedInHexadecimal() {
        Value stored = new Value.Numeric(BigDecimal.valueOf(0x0018106AL));
        assertThat(matches(FRAME_POINTER, Vr.AT, stored, Vr.AT, "0018106a")).isTrue();
        assertThat(matches(FRAME_POINTER, Vr.AT, stored, Vr.AT, "(0018,106A)")).isTrue();
        assertThat(matches(FRAME_POINTER, Vr.AT, stored, Vr.AT, "00181063")).isFalse();
    }

    @Test
    void privateAttributeOfUnknownVr_matchesAsItIsStored() {
        assertThat(matches(PRIVATE, Vr.LO, new Value.Text("GEMS"), Vr.UN, "GE*"))
                .isTrue();
        assertThat(matches(PRIVATE, Vr.DS, new Value.Text("1.50"), Vr.UN, "1.5"))
                .isTrue();
        assertThat(matches(PRIVATE, Vr.SL, new Value.Numeric(BigDecimal.valueOf(7)), Vr.UN, "07"))
                .isTrue();
        assertThat(matches(PRIVATE, Vr.TM, new Value.Text("101500"), Vr.UN, "1015"))
                .isTrue();
        assertThat(matches(PRIVATE, Vr.DA, new Value.Text("20240105"), Vr.UN, "20240101-20240131"))
                .isTrue();
        assertThat(matches(PRIVATE, Vr.PN, new Value.Name(new PersonName("Doe^Jane", "", "")), Vr.UN, "DOE^JANE"))
                .isTrue();
        assertThat(matches(PRIVATE, Vr.LO, new Value.Text("GEMS"), Vr.UN, "SIEMENS"))
                .isFalse();
        assertThat(matches(PRIVATE, Vr.LO, new Value.Text("A-B"), Vr.UN, "A-B")).isTrue();
    }

    @Test
    void eachOfSeveralValues_isAmongThoseOfTheAttributeWhereThatIsAgreed() {
        AttributeSet header = AttributeSet.EMPTY.with(
                IMAGE_TYPE,
                new Attribute(
                        Vr.CS, List.of(new Value.Text("ORIGINAL"), new Value.Text("PRIMARY"), new Value.Text("M"))));
        assertThat(HeaderMatch.matches(header, every("PRIMARY\\ORIGINAL"))).isTrue();
        assertThat(HeaderMatch.matches(header, every("PRIMARY\\DERIVED"))).isFalse();
    }

    private static Condition every(String values) {
        return Conditions.of(
                new MatchingKey(List.of(IMAGE_TYPE), Vr.CS, values, Set.of(MatchingKey.Extended.MULTIPLE_VALUES)),
                false);
    }

    @Test
    void uidList_isBoundedByItsNumber() {
        assertThat(Conditions.of(uids(10_000), false)).isInstanceOf(Condition.OneOf.class);
        assertThatThrownBy(() -> Conditions.of(uids(10_001), false)).isInstanceOf(ArchiveException.class);
    }

    private static MatchingKey uids(int count) {
        String list = IntStream.range(0, count)
                .mapToObj(i -> "1.2.840.113619.2.55.3." + i)
                .collect(Collectors.joining("\\"));
        return new MatchingKey(List.of(0x0020000D), Vr.UI, list);
    }

    @Test
    void conditionsOfOneItem_areNotMetByTwo() {
        AttributeSet header =
                AttributeSet.EMPTY.with(SEQUENCE, new Attribute(Vr.SQ, List.of(item("A", "X"), item("B", "Y"))));
        assertThat(HeaderMatch.matches(header, inOneItem("A", "X"))).isTrue();
        assertThat(HeaderMatch.matches(header, inOneItem("A", "Y"))).isFalse();
    }

    private static Value item(String code, String scheme) {
        return new Value.Item(AttributeSet.EMPTY
                .with(0x00080100, new Attribute(Vr.SH, List.of(new Value.Text(code))))
                .with(0x00080102, new Attribute(Vr.SH, List.of(new Value.Text(scheme)))));
    }

    private static Condition inOneItem(String code, String scheme) {
        return new Condition.InOneItem(
                List.of(SEQUENCE),
                List.of(
                        Conditions.of(new MatchingKey(List.of(SEQUENCE, 0x00080100), Vr.SH, code), false),
                        Conditions.of(new MatchingKey(List.of(SEQUENCE, 0x00080102), Vr.SH, scheme), false)));
    }
}
