package org.archipelago.node.federation.link;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.SealedKeys;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.federation.ed25519.Ed25519KeyPair;
import org.archipelago.federation.link.BlobPart;
import org.archipelago.federation.link.BlobService;
import org.archipelago.federation.link.HandedKeys;
import org.archipelago.federation.link.LinkRecord;
import org.archipelago.federation.link.LinkService;
import org.archipelago.federation.link.OriginHead;
import org.archipelago.federation.link.RecordBatch;
import org.archipelago.federation.link.ReturnedKeys;
import org.archipelago.federation.merkle.ConsistencyProof;
import org.archipelago.federation.note.NoteSigner;
import org.archipelago.federation.note.SignedNote;

/** Answers for one origin, and remembers who called. */
final class FakeService implements LinkService, BlobService {
    static final BlobId BLOB = new BlobId(Digest.sha256(new byte[] {9}));
    private static final byte[] BLOB_BYTES = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};

    final SiteId origin;
    final List<SiteId> callers = new CopyOnWriteArrayList<>();
    /** What becomes of an answer about a blob. */
    volatile UnaryOperator<BlobPart> parts = UnaryOperator.identity();

    volatile long unsigned;

    /** What a call that may wait waits for. */
    final CountDownLatch something = new CountDownLatch(1);

    final SignedNote note;
    final ConsistencyProof proof = new ConsistencyProof(1, 3, List.of(Digest.sha256(), Digest.sha256(new byte[1])));

    FakeService(SiteId origin) {
        this.origin = origin;
        NoteSigner signer = new NoteSigner("archipelago/" + origin, Ed25519KeyPair.generate(new SecureRandom()));
        this.note = new SignedNote("text\n", List.of(signer.sign("text\n")));
    }

    RecordBatch batch(OriginPosition from) {
        return new RecordBatch(
                from,
                List.of(LinkRecord.whole(new byte[] {1, 2, 3}, new byte[400_000]), LinkRecord.withheld(new byte[] {4, 5
                })),
                Optional.of(note));
    }

    private void called(SiteId caller, SiteId asked) {
        callers.add(caller);
        if (!asked.equals(origin)) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "origin");
        }
    }

    @Override
    public List<OriginHead> heads(SiteId caller) {
        called(caller, origin);
        return List.of(new OriginHead(origin, note));
    }

    @Override
    public long unsignedRecords() {
        return unsigned;
    }

    @Override
    public Optional<SignedNote> checkpoint(SiteId caller, SiteId asked) {
        called(caller, asked);
        return Optional.empty();
    }

    @Override
    public RecordBatch records(SiteId caller, SiteId asked, OriginPosition from, int maxBytes, Duration wait)
            throws InterruptedException {
        called(caller, asked);
        if (!wait.isZero() && !something.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
            return new RecordBatch(from, List.of(), Optional.of(note));
        }
        return batch(from);
    }

    @Override
    public BlobPart blob(SiteId caller, SiteId asked, BlobId blob, long from, int maxBytes) {
        called(caller, asked);
        if (!blob.equals(BLOB)) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "blob");
        }
        int end = (int) Math.min(BLOB_BYTES.length, from + maxBytes);
        return parts.apply(new BlobPart(BLOB_BYTES.length, Arrays.copyOfRange(BLOB_BYTES, (int) from, end)));
    }

    @Override
    public ConsistencyProof consistency(SiteId caller, SiteId asked, long first, long second) {
        called(caller, asked);
        if (second > 3) {
            throw new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "log");
        }
        return proof;
    }

    HandedKeys handed(Optional<StreamId> study) {
        return new HandedKeys(
                List.of(new KeyRef(KeyClass.GRANT, study.orElse(new StreamId(origin + "/grant/ab")))),
                new SealedKeys(new byte[] {1, 2, 3}));
    }

    @Override
    public HandedKeys keys(SiteId caller, Optional<StreamId> study) {
        called(caller, origin);
        return handed(study);
    }

    @Override
    public ReturnedKeys returned(SiteId caller, OriginPosition from, OriginPosition through) {
        called(caller, origin);
        return new ReturnedKeys(
                through,
                List.of(new KeyRef(KeyClass.INDEX, new StreamId(caller + "/study/ab"))),
                new SealedKeys(new byte[] {4, 5, 6}));
    }
}
