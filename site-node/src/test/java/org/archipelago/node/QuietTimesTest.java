package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.node.ingest.QuietTimes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuietTimesTest {
    private static final Duration STANDARD = Duration.ofMinutes(5);
    private static final Duration OF_CT2 = Duration.ofMinutes(30);
    private static final Actor CT2 = Actor.device("CT2", "127.0.0.1");

    private final QuietTimes quietTimes = new QuietTimes(STANDARD, Map.of("CT2", OF_CT2));

    @TempDir
    Path temp;

    @Test
    void sourceWithAnOwnQuietTime_hasThat() {
        assertThat(quietTimes.of(CT2)).isEqualTo(OF_CT2);
        assertThat(quietTimes.of(SmallNode.CT)).isEqualTo(STANDARD);
    }

    @Test
    void studyThatWaitsSinceBeforeTheStart_hasTheQuietTimeOfItsLastSource() throws IOException {
        try (SmallNode node = SmallNode.open(temp)) {
            store(node, "1.2.3.4", SmallNode.CT);
            assertThat(quietTime(node, SmallNode.STUDY)).isEqualTo(STANDARD);

            store(node, "1.2.3.5", CT2);
            assertThat(quietTime(node, SmallNode.STUDY)).isEqualTo(OF_CT2);

            store(node, "1.2.3.6", SmallNode.CT);
            assertThat(quietTime(node, SmallNode.STUDY)).isEqualTo(STANDARD);
        }
    }

    @Test
    void studyThatIsUnknownOrCannotBeRead_hasTheStandard() throws IOException {
        try (SmallNode node = SmallNode.open(temp)) {
            StudyCopyId unknown = node.archive.names().study(new StudyInstanceUid("9.9"));

            assertThat(quietTime(node, new StudyInstanceUid("9.9"))).isEqualTo(STANDARD);
            assertThat(quietTimes.ofLastSource(unknown, _ -> {
                        throw new ArchiveException(ArchiveError.CORRUPT, "record");
                    }))
                    .isEqualTo(STANDARD);
        }
    }

    private Duration quietTime(SmallNode node, StudyInstanceUid study) {
        return quietTimes.ofLastSource(node.archive.names().study(study), node.archive.catalog()::study);
    }

    private static void store(SmallNode node, String instance, Actor source) throws IOException {
        node.store(SmallNode.encoded(SmallNode.object(instance, "17", "DOE^JANE")), SmallNode.EXPLICIT, source);
    }
}
