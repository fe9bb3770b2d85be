package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.node.cli.CommandFailure;
import org.archipelago.node.cli.Progress;
import org.archipelago.node.cli.SiteOperations.ExportResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportTest {
    private final Source source = new Source();
    private final Counted progress = new Counted();

    @TempDir
    Path folder;

    /** Two studies of two objects; one part of the log for each. */
    private static final class Source implements ExportSource {
        final Map<String, List<String>> studies =
                new LinkedHashMap<>(Map.of("1.1", List.of("1.1.1", "1.1.2"), "1.2", List.of("1.2.1", "1.2.2")));
        final Map<String, String> newer = new HashMap<>();
        String site = "site-1";
        final List<Kept> versions = new ArrayList<>();
        List<String> quarantined = List.of();
        String corrupt = "";
        String cut = "";
        String lostStudy = "";
        Map<String, String> unreadable = Map.of();

        @Override
        public String site() {
            return site;
        }

        @Override
        public Page page(long after) {
            return after < 0
                    ? new Page(List.of("1.1"), 2, quarantined, 0, false, 1, unreadable)
                    : new Page(List.of("1.2"), 2, List.of(), 1, true, 1, Map.of());
        }

        @Override
        public List<Kept> objects(String study) {
            if (study.equals(lostStudy)) {
                throw new ArchiveException(ArchiveError.CORRUPT, "key is missing");
            }
            return Stream.concat(
                            studies.getOrDefault(study, List.of()).stream().map(instance -> new Kept(instance, "")),
                            versions.stream().filter(kept -> kept.instance().startsWith(study)))
                    .toList();
        }

        @Override
        public void write(String study, Kept object, OutputStream out) throws IOException {
            String instance = object.instance() + object.version();
            if (instance.equals(corrupt)) {
                throw new ArchiveException(ArchiveError.CORRUPT, "blob");
            }
            out.write((instance + newer.getOrDefault(instance, "")).getBytes(StandardCharsets.US_ASCII));
            if (instance.equals(cut)) {
                throw new IOException("connection reset");
            }
        }

        @Override
        public void writeQuarantined(String id, OutputStream out) throws IOException {
            out.write(("quarantined " + id).getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static final class Counted implements Progress {
        long total;
        long done;

        @Override
        public void total(long items) {
            total = items;
        }

        @Override
        public void advance(long items) {
            done += items;
        }
    }

    private ExportResult export(String... studies) throws IOException {
        return new Export(source, folder.resolve("out"), false, progress).run(List.of(studies));
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("out"))) {
            return files.filter(file -> file.toString().endsWith(".dcm"))
                    .map(ExportTest::content)
                    .sorted()
                    .toList();
        }
    }

    private static String content(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void everything_isWrittenAndCountedOverAllStudies() throws IOException {
        ExportResult result = export();
        assertThat(result.written()).isEqualTo(4);
        assertThat(result.failed()).isZero();
        assertThat(files()).containsExactly("1.1.1", "1.1.2", "1.2.1", "1.2.2");
        assertThat(progress.total).isEqualTo(4);
        assertThat(progress.done).isEqualTo(4);
    }

    @Test
    void whatShowsPatients_isForItsOwnerOnly() throws IOException {
        export();
        try (Stream<Path> all = Files.walk(folder.resolve("out"))) {
            assertThat(all.filter(path -> !path.endsWith("archipelago-export")))
                    .hasSize(7)
                    .allSatisfy(path -> assertThat(Files.getPosixFilePermissions(path))
                            .doesNotContainAnyElementsOf(PosixFilePermissions.fromString("---rwxrwx")));
        }
    }

    @Test
    void oneCorruptObject_isNamedAndTheRestGoesOn() throws IOException {
        source.corrupt = "1.1.1";
        ExportResult result = export();
        assertThat(result.written()).isEqualTo(3);
        assertThat(result.failures())
                .containsExactly(Map.entry("1.1 1.1.1", ArchiveError.CORRUPT.advice() + " [blob]"));
        assertThat(files()).containsExactly("1.1.2", "1.2.1", "1.2.2");
    }

    @Test
    void transferThatBreaksOff_leavesNoFile() throws IOException {
        source.cut = "1.2.2";
        ExportResult result = export();
        assertThat(result.failures()).containsEntry("1.2 1.2.2", "connection reset");
        try (Stream<Path> left = Files.walk(folder)) {
            assertThat(left.filter(file -> file.toString().endsWith(".part"))).isEmpty();
        }
        assertThat(files()).hasSize(3);
    }

    @Test
    void secondRun_writesOnlyWhatIsMissing() throws IOException {
        source.corrupt = "1.1.1";
        export();
        source.corrupt = "";
        List<FileTime> before = times();
        ExportResult result = export();
        assertThat(result.written()).isEqualTo(1);
        assertThat(result.skipped()).isEqualTo(3);
        assertThat(result.replaced()).isZero();
        assertThat(times()).hasSize(4).containsAll(before);
    }

    private List<FileTime> times() throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("out"))) {
            List<FileTime> times = new ArrayList<>();
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".dcm")).toList()) {
                times.add(Files.getLastModifiedTime(file));
            }
            return times;
        }
    }

    @Test
    void objectThatLeavesOtherwiseByNow_isReplacedAndCounted() throws IOException {
        export();
        source.newer.put("1.1.1", " corrected");
        ExportResult result = export();
        assertThat(result.replaced()).isEqualTo(1);
        assertThat(result.skipped()).isEqualTo(3);
        assertThat(result.written()).isZero();
        assertThat(files()).containsExactly("1.1.1 corrected", "1.1.2", "1.2.1", "1.2.2");
        source.newer.clear();
        assertThat(export().replaced()).isEqualTo(1);
        assertThat(files()).containsExactly("1.1.1", "1.1.2", "1.2.1", "1.2.2");
    }

    @Test
    void whatDoesNotLeaveByDefault_isCountedOrWrittenBeside() throws IOException {
        source.versions.add(new ExportSource.Kept("1.1.1", "abc"));
        source.quarantined = List.of("17", "18");
        ExportResult without = export();
        assertThat(without.written()).isEqualTo(4);
        assertThat(without.versionsLeftOut()).isEqualTo(1);
        assertThat(without.quarantinedLeftOut()).isEqualTo(2);

        ExportResult with = new Export(source, folder.resolve("out"), true, progress).run(List.of());

        assertThat(with.written()).isEqualTo(3);
        assertThat(with.skipped()).isEqualTo(4);
        assertThat(with.versionsLeftOut() + with.quarantinedLeftOut()).isZero();
        assertThat(files())
                .containsExactly("1.1.1", "1.1.1abc", "1.1.2", "1.2.1", "1.2.2", "quarantined 17", "quarantined 18");
        assertThat(folder.resolve("out/quarantined/17.dcm")).exists();
    }

    @Test
    void objectThatCannotBeComparedAnyMore_failsAndItsFileStays() throws IOException {
        export();
        source.corrupt = "1.1.1";
        ExportResult result = export();
        assertThat(result.failures()).containsOnlyKeys("1.1 1.1.1");
        assertThat(result.skipped()).isEqualTo(3);
        assertThat(files()).hasSize(4);
    }

    @Test
    void namedStudies_areTheOnlyOnesAndAnUnknownOneFails() throws IOException {
        ExportResult result = export("1.2", "9.9");
        assertThat(files()).containsExactly("1.2.1", "1.2.2");
        assertThat(result.failures()).containsOnlyKeys("9.9");
        assertThat(progress.total).isEqualTo(2);
    }

    @Test
    void whatCannotBeTold_isReportedAndTheRestIsWritten() throws IOException {
        source.unreadable = Map.of("study site/study/17", "its key is missing");
        source.lostStudy = "1.2";
        ExportResult result = export();
        assertThat(files()).containsExactly("1.1.1", "1.1.2");
        assertThat(result.failures()).containsOnlyKeys("study site/study/17", "1.2");
        assertThat(result.failed()).isEqualTo(2);
        assertThat(result.erased()).isEqualTo(2);
    }

    @Test
    void namedStudyThatCannotBeTold_isReportedAndTheOthersAreWritten() throws IOException {
        source.lostStudy = "1.1";
        ExportResult result = export("1.1", "1.2");
        assertThat(files()).containsExactly("1.2.1", "1.2.2");
        assertThat(result.failures()).containsOnlyKeys("1.1");
    }

    @Test
    void uidsOfSenders_areNotPartOfAnyPath() throws IOException {
        export();
        try (Stream<Path> all = Files.walk(folder.resolve("out"))) {
            assertThat(all.map(path -> path.getFileName().toString()))
                    .noneMatch(name -> name.contains("1.1") || name.contains("1.2"));
        }
    }

    @Test
    void targetWithSomethingElse_isLeftAlone() throws IOException {
        Path thesis =
                Files.writeString(Files.createDirectories(folder.resolve("out")).resolve("thesis"), "x");
        assertThatThrownBy(this::export).isInstanceOf(CommandFailure.class).hasMessageContaining("neither empty");
        assertThat(folder.resolve("out")).isDirectoryContaining(path -> path.equals(thesis));
    }

    @Test
    void exportOfAnotherSite_isNotMixedWithThisOne() throws IOException {
        export();
        source.site = "site-2";
        assertThatThrownBy(this::export).isInstanceOf(CommandFailure.class).hasMessageContaining("another site");
    }
}
