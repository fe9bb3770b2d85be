package org.archipelago.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.archipelago.node.Samples;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportCommandTest {
    private final FakeNode node = new FakeNode();
    private final List<PhantomObject> images = Samples.mr("import", 3);

    @TempDir
    Path home;

    private Path folder;

    @BeforeEach
    void threeImagesInFolders() throws IOException {
        Files.writeString(home.resolve("node.yaml"), "");
        folder = Files.createDirectories(home.resolve("media/a/b"));
        for (int i = 0; i < images.size(); i++) {
            Files.write(folder.resolve("IM" + i), images.get(i).file());
        }
    }

    @Test
    void folder_isSentByteForByteWithForeignIssuer() {
        assertThat(runImport("media")).isZero();
        assertThat(node.taken).hasSize(3);
        images.forEach(image ->
                assertThat(node.taken.get(image.sopInstanceUid().value())).isEqualTo(image.dataset()));
        assertThat(node.issuer).contains("IMPORTED");
        assertThat(node.out()).contains("3 objects taken, 0 refused", "Issuer of Patient ID IMPORTED");
    }

    @Test
    void issuerOption_isUsed() {
        runImport("media", "--issuer", "NORTH");
        assertThat(node.issuer).contains("NORTH");
    }

    @Test
    void secondRun_sendsNothingAgain() {
        runImport("media");
        assertThat(runImport("media")).isZero();
        assertThat(node.sends).isEqualTo(3);
        assertThat(node.out()).contains("0 objects taken, 3 were already");
    }

    @Test
    void secondRunUnderAnotherIssuer_sendsAgainAndClaimsNothingOfWhatWasThere() {
        runImport("media");
        assertThat(runImport("media", "--issuer", "NORTH")).isZero();
        assertThat(node.sends).isEqualTo(6);
        assertThat(node.out())
                .contains("3 objects were here already, 3 of them sent again under NORTH")
                .contains("keep the identity under which they were first taken")
                .doesNotContain("NORTH's");
        runImport("media", "--issuer", "NORTH");
        assertThat(node.sends).isEqualTo(6);
    }

    @Test
    void journalOfAnEarlierBuild_isReadAndNamesNoIssuer() throws IOException {
        runImport("media");
        Path journal = home.resolve("journal");
        Files.writeString(journal, Files.readString(journal).replaceAll(" [0-9a-f]+", ""));
        runImport("media");
        assertThat(node.sends).isEqualTo(6);
        assertThat(node.out()).contains("3 of them sent again under IMPORTED");
    }

    @Test
    void changedFile_isSentAgain() throws IOException {
        runImport("media");
        Files.write(folder.resolve("IM0"), Samples.mr("changed", 1).getFirst().file());
        runImport("media");
        assertThat(node.taken).hasSize(4);
    }

    @Test
    void journal_holdsNoNames() throws IOException {
        runImport("media");
        assertThat(Files.readString(home.resolve("journal")))
                .doesNotContain("IM0")
                .doesNotContain("media");
    }

    @Test
    void refusedObjects_areListedWithReasonAndExitCodeIsOne() throws IOException {
        node.refusedInstance = images.get(1).sopInstanceUid().value();
        Files.writeString(folder.resolve("readme.txt"), "hello");
        assertThat(runImport("media")).isEqualTo(1);
        assertThat(node.out())
                .contains("2 objects taken, 2 refused")
                .contains("IM1: C000H not a data set")
                .contains("readme.txt: not a DICOM file");
    }

    @Test
    void brokenConversation_isTakenUpAgainAndOneBadFileDoesNotStopTheRest() {
        node.breakingInstance = images.get(0).sopInstanceUid().value();
        assertThat(runImport("media")).isEqualTo(1);
        assertThat(node.taken).hasSize(2);
        assertThat(node.out()).contains("IM0: the node ended the association");
    }

    @Test
    void unreachableNode_failsWithOneLineAndGoesOnLater() {
        node.unreachable = 3;
        assertThat(runImport("media")).isEqualTo(1);
        assertThat(node.err().strip().lines()).hasSize(1);
        assertThat(node.err()).contains("does not answer (connection refused)").contains("again to go on");
        assertThat(runImport("media")).isZero();
        assertThat(node.taken).hasSize(3);
    }

    @Test
    void zip_isReadEntryByEntry() throws IOException {
        zip(home.resolve("study.zip"));
        assertThat(runImport("study.zip")).isZero();
        images.forEach(image ->
                assertThat(node.taken.get(image.sopInstanceUid().value())).isEqualTo(image.dataset()));
    }

    @Test
    void zipBeyondItsBound_isRefusedBeforeAnythingIsSent() throws IOException {
        zip(home.resolve("bomb.zip"));
        assertThat(runImport("bomb.zip", "--max-zip-bytes", "1000")).isEqualTo(1);
        assertThat(node.out()).contains("bomb.zip: expands to more than 1000 bytes");
        assertThat(node.sends).isZero();
    }

    @Test
    void dicomdir_namesWhatIsSent() throws IOException {
        Path dicomdir = dicomdir("A\\B\\IM0", "A\\B\\IM2 ");
        assertThat(runImport(dicomdir.toString())).isZero();
        assertThat(node.taken)
                .containsOnlyKeys(
                        images.get(0).sopInstanceUid().value(),
                        images.get(2).sopInstanceUid().value());
    }

    @Test
    void dicomdirLeadingOutOfItsFolder_isRefused() throws IOException {
        Path dicomdir = dicomdir("..\\..\\SECRET");
        assertThat(runImport(dicomdir.toString())).isEqualTo(1);
        assertThat(node.out()).contains("outside its own folder");
        assertThat(node.sends).isZero();
    }

    @Test
    void dicomdirInFolder_isPassedOver() throws IOException {
        dicomdir("A\\B\\IM0");
        assertThat(runImport("media")).isZero();
        assertThat(node.taken).hasSize(3);
    }

    @Test
    void oneBadSource_isNamedAndTheRestGoesOn() throws IOException {
        Files.writeString(folder.resolve("broken.zip"), "no archive");
        assertThat(runImport("media", home.resolve("nowhere").toString())).isEqualTo(1);
        assertThat(node.taken).hasSize(3);
        assertThat(node.out())
                .contains("3 objects taken, 2 refused")
                .contains("nowhere: there is no such file or folder")
                .contains("broken.zip: not a readable ZIP archive");
    }

    @Test
    void dicomdirWithAMissingFile_sendsTheOthers() throws IOException {
        Path dicomdir = dicomdir("A\\B\\IM0", "A\\B\\GONE");
        assertThat(runImport(dicomdir.toString())).isEqualTo(1);
        assertThat(node.taken)
                .containsOnlyKeys(images.getFirst().sopInstanceUid().value());
        assertThat(node.out()).contains("GONE: ").contains("refers to it, and it is not there");
    }

    @Test
    void otherArchiveAtTheSameAddress_getsEverythingAgain() {
        runImport("media");
        node.site = new SiteOperations.RunningSite("site-1", "restored");
        assertThat(runImport("media")).isZero();
        assertThat(node.sends).isEqualTo(6);
        node.site = new SiteOperations.RunningSite("site-2", "restored");
        runImport("media");
        assertThat(node.sends).isEqualTo(9);
    }

    private int runImport(String path, String... more) {
        String[] fixed = {
            "import",
            home.resolve(path).toString(),
            "--config",
            home.resolve("node.yaml").toString(),
            "--journal",
            home.resolve("journal").toString()
        };
        String[] all = java.util.Arrays.copyOf(fixed, fixed.length + more.length);
        System.arraycopy(more, 0, all, fixed.length, more.length);
        return node.run(home, all);
    }

    private void zip(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (PhantomObject image : images) {
                zip.putNextEntry(new ZipEntry("disc/" + image.sopInstanceUid().value()));
                zip.write(image.file());
                zip.closeEntry();
            }
        }
    }

    /** The shape of PS3.3 F.3: a Directory Record Sequence whose items hold Referenced File IDs. */
    private Path dicomdir(String... fileIds) throws IOException {
        ByteBuffer records = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        for (String id : fileIds) {
            String value = id.length() % 2 == 0 ? id : id + " ";
            records.putShort((short) 0xFFFE).putShort((short) 0xE000).putInt(value.length() + 8);
            records.putShort((short) 0x0004)
                    .putShort((short) 0x1500)
                    .put((byte) 'C')
                    .put((byte) 'S');
            records.putShort((short) value.length()).put(value.getBytes(StandardCharsets.US_ASCII));
        }
        ByteBuffer file = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
        file.position(128).put("DICM".getBytes(StandardCharsets.US_ASCII));
        uid(file, 2, "1.2.840.10008.1.3.10");
        uid(file, 3, "1.2.3.4");
        uid(file, 0x10, "1.2.840.10008.1.2.1");
        file.putShort((short) 0x0004)
                .putShort((short) 0x1220)
                .put((byte) 'S')
                .put((byte) 'Q')
                .putShort((short) 0);
        file.putInt(records.position()).put(records.flip());
        Path path = home.resolve("media/DICOMDIR");
        return Files.write(path, java.util.Arrays.copyOf(file.array(), file.position()));
    }

    private static void uid(ByteBuffer file, int element, String uid) {
        String value = uid.length() % 2 == 0 ? uid : uid + "\0";
        file.putShort((short) 2).putShort((short) element).put((byte) 'U').put((byte) 'I');
        file.putShort((short) value.length()).put(value.getBytes(StandardCharsets.US_ASCII));
    }
}
