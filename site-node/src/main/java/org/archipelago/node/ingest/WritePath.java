package org.archipelago.node.ingest;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.archipelago.blobstore.BlobStore;
import org.archipelago.blobstore.BlobWriter;
import org.archipelago.blobstore.PendingBlob;
import org.archipelago.blobstore.StoredBlob;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.quarantine.QuarantineCommand.QuarantineObject;
import org.archipelago.contract.quarantine.QuarantineId;
import org.archipelago.contract.quarantine.QuarantineReason;
import org.archipelago.contract.study.BlobRef;
import org.archipelago.contract.study.IncomingInstance;
import org.archipelago.contract.study.StoreOutcome;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.keystore.Key;
import org.archipelago.keystore.KeyStore;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dataset.HeaderCollector;
import org.archipelago.node.dicom.dataset.HeaderMemory;
import org.archipelago.node.dicom.dictionary.SopClasses;

/**
 * The write path of architecture section 3: the data set streams into the blob store, encrypted from its first byte and
 * never whole in memory, while its header is collected; then its study copy decides; then it is acknowledged.
 */
public final class WritePath implements ObjectIngest {
    private final BlobStore blobs;
    private final KeyStore keys;
    private final StreamNames names;
    private final Patients patients;
    private final StudyBatcher batcher;
    private final QuarantineCommands quarantine;
    private final Settling settling;
    private final Function<Actor, Duration> quietTime;
    private final Supplier<LocalPosition> head;
    private final DataSetLimits limits;
    private final HeaderListener headers;

    /** Sends commands about quarantined objects and waits until what they record is durable. */
    public interface QuarantineCommands {
        /** Answers whether it was recorded: false when these bytes are kept already, by another blob. */
        boolean quarantine(QuarantineObject command);
    }

    /** Hears of headers that have just been read, so that they need not be read again from the blob. */
    public interface HeaderListener {
        void arrived(StudyCopyId study, StoredObject object, AttributeSet header);
    }

    /**
     * @param quietTime how long a study of this source must be quiet to be settled
     * @param head position of the last durable record
     */
    public WritePath(
            BlobStore blobs,
            KeyStore keys,
            StreamNames names,
            Patients patients,
            StudyCommands studies,
            int maxBatch,
            QuarantineCommands quarantine,
            Settling settling,
            Function<Actor, Duration> quietTime,
            Supplier<LocalPosition> head,
            DataSetLimits limits,
            HeaderListener headers) {
        this.blobs = blobs;
        this.keys = keys;
        this.names = names;
        this.patients = patients;
        this.batcher = new StudyBatcher(studies, names, maxBatch);
        this.quarantine = quarantine;
        this.settling = settling;
        this.quietTime = quietTime;
        this.head = head;
        this.limits = limits;
        this.headers = headers;
    }

    @Override
    public Ingested ingest(InputStream dataset, Arrival arrival) throws IOException {
        try (BlobWriter writer = blobs.begin();
                HeaderMemory.Share memory = HeaderMemory.OF_NODE.share();
                HeaderCollector collector =
                        new HeaderCollector(arrival.transferSyntax(), arrival.defaultCharacterSet(), limits, memory)) {
            copy(dataset, writer, collector);
            AttributeSet attributes = collector.finish().attributes();
            ObjectIdentity identity = ObjectIdentity.of(attributes, arrival);
            Optional<QuarantineReason> reason = reasonForQuarantine(identity);
            try (PendingBlob pending = writer.submit()) {
                return settle(reason, identity, attributes, pending, arrival);
            }
        }
    }

    private Ingested settle(
            Optional<QuarantineReason> reason,
            ObjectIdentity identity,
            AttributeSet attributes,
            PendingBlob pending,
            Arrival arrival) {
        try {
            return reason.isPresent()
                    ? keepApart(reason.get(), identity, attributes, pending.await(), arrival)
                    : record(identity, attributes, pending, arrival);
        } catch (ArchiveException refusal) {
            deleteIfRefused(pending, refusal);
            throw refusal;
        }
    }

    /** Where it is not certain that nothing was recorded, the blob stays: the log tells later whether it is wanted. */
    private void deleteIfRefused(PendingBlob blob, ArchiveException refusal) {
        if (refusal.error().retry() == ArchiveError.Retry.USELESS) {
            blobs.delete(blob.await().id());
        }
    }

