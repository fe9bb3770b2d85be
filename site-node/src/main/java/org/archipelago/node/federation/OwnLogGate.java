package org.archipelago.node.federation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.federation.link.HandedKeys;
import org.archipelago.federation.link.LinkService;
import org.archipelago.federation.link.OriginHead;
import org.archipelago.federation.link.RecordBatch;
import org.archipelago.federation.link.ReturnedKeys;
import org.archipelago.federation.merkle.ConsistencyProof;
import org.archipelago.federation.note.SignedNote;

/**
 * This site's own log goes to those alone who may have it, and that anybody had it is noted, durably, before it leaves. Thread-safe.
 */
public final class OwnLogGate implements LinkService {
    private final LinkService service;
    private final SiteId own;
    private final Predicate<SiteId> mayHave;
    private final Path followed;
    private volatile boolean isNoted;

    /**
     * @param mayHave who gets this site's log, as of each call
     * @param followed the file that says that somebody had it
     */
    public OwnLogGate(LinkService service, SiteId own, Predicate<SiteId> mayHave, Path followed) {
        this.service = service;
        this.own = own;
        this.mayHave = mayHave;
        this.followed = followed;
        this.isNoted = Files.exists(followed);
    }

    @Override
    public List<OriginHead> heads(SiteId caller) {
        boolean isOpen = mayHave.test(caller);
        List<OriginHead> heads = service.heads(caller).stream()
                .filter(head -> isOpen || !head.origin().equals(own))
                .toList();
        if (heads.stream().anyMatch(head -> head.origin().equals(own))) {
            note();
        }
        return heads;
    }

    @Override
    public long unsignedRecords() {
        return service.unsignedRecords();
    }

    @Override
    public Optional<SignedNote> checkpoint(SiteId caller, SiteId origin) {
        requireOpen(caller, origin);
        Optional<SignedNote> checkpoint = service.checkpoint(caller, origin);
        if (checkpoint.isPresent() && origin.equals(own)) {
            note();
        }
        return checkpoint;
    }

    @Override
    public RecordBatch records(SiteId caller, SiteId origin, OriginPosition from, int maxBytes, Duration wait)
            throws InterruptedException {
        requireOpen(caller, origin);
        RecordBatch batch = service.records(caller, origin, from, maxBytes, wait);
        if (batch.checkpoint().isPresent() && origin.equals(own)) {
            note();
        }
        return batch;
    }

    @Override
    public ConsistencyProof consistency(SiteId caller, SiteId origin, long first, long second) {
        requireOpen(caller, origin);
        return service.consistency(caller, origin, first, second);
    }

    @Override
    public HandedKeys keys(SiteId caller, Optional<StreamId> study) {
        return service.keys(caller, study);
    }

    @Override
    public ReturnedKeys returned(SiteId caller, OriginPosition from, OriginPosition through) {
        return service.returned(caller, from, through);
    }

    private void requireOpen(SiteId caller, SiteId origin) {
        if (origin.equals(own) && !mayHave.test(caller)) {
            throw new ArchiveException(
                    ArchiveError.SIGNING_WITHHELD,
                    "log, which was restored from a backup: the caller has not said yet what it has seen of it");
        }
    }

    private synchronized void note() {
        if (isNoted) {
            return;
        }
        try {
            DurableFile.replace(followed, new byte[0]);
            isNoted = true;
        } catch (IOException e) {
            throw new ArchiveException(ArchiveError.LOG_UNAVAILABLE, followed.toString(), e);
        }
    }
}
