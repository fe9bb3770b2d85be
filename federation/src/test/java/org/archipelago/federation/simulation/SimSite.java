package org.archipelago.federation.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.contract.SiteId;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.link.LinkService;
import org.archipelago.federation.note.VerifierKey;

/**
 * A place with a disk, a clock and a node that runs or does not. One with a {@code twin} is where two nodes were started with one
 * identity: some callers reach one of them, some the other.
 */
final class SimSite implements MemoryEventLog.Disk {
    final SiteIdentity identity;
    final SimClock clock = new SimClock();
    /** Answers that a caller has had of this site. */
    final Map<SiteId, Map<String, List<Object>>> earlier = new HashMap<>();

    private final Path directory;
    private final SimRandom random;
    private Collection<VerifierKey> peers = List.of();
    private Collection<VerifierKey> cosigners = List.of();
    private List<StoredRecord> durable = List.of();
    private Optional<SimNode> node = Optional.empty();
    private Optional<SimSite> twin = Optional.empty();
    private List<StoredRecord> backedUp = List.of();
    private int backups;
    private double crashes;

    SimSite(Path directory, SiteId site, SimRandom random) {
        this.directory = directory;
        this.random = random;
        try {
            this.identity = SiteIdentity.create(directory.resolve("keys"), site, random.secure());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private SimSite(Path directory, SimSite first) {
        this.directory = directory;
        this.random = first.random;
        this.identity = first.identity;
        this.peers = first.peers;
        this.cosigners = first.cosigners;
        this.durable = first.durable;
    }

    SiteId id() {
        return identity.site();
    }

    void knows(Collection<VerifierKey> others, Collection<VerifierKey> all) {
        peers = others;
        cosigners = all;
    }

    /** From the same disk and keys, another history. */
    SimSite startTwin() {
        stop();
        SimSite second = new SimSite(directory.resolveSibling(directory.getFileName() + "-twin"), this);
        copy(directory, second.directory);
        start();
        second.start();
        twin = Optional.of(second);
        return second;
    }

    Optional<SimSite> twin() {
        return twin;
    }

    void mayCrash(double probability) {
        crashes = probability;
    }

    @Override
    public void beforeWrite() {
        crashAtTimes();
    }

    @Override
    public void afterWrite() {
        node.ifPresent(running -> durable = running.log.durable());
        crashAtTimes();
    }

    private void crashAtTimes() {
        if (random.chance(crashes)) {
            throw new SimulatedCrash();
        }
    }

    Optional<SimNode> node() {
        return node;
    }

    SimNode running() {
        return node.orElseThrow();
    }

    Optional<LinkService> service() {
        return node.map(running -> running.service);
    }

    void start() {
        if (node.isEmpty()) {
            node = Optional.of(new SimNode(directory, identity, peers, cosigners, durable, this, clock, random));
        }
    }

    /** In order, or by a crash: the log is what was durable either way. */
    void stop() {
        node.ifPresent(running -> {
            durable = running.log.durable();
            running.close();
        });
        node = Optional.empty();
    }

    /** What was not synced of the trees is lost or torn. */
    void crash() {
        stop();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(path -> path.getFileName().toString().startsWith("level-"))
                    .sorted()
                    .toList()) {
                if (random.chance(0.3)) {
                    byte[] bytes = Files.readAllBytes(file);
                    Files.write(file, java.util.Arrays.copyOf(bytes, random.below(bytes.length + 1)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Everything but the keys, as it is now. The node stops for it. */
    void backUp() {
        stop();
        backups++;
        copy(directory, directory.resolveSibling(directory.getFileName() + "-backup-" + backups));
        backedUp = durable;
        start();
    }

    /** @return false when there is no backup */
    boolean restore() {
        if (backups == 0) {
            return false;
        }
        stop();
        delete(directory);
        copy(directory.resolveSibling(directory.getFileName() + "-backup-" + backups), directory);
        durable = backedUp;
        return true;
    }

    private static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<StoredRecord> durable() {
        return node.map(running -> running.log.durable()).orElse(durable);
    }

    private static void copy(Path from, Path to) {
        try {
            Files.walkFileTree(from, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) throws IOException {
                    Files.createDirectories(to.resolve(from.relativize(path).toString()));
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) throws IOException {
                    Files.copy(path, to.resolve(from.relativize(path).toString()));
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<SimSite> histories() {
        List<SimSite> all = new ArrayList<>(List.of(this));
        twin.ifPresent(all::add);
        return all;
    }
}
