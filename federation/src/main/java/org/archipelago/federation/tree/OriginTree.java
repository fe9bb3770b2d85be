package org.archipelago.federation.tree;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.eventstore.EventLog;
import org.archipelago.federation.merkle.ConsistencyProof;
import org.archipelago.federation.merkle.Frontier;
import org.archipelago.federation.merkle.InclusionProof;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tree of one origin's records, kept where the log is. What it has more than the log, or otherwise than the log, goes when it
 * is opened. One thread opens, advances, recomputes and closes; any may ask for roots and proofs.
 */
public final class OriginTree implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(OriginTree.class);

    private static final int BATCH_LEAVES = 4096;
    /** What is read again from the log after a crash, at most: half a second's work. */
    private static final long SYNC_LEAVES = 64 * 1024;

    private final EventLog log;
    private final SiteId origin;
    private final StoredTree tree;
    private long synced;

    private OriginTree(EventLog log, SiteId origin, StoredTree tree) {
        this.log = log;
        this.origin = origin;
        this.tree = tree;
        this.synced = tree.size();
    }

    public static OriginTree open(Path directory, EventLog log, SiteId origin) throws IOException {
        OriginTree tree = new OriginTree(log, origin, StoredTree.open(directory));
        try {
            tree.cutWhereTheLogDiffers();
            return tree;
        } catch (IOException | RuntimeException e) {
            tree.tree.close();
            throw e;
        }
    }

    private void cutWhereTheLogDiffers() throws IOException {
        long common = Math.min(tree.size(), OriginLeaves.size(log, origin));
        if (common > 0 && differs(common - 1)) {
            common = firstDifference(common - 1);
        }
        if (common < tree.size()) {
            LOGGER.warn("The tree of {} had {} leaves; the log agrees with {}", origin, tree.size(), common);
            tree.cutTo(common);
            synced = common;
        }
    }

    /** Histories that part never meet again: every record has an id of its own. */
    private long firstDifference(long differing) {
        long same = -1;
        long different = differing;
        while (different - same > 1) {
            long middle = same + (different - same) / 2;
            if (differs(middle)) {
                different = middle;
            } else {
                same = middle;
            }
        }
        return different;
    }

    private boolean differs(long position) {
        Optional<Digest> leaf = OriginLeaves.at(log, origin, position);
        return leaf.isPresent() && !leaf.get().equals(tree.subtree(0, position));
    }

    public long size() {
        return tree.size();
    }

    /** Root of all leaves, from memory. For the thread that advances it. */
    public Digest root() {
        return tree.root();
    }

    /** What grows from here, without this tree growing. For the thread that advances it. */
    public Frontier frontier() {
        return tree.frontier();
    }

    /** As {@link #frontier()}, of an earlier size. */
    public Frontier frontier(long size) {
        return Frontier.of(tree, size);
    }

    public Digest root(long size) {
        return tree.root(size);
    }

    /** From stored hashes: to be checked against a signed root before it is given to anybody. */
    public InclusionProof inclusion(long index, long size) {
        return tree.inclusion(index, size);
    }

    /** From stored hashes: to be checked against signed roots before it is given to anybody. */
    public ConsistencyProof consistency(long first, long second) {
        return tree.consistency(first, second);
    }

    /**
     * Takes in what the log has now.
     *
     * @throws ArchiveException CORRUPT at a record whose header cannot be read; what is before it was taken in
     */
    public void advance() throws IOException {
        requireNextSound();
        OriginLeaves leaves = new OriginLeaves(log, origin, tree.size());
        List<Optional<Digest>> next = leaves.next(BATCH_LEAVES);
        while (!next.isEmpty()) {
            List<Digest> sound = next.stream()
                    .takeWhile(Optional::isPresent)
                    .map(Optional::get)
                    .toList();
            tree.append(sound);
            if (tree.size() - synced >= SYNC_LEAVES) {
                sync();
            }
            if (sound.size() < next.size()) {
                throw damaged();
            }
            next = leaves.next(BATCH_LEAVES);
        }
    }

    /** To find out what is left of a damaged record takes a walk through the log's indexes: not each time. */
    private void requireNextSound() {
        boolean more = tree.size() < OriginLeaves.size(log, origin);
        if (more && OriginLeaves.at(log, origin, tree.size()).isEmpty()) {
            throw damaged();
        }
    }

    private ArchiveException damaged() {
        return new ArchiveException(ArchiveError.CORRUPT, "record " + tree.size() + " of origin " + origin);
    }

    /** On return what was taken in need not be read again after power loss. */
    public void sync() throws IOException {
        if (tree.size() != synced) {
            tree.sync();
            synced = tree.size();
        }
    }

    /**
     * Makes every hash anew from the log and mends what is stored otherwise. On return all of it is what the log says, but for
     * records that are damaged there.
     *
     * @param done told from time to time how many leaves are done
     */
    public Recomputed recompute(LongConsumer done) throws IOException {
        OriginLeaves source = new OriginLeaves(log, origin, 0);
        Frontier known = new Frontier();
        long wrong = 0;
        long damaged = 0;
        while (known.size() < tree.size()) {
            int limit = (int) Math.min(BATCH_LEAVES, tree.size() - known.size());
            List<Digest> leaves = new ArrayList<>();
            for (Optional<Digest> leaf : source.next(limit)) {
                damaged += leaf.isEmpty() ? 1 : 0;
                leaves.add(leaf.isPresent() ? leaf.get() : tree.subtree(0, known.size() + leaves.size()));
            }
            if (leaves.isEmpty()) {
                throw new ArchiveException(ArchiveError.CORRUPT, "log of origin " + origin + ", which became shorter");
            }
            wrong += tree.mend(known, leaves);
            done.accept(known.size());
        }
        tree.mended(known);
        synced = tree.size();
        if (wrong > 0) {
            LOGGER.warn("{} stored hashes of the tree of {} were wrong and are mended", wrong, origin);
        }
        return new Recomputed(tree.size(), wrong, damaged);
    }

    @Override
    public void close() {
        try {
            sync();
        } catch (IOException e) {
            LOGGER.warn("The tree of {} was not synced; some of it will be read from the log again", origin, e);
        } finally {
            tree.close();
        }
    }
}
