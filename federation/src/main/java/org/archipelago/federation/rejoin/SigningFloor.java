package org.archipelago.federation.rejoin;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.federation.note.VerifierKey;

/**
 * Below which this site signs nothing: the largest checkpoint of its own that anybody has shown it, also before a restart; and after a recovery
 * from peers, who has not shown yet what it has seen of this site, and so may have seen more. Each change is durable on return. Thread-safe.
 */
public final class SigningFloor {
    private static final String VERSION = "archipelago signing floor 1";
    private static final String AWAITED = "awaited ";
    private static final String SEEN = "seen ";

    private final Path file;
    private Optional<SignedCheckpoint> seen = Optional.empty();
    private Set<String> awaited = new TreeSet<>();

    private SigningFloor(Path file) {
        this.file = file;
    }

    /**
     * Nobody has shown anything where there is no file.
     *
     * @param own key of this site
     * @throws ArchiveException CORRUPT when it is not of this form, or not what this site has signed
     */
    public static SigningFloor open(Path file, VerifierKey own) throws IOException {
        SigningFloor floor = new SigningFloor(file);
        if (Files.exists(file)) {
            floor.read(own);
        }
        return floor;
    }

    private void read(VerifierKey own) throws IOException {
        try {
            List<String> lines = Files.readAllLines(file, StandardCharsets.US_ASCII);
            if (!lines.getFirst().equals(VERSION)) {
                throw new IllegalArgumentException("another form");
            }
            for (String line : lines.subList(1, lines.size())) {
                if (line.startsWith(SEEN)) {
                    byte[] note = Base64.getDecoder().decode(line.substring(SEEN.length()));
                    seen = Optional.of(SignedCheckpoint.verify(note, own));
                } else {
                    awaited.add(SiteId.parse(line.substring(AWAITED.length())).toString());
                }
            }
        } catch (RuntimeException e) {
            throw new ArchiveException(ArchiveError.CORRUPT, file.toString(), e);
        }
    }

    /** The largest that anybody has shown. */
    public synchronized Optional<SignedCheckpoint> seen() {
        return seen;
    }

    /** In number of records. */
    public synchronized long size() {
        return seen.map(SignedCheckpoint::size).orElse(0L);
    }

    /** Who has to answer before this site signs. */
    public synchronized List<SiteId> awaited() {
        return awaited.stream().map(SiteId::parse).toList();
    }

    /** Somebody has shown it. */
    public synchronized void raise(SignedCheckpoint shown) {
        if (shown.size() > size()) {
            write(Optional.of(shown), awaited);
        }
    }

    /** In place of whoever was awaited before. */
    public synchronized void await(Collection<SiteId> members) {
        Set<String> next = new TreeSet<>();
        members.forEach(member -> next.add(member.toString()));
        write(seen, next);
    }

    /** It has shown what it has seen, which was {@link #raise raised to}; or an operator has said to go without it. */
    public synchronized void heard(SiteId member) {
        if (awaited.contains(member.toString())) {
            Set<String> next = new TreeSet<>(awaited);
            next.remove(member.toString());
            write(seen, next);
        }
    }

    private void write(Optional<SignedCheckpoint> nextSeen, Set<String> nextAwaited) {
        List<String> lines = new ArrayList<>(List.of(VERSION));
        nextSeen.ifPresent(one ->
                lines.add(SEEN + Base64.getEncoder().encodeToString(one.note().toBytes())));
        nextAwaited.forEach(one -> lines.add(AWAITED + one));
        try {
            DurableFile.createDirectories(
                    Objects.requireNonNull(file.toAbsolutePath().getParent()));
            DurableFile.replace(file, (String.join("\n", lines) + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        seen = nextSeen;
        awaited = nextAwaited;
    }
}
