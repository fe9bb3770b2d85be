package org.archipelago.node.dimse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.node.association.CommandField;
import org.archipelago.node.association.CommandSet;
import org.archipelago.node.dimse.DimseConfiguration.Permission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the destination of a C-MOVE sees. */
@Timeout(60)
class MoveDestinationTest {
    @TempDir
    Path directory;

    private static int move(TestScu scu) throws IOException {
        int messageId = scu.request(
                CommandField.C_MOVE_RQ,
                SopClasses.STUDY_ROOT_MOVE,
                TestScu.keys("STUDY", Tags.STUDY_INSTANCE_UID, FakeArchive.STUDY.value()),
                Optional.of("DEST"));
        assertThat(scu.allAnswers().getLast().status()).isZero();
        return messageId;
    }

    /** PS3.7 §9.3.1.1: Move Originator Application Entity Title (0000,1030) and Message ID (0000,1031). */
    @Test
    void eachSubOperation_saysWhoAskedAndWithWhichMessage() throws IOException {
        try (StorageDestination destination = new StorageDestination();
                TestNode node = TestNode.start(
                        directory, TestNode.remote("DEST", destination.port(), Permission.MOVE_DESTINATION));
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_MOVE, SopClasses.VERIFICATION)) {
            scu.echo();
            node.archive.hold(DimseServerTest.CT, "1.2.1", TestScu.EXPLICIT, new byte[10]);
            node.archive.hold(DimseServerTest.CT, "1.2.2", TestScu.EXPLICIT, new byte[10]);
            int messageId = move(scu);
            assertThat(messageId).isGreaterThan(1);
            assertThat(destination.stored).hasSize(2).allSatisfy(command -> {
                assertThat(command.text(CommandSet.MOVE_ORIGINATOR_AE_TITLE)).contains(TestNode.SCU.value());
                assertThat(command.us(CommandSet.MOVE_ORIGINATOR_MESSAGE_ID)).hasValue(messageId);
            });
        }
    }

    /** Each class takes a context for the stored syntax and one for uncompressed ones: 300 in all. */
    @Test
    void moreKindsThanContexts_areSpreadOverAsFewAssociationsAsHoldThem() throws IOException {
        try (StorageDestination destination = new StorageDestination();
                TestNode node = TestNode.start(
                        directory, TestNode.remote("DEST", destination.port(), Permission.MOVE_DESTINATION));
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_MOVE)) {
            for (int i = 1; i <= 150; i++) {
                node.archive.hold("1.2.840.10008.5.1.4.1.1." + i, "1.2." + i, "1.2.840.10008.1.2.5", new byte[10]);
            }
            move(scu);
            assertThat(destination.stored).hasSize(150);
            assertThat(destination.associations).containsExactly(128, 128, 44);
        }
    }
}
