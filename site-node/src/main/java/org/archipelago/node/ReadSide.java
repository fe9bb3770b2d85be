package org.archipelago.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.domain.study.StudyContents;
import org.archipelago.node.audit.AccessRecorder;
import org.archipelago.node.configuration.ApiKeyFile;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.dicom.dataset.StoredHeaders;
import org.archipelago.node.ingest.WritePath;
import org.archipelago.node.portal.AccessHistory;
import org.archipelago.node.portal.QuarantineList;
import org.archipelago.node.portal.QuarantinedObjects;
import org.archipelago.node.portal.StudyConflicts;
import org.archipelago.node.retrieve.ArchiveRetrieval;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.node.retrieve.StudyCatalog;
import org.archipelago.node.web.Callers;
import org.archipelago.query.ArchiveQueries;
import org.archipelago.query.Availability;
import org.archipelago.query.LogPositions;
import org.archipelago.query.cluster.SearchCluster;
import org.archipelago.query.cluster.SearchClusterSettings;
import org.archipelago.query.header.HeaderCache;
import org.archipelago.query.header.HeaderFiles;
import org.archipelago.query.header.SeriesInstances;
import org.archipelago.query.projection.DeadLetters;
import org.archipelago.query.projection.ProjectionStatus;
import org.archipelago.query.projection.Projections;
import org.archipelago.query.search.ElasticsearchQueries;
import org.archipelago.query.search.Listings;
import org.archipelago.query.search.NetworkQueries;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Search, header files and retrieval on top of the archive. Starts and retrieves whether or not Elasticsearch answers. */
final class ReadSide implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReadSide.class);
    private static final int PAGE_PART_OF_HEAP = 16;

    private final Archive archive;
    private final Configuration configuration;
    private volatile boolean closed;
    private final SearchCluster cluster;
    private final DeadLetters letters;
    private final Projections projections;
    private final ArchiveQueries queries;
    private final Listings listings;
    private final Retrieval retrieval;
    /** Of what has just come in, so that it need not be read again from its blob. */
    private final HeaderCache recent;

    private ReadSide(Archive archive, Configuration configuration, Clock clock) throws IOException {
        this.archive = archive;
        this.configuration = configuration;
        this.recent = new HeaderCache(configuration.headers().recentBytes());
        this.cluster = new SearchCluster(settings(configuration));
        this.letters = new DeadLetters(archive.directory().deadLetters().resolve("letters"), clock);
        this.projections = new Projections(
                cluster,
                archive.events(),
                new Positions(archive),
                letters,
                archive.names().site().toString(),
                clock);
        Held held = new Held(archive.catalog());
        HeaderFiles headers = new HeaderFiles(
                archive.directory().headers(),
                archive.keys(),
                held,
                this::header,
                new SecureRandom(),
                configuration.headers().cacheBytes());
        this.queries = new ElasticsearchQueries(
                cluster,
                projections,
                headers,
                held,
                study -> LeavingHeaders.of(study, archive, configuration.site().label()),
                configuration.http().maxQueryResults(),
                Runtime.getRuntime().maxMemory() / PAGE_PART_OF_HEAP,
                Duration.ofMillis(configuration.elasticsearch().minimumPositionWaitMs()));
        this.listings = new Listings(cluster, projections);
        this.retrieval = new ArchiveRetrieval(
                archive.catalog(),
                archive.keys()::isLost,
                archive.objects(),
                archive.patients(),
                new StoredHeaders(ArchiveNode.limits(configuration)),
                headers,
                new Rewriting(ArchiveNode.limits(configuration)),
                configuration.site().label());
    }

    static ReadSide open(Archive archive, Configuration configuration, Clock clock) throws IOException {
        return new ReadSide(archive, configuration, clock);
    }

    private static SearchClusterSettings settings(Configuration configuration) throws IOException {
        Configuration.Elasticsearch elasticsearch = configuration.elasticsearch();
        URI url = elasticsearch.url();
        Optional<String> apiKey = elasticsearch.apiKeyFile().isEmpty()
                ? Optional.empty()
                : Optional.of(ApiKeyFile.read(Path.of(elasticsearch.apiKeyFile())));
        Optional<Path> authority =
                elasticsearch.caFile().isEmpty() ? Optional.empty() : Optional.of(Path.of(elasticsearch.caFile()));
        return new SearchClusterSettings(
                List.of(url),
                configuration.indexPrefix(),
                apiKey,
                Optional.empty(),
                authority,
                Duration.ofMillis(elasticsearch.requestTimeoutMs()));
    }

    /** From what has just come in, else from the blob. */
    private AttributeSet header(StudyCopyId study, StoredObject object) {
        return recent.take(study, object.version()).orElseGet(() -> stored(study, object));
    }

    private AttributeSet stored(StudyCopyId study, StoredObject object) {
        try (SeekableByteChannel plain = archive.objects().open(study.stream(), object)) {
            return new StoredHeaders(ArchiveNode.limits(configuration))
                    .read(plain, object.transferSyntax(), object.assumedCharacterSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Begins to fold the log into Elasticsearch, in the background. */
    void start() {
        projections.start();
    }

    WritePath.HeaderListener headerListener() {
        return (study, object, header) -> recent.put(study, object.version(), header);
    }

    ArchiveQueries queries() {
        return queries;
    }

    /** @param labels what people call a site */
    NetworkQueries network(Function<SiteId, String> labels, Function<StudyCopyId, Availability> elsewhere) {
        return new NetworkQueries(
                cluster,
                projections,
                labels,
                elsewhere,
                configuration.http().maxQueryResults(),
                Duration.ofMillis(configuration.elasticsearch().minimumPositionWaitMs()));
    }

    /** Keys have come that open these streams of other sites. */
    void reread(Collection<StreamId> streams) {
        projections.reread(streams);
    }

    Retrieval retrieval() {
        return retrieval;
    }

    StudyConflicts conflicts() {
        return new LoggedConflicts(archive, listings);
    }

    QuarantineList quarantine() {
        return (offset, most) -> listings.quarantined(offset, most).stream()
                .map(q -> new QuarantineList.Entry(
                        q.quarantine().stream().name(),
                        q.sopInstanceUid(),
                        q.sopClassUid(),
                        q.reason(),
                        q.source(),
                        q.lengthBytes(),
                        q.quarantinedAt()))
                .toList();
    }

    AccessHistory accessHistory() {
        return new IndexedAccesses(archive, listings);
    }

    OperatorApi operations(
            AccessRecorder recorder, Callers callers, Jobs jobs, Optional<QuarantinedObjects> quarantined) {
        return new OperatorApi(projections, archive, retrieval, recorder, callers, jobs, quarantined);
    }

    /** Whether there is an index, and it answered when it was last tried. Never waits. */
    boolean isAvailable() {
        return projections.isAnswering() && projections.visible().value() >= 0 && lagKnown();
    }

    private boolean lagKnown() {
        return projections.status().stream().noneMatch(status -> status.stored().value() < 0);
    }

    long lagRecords() {
        return projections.status().stream()
                .mapToLong(ProjectionStatus::lag)
                .max()
                .orElse(0);
    }

    long deadLetterCount() {
        return projections.status().stream()
                .mapToLong(ProjectionStatus::deadLetters)
                .sum();
    }

    LocalPosition position() {
        return projections.visible();
    }

    /** Tells, in the background and once search is there, which studies had not settled when the node last stopped. */
    void unsettled(Consumer<StudyCopyId> waiting) {
        LocalPosition atStart = archive.log().head();
        Thread.ofVirtual().name("unsettled").start(() -> {
            try {
                while (!closed && projections.visible().compareTo(atStart) < 0) {
                    Thread.sleep(Duration.ofSeconds(1));
                }
                listings.unsettled(waiting);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                if (!closed) {
                    LOG.warn("which studies wait to settle is not known until the next start", e);
                }
            }
        });
    }

    @Override
    public void close() throws IOException {
        closed = true;
        projections.close();
        letters.close();
        cluster.close();
    }

    private record Positions(Archive archive) implements LogPositions {
        @Override
        public Incarnation incarnation() {
            return archive.log().incarnation();
        }

        @Override
        public Optional<RecordId> recordAt(LocalPosition position) {
            return archive.log().recordIdAt(position);
        }

        @Override
        public SiteId site() {
            return archive.log().site();
        }

        @Override
        public List<TrackedEventMessage<?>> read(StreamId stream, long revision, int most) {
            return archive.engine().read(stream, new Revision(revision), most);
        }

        @Override
        public boolean hasKey(StreamId stream) {
            return archive.log()
                    .streamHead(stream)
                    .filter(head -> archive.keys().find(head.key()).isPresent())
                    .isPresent();
        }

        @Override
        public boolean isOwn(String stream) {
            return stream.indexOf('/') < 0 || stream.startsWith(archive.log().site() + "/");
        }

        @Override
        public LocalPosition head() {
            return archive.log().head();
        }
    }

    /** What the log says is held, for queries that need no index. */
    record Held(StudyCatalog catalog) implements SeriesInstances {
        @Override
        public Optional<StudyCopyId> study(StudyInstanceUid uid) {
            return catalog.study(uid).flatMap(StudyContents::copy);
        }

        @Override
        public List<StudyCopyId> holding(SopInstanceUid uid) {
            return catalog.holdersOf(uid).stream()
                    .flatMap(contents -> contents.copy().stream())
                    .toList();
        }

        @Override
        public Set<AccessionIdentifier> accessions(StudyCopyId study) {
            return catalog.study(study).map(StudyContents::accessions).orElse(Set.of());
        }

        @Override
        public List<SeriesInstanceUid> series(StudyCopyId study) {
            return catalog.study(study)
                    .map(contents -> contents.series().stream()
                            .map(StudyContents.Series::uid)
                            .toList())
                    .orElse(List.of());
        }

        @Override
        public List<StoredInstance> current(StudyCopyId study, SeriesInstanceUid series) {
            List<StoredInstance> current = new ArrayList<>();
            catalog.study(study)
                    .ifPresent(contents -> contents.instances().stream()
                            .map(StudyContents.Instance::current)
                            .filter(version -> version.series().equals(series))
                            .forEach(version -> current.add(new StoredInstance(
                                    series, version.object(), version.differences(), version.person()))));
            return current;
        }
    }
}