    private static void copy(InputStream dataset, BlobWriter writer, HeaderCollector collector) throws IOException {
        dataset.transferTo(new OutputStream() {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                collector.feed(bytes, offset, length);
                ByteBuffer chunk = ByteBuffer.wrap(bytes, offset, length);
                while (chunk.hasRemaining()) {
                    writer.write(chunk);
                }
            }

            @Override
            public void write(int value) throws IOException {
                write(new byte[] {(byte) value}, 0, 1);
            }
        });
    }

    private static Optional<QuarantineReason> reasonForQuarantine(ObjectIdentity identity) {
        if (SopClasses.isNonPatient(identity.sopClassUid())) {
            return Optional.of(QuarantineReason.NON_PATIENT_OBJECT);
        }
        if (identity.study().isEmpty()) {
            return Optional.of(QuarantineReason.NO_STUDY);
        }
        return identity.series().isEmpty() ? Optional.of(QuarantineReason.NO_SERIES) : Optional.empty();
    }

    /** The record is prepared while the blob is on its way to the disk, and written when it is there. */
    private Ingested record(ObjectIdentity identity, AttributeSet attributes, PendingBlob pending, Arrival arrival) {
        StoredBlob blob = pending.blob();
        StudyInstanceUid study = identity.study().orElseThrow();
        StudyCopyId copy = names.study(study);
        Key pixelKey = pixelKey(copy.stream());
        StoredObject object = stored(identity, attributes, blob, arrival, pixelKey);
        StoreOutcome outcome = batcher.store(
                new StudyBatcher.Batch(
                        copy,
                        study,
                        patients.register(attributes, arrival.defaultIssuer()),
                        pixelKey.id(),
                        arrival.source()),
                new IncomingInstance(
                        identity.series().orElseThrow(),
                        object,
                        attributes,
                        patients.accession(attributes, arrival.defaultIssuer())),
                pending::await);
        if (outcome == StoreOutcome.RETRANSMITTED || outcome == StoreOutcome.EARLIER_VERSION) {
            blobs.delete(pending.await().id());
        } else {
            blobs.adopt(List.of(blob.id()));
            if (outcome != StoreOutcome.RESTORED) {
                headers.arrived(copy, object, attributes);
            }
        }
        if (outcome != StoreOutcome.RETRANSMITTED) {
            settling.arrived(copy, quietTime.apply(arrival.source()));
        }
        return ingested(identity, identity.study(), outcomeOf(outcome), blob);
    }

    private Ingested keepApart(
            QuarantineReason reason,
            ObjectIdentity identity,
            AttributeSet attributes,
            StoredBlob blob,
            Arrival arrival) {
        QuarantineId id = names.quarantine(arrival.transferSyntax() + "/" + blob.plainDigest());
        StoredObject object = stored(identity, attributes, blob, arrival, pixelKey(id.stream()));
        if (quarantine.quarantine(new QuarantineObject(id, reason, object, attributes, arrival.source()))) {
            blobs.adopt(List.of(blob.id()));
        } else {
            blobs.delete(blob.id());
        }
        return ingested(identity, Optional.empty(), Ingested.Outcome.QUARANTINED, blob);
    }

    /** The index key is made with it, so that a new stream costs one sync of the keystore. */
    private Key pixelKey(StreamId stream) {
        return keys.obtainAll(List.of(new KeyRef(KeyClass.PIXEL, stream), new KeyRef(KeyClass.INDEX, stream)))
                .getFirst();
    }

    private static StoredObject stored(
            ObjectIdentity identity, AttributeSet attributes, StoredBlob blob, Arrival arrival, Key pixelKey) {
        boolean named = attributes
                .get(Tags.SPECIFIC_CHARACTER_SET)
                .filter(terms -> !terms.isEmpty())
                .isPresent();
        return new StoredObject(
                identity.sopInstanceUid(),
                identity.sopClassUid(),
                arrival.transferSyntax(),
                blob.plainDigest(),
                blob.plainLengthBytes(),
                new BlobRef(blob.id(), blob.key().wrap(pixelKey.secret())),
                named ? Optional.empty() : arrival.defaultCharacterSet());
    }

    private Ingested ingested(
            ObjectIdentity identity, Optional<StudyInstanceUid> study, Ingested.Outcome outcome, StoredBlob blob) {
        return new Ingested(
                identity.sopClassUid(),
                identity.sopInstanceUid(),
                study,
                outcome,
                blob.plainLengthBytes(),
                head.get(),
                identity.differsFromAnnounced());
    }

    private static Ingested.Outcome outcomeOf(StoreOutcome outcome) {
        return switch (outcome) {
            case STORED, RESTORED -> Ingested.Outcome.STORED;
            case RETRANSMITTED -> Ingested.Outcome.RETRANSMITTED;
            case OTHER_RENDITION -> Ingested.Outcome.OTHER_RENDITION;
            case NEWER_VERSION -> Ingested.Outcome.NEWER_VERSION;
            case CONFLICT, EARLIER_VERSION -> Ingested.Outcome.CONFLICT;
        };
    }
}
