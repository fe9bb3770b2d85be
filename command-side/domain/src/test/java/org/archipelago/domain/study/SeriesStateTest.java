package org.archipelago.domain.study;

import static org.archipelago.domain.Samples.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.study.EventAttributes;
import org.junit.jupiter.api.Test;

class SeriesStateTest {
    /** Patient Comments, Additional Patient History, Other Patient IDs, Allergies, Medical Alerts, Occupation. */
    private static final List<Integer> LONG_ONES =
            List.of(0x00104000, 0x001021B0, 0x00101000, 0x00102110, 0x00102000, 0x00102180);

    @Test
    void valuesThatEventsName_areBoundedInBytes() {
        SeriesState study = SeriesState.ofStudy(AttributeSet.EMPTY);
        long named = 0;
        for (int round = 0; round < 100; round++) {
            AttributeSet hostile = AttributeSet.EMPTY;
            for (int tag : LONG_ONES) {
                hostile = hostile.with(tag, text(Vr.LT, round + "x".repeat(4000)));
            }
            AttributeSet further = study.newsOf(hostile, false).further();
            named += EventAttributes.sizeBytes(further);
            study.add(further);
        }
        assertThat(named).isBetween(SeriesState.MAX_BYTES - 5000L, (long) SeriesState.MAX_BYTES);
    }

    @Test
    void whatVaries_makesNoRoomForMore() {
        SeriesState series = SeriesState.of(SERIES, AttributeSet.EMPTY);
        long named = 0;
        for (int round = 0; round < 100; round++) {
            AttributeSet hostile = AttributeSet.EMPTY;
            for (int i = 0; i < 8; i++) {
                hostile = hostile.with(0x00210010 + round * 8 + i, text(Vr.LT, "x".repeat(4000)));
            }
            SeriesState.News news = series.newsOf(hostile, false);
            named += EventAttributes.sizeBytes(news.further());
            series.add(news.further());
            series.vary(news.further().attributes().keySet());
        }
        assertThat(named).isLessThanOrEqualTo(SeriesState.MAX_BYTES);
        assertThat(series.newsOf(set(Tags.STUDY_DATE, text(Vr.DA, "20260101")), false)
                        .isEmpty())
                .isTrue();
    }
}
