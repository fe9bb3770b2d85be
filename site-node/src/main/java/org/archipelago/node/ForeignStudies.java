package org.archipelago.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SeekableByteChannel;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import org.archipelago.blobstore.ForeignBlobs;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.domain.patient.PatientReader;
import org.archipelago.domain.study.StudyContents;
import org.archipelago.domain.study.StudyReader;
import org.archipelago.eventstore.axon.ReplicaStreams;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.dicom.dataset.StoredHeaders;
import org.archipelago.node.federation.copies.BlobHolders;
import org.archipelago.node.federation.copies.ForeignBytes;
import org.archipelago.node.federation.copies.KnownCopies;
import org.archipelago.node.federation.copies.RemoteBlobs;
import org.archipelago.node.retrieve.ArchiveRetrieval;
import org.archipelago.node.retrieve.NetworkRetrieval;
import org.archipelago.node.retrieve.ObjectBytes;
import org.archipelago.node.retrieve.RecentStudies;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.node.retrieve.StudyCatalog;
import org.archipelago.query.header.HeaderFiles;
import org.axonframework.eventsourcing.eventstore.EmbeddedEventStore;
import org.axonframework.eventsourcing.eventstore.EventStore;

/** What other sites hold, put beside what this one does, for reading: from their records in the log, and their blobs from wherever they are. */
final class ForeignStudies implements AutoCloseable {
    private static final int CACHED_PATIENTS = 4096;
    /** Says who a patient is, and changes nothing of an object. */
    private static final Set<String> CORRECTING_NOTHING = Set.of("PatientRegistered");

    private final Archive archive;
    private final KnownCopies copies;
    private final RemoteBlobs blobs;
    private final StudyCatalog catalog;
    private final Retrieval retrieval;

    /** @param own what this site holds */
    ForeignStudies(Archive archive, Configuration configuration, SiteFederation federation, Retrieval own) {
        this.archive = archive;
        this.copies = new KnownCopies(archive.log(), archive.sealing(), federation::origins);
        this.blobs = new RemoteBlobs(
                federation.keptBlobs(),
                federation.foreignBlobs(),
                new BlobHolders(
                        federation.peers()::members,
                        federation::link,
                        configuration.federation().blobBytesPerSecond(),
                        System::nanoTime));
        this.catalog = new StudyCatalog(
                new StudyReader(streams(Set.of())),
                archive.names(),
                _ -> List.of(),
                copy -> archive.keys()
                        .find(new KeyRef(KeyClass.INDEX, copy.stream()))
                        .isPresent(),
                new RecentStudies(
                        configuration.ingest().cachedStudies(),
                        configuration.ingest().cachedInstances()));
        PatientReader patients = new PatientReader(
                streams(CORRECTING_NOTHING),
                patient -> archive.log()
                        .streamHead(patient.stream())
                        .flatMap(head -> archive.keys().find(head.key()))
                        .isPresent(),
                CACHED_PATIENTS);
        ObjectBytes bytes = new ForeignBytes(blobs, archive.keys(), federation::obtainPixelKey);
        StoredHeaders reading = new StoredHeaders(ArchiveNode.limits(configuration));
        HeaderFiles headers = new HeaderFiles(
                archive.directory().headers(),
                archive.keys(),
                new ReadSide.Held(catalog),
                (copy, object) -> header(bytes, reading, copy, object),
                new SecureRandom(),
                configuration.headers().recentBytes());
        this.retrieval = new NetworkRetrieval(
                archive.log().site(),
                own,
                copies::of,
                copy -> new ArchiveRetrieval(
                        catalog.of(copy),
                        archive.keys()::isLost,
                        bytes,
                        patients,
                        reading,
                        headers,
                        new Rewriting(ArchiveNode.limits(configuration)),
                        configuration.site().label()));
    }

    private EventStore streams(Set<String> dispensable) {
        return EmbeddedEventStore.builder()
                .storageEngine(new ReplicaStreams(archive.log(), archive.sealing(), dispensable))
                .build();
    }

    private static AttributeSet header(
            ObjectBytes bytes, StoredHeaders reading, StudyCopyId copy, StoredObject object) {
        try (SeekableByteChannel plain = bytes.open(copy.stream(), object)) {
            return reading.read(plain, object.transferSyntax(), object.assumedCharacterSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Begins to look for what other sites have registered, in the background. */
    void start() {
        copies.start();
    }

    Retrieval retrieval() {
        return retrieval;
    }

    /** What other sites have recorded under the UID, as far as it can be read here. */
    List<StudyCopyId> recorded(StudyInstanceUid study) {
        return copies.of(study);
    }

    /** At all sites whose records say so here. */
    int openConflicts(StudyInstanceUid study) {
        return open(archive.catalog().study(study).stream().toList())
                + open(copies.of(study).stream()
                        .flatMap(copy -> readable(copy).stream())
                        .toList());
    }

    private List<StudyContents> readable(StudyCopyId copy) {
        try {
            return catalog.study(copy).stream().toList();
        } catch (ArchiveException | IllegalArgumentException | java.util.NoSuchElementException e) {
            return List.of(); // a retrieval of it says why
        }
    }

    private static int open(List<StudyContents> studies) {
        return studies.stream().mapToInt(study -> study.openConflicts().size()).sum();
    }

    /** Whether a reader waits for an object that is on its way. */
    boolean isBusy() {
        return blobs.isBusy();
    }

    void giveBack() {
        blobs.giveBack();
    }

    void gauges(NodeMetrics metrics) {
        metrics.gauge(
                "archipelago.foreign.blobs.bytes",
                "Encrypted bytes of other sites' objects that are kept here",
                () -> status().bytes());
        metrics.gauge(
                "archipelago.foreign.blobs.count", "Objects of other sites that are kept here", () -> status().blobs());
        metrics.gauge(
                "archipelago.foreign.blobs.fetched",
                "Objects fetched from other sites, since the start",
                blobs::fetched);
        metrics.gauge(
                "archipelago.foreign.blobs.refused",
                "Answers about objects that were not believed, since the start",
                blobs::refused);
    }

    private ForeignBlobs.Status status() {
        return blobs.status();
    }

    @Override
    public void close() {
        copies.close();
        blobs.close();
    }
}
