package org.archipelago.eventstore.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.UUID;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.Records;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordHeaderTest {
    private static final String ORIGIN = "0123abcd-0123-abcd-0123-0123456789af";

    private static RecordHeader header(String type, String stream) {
        return new RecordHeader(
                Suite.FIRST,
                new RecordId(new UUID(1, 2)),
                type,
                1,
                new StreamId(stream),
                new Revision(0),
                Records.AT,
                new KeyId(Digest.sha256()),
                Digest.sha256());
    }

    private static void assertRefused(String type, String stream) {
        ArchiveException refusal = catchThrowableOfType(ArchiveException.class, () -> header(type, stream));
        assertThat(refusal.error()).isEqualTo(ArchiveError.INVALID_REQUEST);
    }

    @ParameterizedTest
    @ValueSource(strings = {ORIGIN + "/study/0123abcd", ORIGIN + "/a/b", ORIGIN + "/Z.9_-z/0.A_-z"})
    void streamOfThreeParts_isTaken(String stream) {
        assertThatCode(() -> header("StudyHeld", stream)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ORIGIN + "//name",
                ORIGIN + "/kind/more/name",
                ORIGIN + "/ki nd/name",
                ORIGIN + "/kind/na:me",
                ORIGIN + "/kind/naïve",
                ORIGIN + "0/kind/name",
                "a/b/c",
                "0123abcd-0123-abcd-0123-0123456789aF/kind/name",
                "0123abcd-0123-abcd-0123-0123456789ag/kind/name",
                "0123abcd-0123-abcd-01230-123456789af/kind/name",
                "0123abcd-0123-abcd-0123-0123456789a/kind/name",
                "0123abcd_0123_abcd_0123_0123456789af/kind/name"
            })
    void streamThatTheFormatCannotCarry_isRefused(String stream) {
        assertRefused("StudyHeld", stream);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "Study-Held.2", "0123456789012345678901234567890123456789012345678901234567890123"})
    void typeOfUpTo64Characters_isTaken(String type) {
        assertThatCode(() -> header(type, ORIGIN + "/a/b")).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Study_Held",
                "Study Held",
                "Study/Held",
                "Stüdy",
                "01234567890123456789012345678901234567890123456789012345678901234"
            })
    void typeThatTheFormatCannotCarry_isRefused(String type) {
        assertRefused(type, ORIGIN + "/a/b");
    }
}
