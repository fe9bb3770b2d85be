package org.archipelago.node;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.archipelago.blobstore.BlobStoreOptions;
import org.archipelago.blobstore.FilesystemBlobStore;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.ContentComparison;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyPolicy;
import org.archipelago.domain.ArchiveAggregates;
import org.archipelago.domain.ArchiveKeyPolicy;
import org.archipelago.domain.patient.PatientReader;
import org.archipelago.domain.study.StudyClaims;
import org.archipelago.domain.study.StudyContents;
import org.archipelago.domain.study.StudyReader;
import org.archipelago.domain.study.StudySnapshot;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.axon.AppendPrecondition;
import org.archipelago.eventstore.axon.LogStorageEngine;
import org.archipelago.eventstore.axon.SnapshotCodec;
import org.archipelago.eventstore.body.EventBodies;
import org.archipelago.eventstore.body.EventTypes;
import org.archipelago.eventstore.body.UpcasterChain;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.eventstore.rocksdb.RocksEventLog;
import org.archipelago.eventstore.rocksdb.RocksEventLogOptions;
import org.archipelago.federation.identity.SiteKeys;
import org.archipelago.federation.identity.SiteSecretFile;
import org.archipelago.federation.recovery.LostKeys;
import org.archipelago.keystore.FileKeyStore;
import org.archipelago.keystore.Key;
import org.archipelago.keystore.KeyStore;
import org.archipelago.keystore.KeyStoreReport;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.configuration.ConfigurationException;
import org.archipelago.node.retrieve.ObjectBytes;
import org.archipelago.node.retrieve.RecentStudies;
import org.archipelago.node.retrieve.StoredBytes;
import org.archipelago.node.retrieve.StudyCatalog;
import org.axonframework.commandhandling.SimpleCommandBus;
import org.axonframework.config.Configurer;
import org.axonframework.config.DefaultConfigurer;
import org.axonframework.eventsourcing.eventstore.EmbeddedEventStore;
import org.axonframework.eventsourcing.eventstore.EventStore;
import org.axonframework.serialization.json.JacksonSerializer;

/** What is durable at a site and the rules for changing it, put together: keys, log, blobs, domain. Everything else is an edge. */
public final class Archive implements AutoCloseable {
    /** Raised with every change of StudySnapshot or of what the fold makes of an event. */
    private static final int STUDY_SNAPSHOT_REVISION = 4;

    private static final int CACHED_PATIENTS = 4096;

    private static final int CACHED_EVENTS = 1_000;
    /** Axon advertises with one and calls home, out of the hospital, with the other. */
    private static final List<String> AXON_OFF =
            List.of("disable-axoniq-console-message", "axoniq.update-checker.disabled");

    private static final Duration REOPEN_PAUSE = Duration.ofMillis(200);
    private static final int OPEN_CHECK_RECORDS = 1_000;
    private static final int REOPEN_CHECK_RECORDS = 100_000;

    private final DataDirectory directory;
    private final FileKeyStore stored;
    private final SiteKeyStore keys;
    private final StreamNames names;
    private final StudyClaims claims;
    private final RocksEventLog log;
    private final FilesystemBlobStore blobs;
    private final Sealing sealing;
    private final StoredBytes bytes;
    private volatile Optional<ObjectBytes> elsewhere = Optional.empty();
    private final LogStorageEngine engine;
    private final org.axonframework.config.Configuration axon;
    private final OrphanReclaim orphans;
    private final LogReserve reserve;
    private final ExecutorService snapshots;
    private final StudyCatalog catalog;
    private final NodeCommands commands;
    private final PatientReader patients;

    /** Compares two objects of one instance, once the bytes can be opened. */
    public interface Comparisons {
        ContentComparison reading(StoredBytes bytes, CorrectionsMade corrections);
    }

    /** What this site changed, by its own log: an object that merely says so may be anybody's. */
    public interface CorrectionsMade {
        /** Whether the object ever left with each of these values in place of its own. */
        boolean ever(StudyCopyId study, StoredObject object, AttributeSet values);
    }

    private Archive(
            DataDirectory directory,
            Configuration configuration,
            Clock clock,
            Comparisons comparisons,
            LogListener listener,
            Runnable fatal,
            boolean live,
            Deque<AutoCloseable> opened)
            throws IOException {
        this.directory = directory;
        this.reserve = opening(
                opened,
                new LogReserve(
                        directory.logReserve(),
                        configuration.log().reserveBytes(),
                        configuration.blobs().lowWaterMarkBytes(),
                        listener));
        boolean isNew = !WholeSite.hasLog(directory);
        this.stored = opening(opened, FileKeyStore.open(directory.keys(), configuration.masterKeyFile()));
        if (isNew) {
            WholeSite.requireNoKeysInUse(directory, stored);
        }
        byte[] secret = siteSecret(directory, stored);
        this.keys = new SiteKeyStore(stored, new SiteKeys(secret), LostKeys.read(directory.lostKeys()));
        this.names = new StreamNames(directory.site(), secret);
        this.sealing = sealing(keys, names);
        this.claims = new StudyClaims(names);
        this.log = opening(opened, openLog(directory, configuration, reserve, fatal, live));
        WholeSite.requireSameSite(directory, log);
        boolean blobsUnknown = WholeSite.requireBlobs(directory, log);
        this.blobs = opening(
                opened,
                FilesystemBlobStore.open(
                        directory.blobs(), options(configuration, live).withSetAsideBytes(reserve::missingBytes)));
        LogWitness witness = new LogWitness(directory.blobs());
        if (blobsUnknown) {
            witness.write(log.headToken());
        }
        this.orphans =
                opening(opened, new OrphanReclaim(blobs, log, names, new ReplacedBlobs(blobs, log, sealing), witness));
        this.bytes = new StoredBytes(blobs, keys);
        this.engine = new LogStorageEngine(
                log,
                sealing,
                claims,
                List.of(new SnapshotCodec("study", STUDY_SNAPSHOT_REVISION, StudySnapshot.class)));
        this.snapshots = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("snapshots").factory());
        this.axon = axon(engine, configuration, clock, afterArrival(comparisons.reading(bytes, this::wasGiven)));
        axon.start();
        this.commands = new NodeCommands(axon.commandBus());
        this.catalog = new StudyCatalog(
                new StudyReader(axon.eventStore()),
                names,
                log::claimHolders,
                copy -> keys.find(new KeyRef(KeyClass.INDEX, copy.stream())).isPresent(),
                new RecentStudies(
                        configuration.ingest().cachedStudies(),
                        configuration.ingest().cachedInstances()));
        this.patients = new PatientReader(
                axon.eventStore(),
                patient -> log.streamHead(patient.stream())
                        .flatMap(head -> keys.find(head.key()))
                        .isPresent(),
                CACHED_PATIENTS);
        if (live) {
            reserve.start();
            orphans.start(Duration.ofSeconds(configuration.blobs().orphanCheckSeconds()));
        }
    }

    private boolean wasGiven(StudyCopyId study, StoredObject object, AttributeSet values) {
        return patientOf(study, object)
                .filter(patient -> patients.everGave(patient, values))
                .isPresent();
    }

    private Optional<PatientRecordId> patientOf(StudyCopyId study, StoredObject object) {
        return catalog.study(study)
                .flatMap(contents -> contents.instance(object.sopInstanceUid()))
                .flatMap(instance -> instance.version(object.version()))
                .flatMap(StudyContents.Version::patient);
    }

    private static <T extends AutoCloseable> T opening(Deque<AutoCloseable> opened, T part) {
        opened.push(part);
        return part;
    }

    /** The blobs of what comes in, and of what came before it in the same command, can be read only once they are durable. */
    private ContentComparison afterArrival(ContentComparison comparison) {
        return new ContentComparison() {
            @Override
            public Result compare(StudyCopyId study, StoredObject current, StoredObject incoming) {
                AppendPrecondition.await();
                return comparison.compare(study, current, incoming);
            }

            @Override
            public boolean isIntact(StoredObject kept) {
                AppendPrecondition.await();
                return blobs.isIntact(kept.blob().id());
            }
        };
    }

    /**
     * Opens, or makes, what the configuration's data directory holds.
     *
     * @param fatal told when the log has given up: the process is to exit
     * @throws ConfigurationException the directory is in use, cannot be used, or is not whole: a part of a site that is
     *     missing beside the others is never made anew
     */
    public static Archive open(
            Configuration configuration, Clock clock, Comparisons comparisons, LogListener listener, Runnable fatal) {
        return open(configuration, clock, comparisons, listener, fatal, true);
    }

    /** For a command beside no node: nothing goes on in the background, and damaged records stop nothing. */
    static Archive offline(Configuration configuration, Clock clock, Comparisons comparisons) {
        return open(configuration, clock, comparisons, LogListener.NONE, () -> {}, false);
    }

    private static Archive open(
            Configuration configuration,
            Clock clock,
            Comparisons comparisons,
            LogListener listener,
            Runnable fatal,
            boolean live) {
        Deque<AutoCloseable> opened = new ArrayDeque<>();
        DataDirectory directory =
                opening(opened, DataDirectory.open(configuration.data(), DataDirectory::randomIdentity));
        try {
            WholeSite.require(directory);
            return new Archive(directory, configuration, clock, comparisons, listener, fatal, live, opened);
        } catch (IOException e) {
            closeAll(opened, e);
            throw new ConfigurationException("cannot open " + configuration.data() + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            closeAll(opened, e);
            throw e;
        }
    }

    private static void closeAll(Deque<AutoCloseable> opened, Exception because) {
        for (AutoCloseable part : opened) {
            try {
                part.close();
            } catch (Exception e) {
                because.addSuppressed(e);
            }
        }
    }

    /** Names streams: random, made once, kept with the other keys, and with the site's identity for when those are lost. */
    static byte[] siteSecret(DataDirectory directory, KeyStore keys) throws IOException {
        KeyRef use = new KeyRef(KeyClass.SITE, new StreamId(directory.site() + "/site/stream-names"));
        boolean isKept = SiteSecretFile.exists(directory.identity());
        if (isKept && keys.find(use).isEmpty()) {
            keys.adopt(Map.of(use, new Key(SiteSecretFile.open(directory.identity(), directory.site()))));
        }
        byte[] secret = keys.obtain(use).secret().getEncoded();
        if (!isKept) {
            SiteSecretFile.create(directory.identity(), directory.site(), secret);
        }
        return secret;
    }

    static Sealing sealing(KeyStore keys, StreamNames names) {
        return new Sealing(
                new EventBodies(EventTypes.released(), UpcasterChain.released()),
                keys,
                new ArchiveKeyPolicy(names),
                new SecureRandom());
    }

    private static RocksEventLog openLog(
            DataDirectory directory, Configuration configuration, LogListener listener, Runnable fatal, boolean live) {
        RocksEventLogOptions options = new RocksEventLogOptions(
                configuration.log().maxReopens(),
                REOPEN_PAUSE,
                live ? OPEN_CHECK_RECORDS : 0,
                REOPEN_CHECK_RECORDS,
                listener,
                fatal);
        return RocksEventLog.exists(directory.log())
                ? RocksEventLog.open(directory.log(), options)
                : RocksEventLog.create(directory.log(), directory.site(), new Incarnation(UUID.randomUUID()), options);
    }

    static BlobStoreOptions options(Configuration configuration, boolean live) {
        Configuration.Blobs blobs = configuration.blobs();
        return BlobStoreOptions.DEFAULT
                .withSmallBlobBytes(blobs.smallObjectBytes())
                .withSegmentBytes(blobs.segmentBytes())
                .withBuffers(blobs.bufferBytes(), Duration.ofMillis(blobs.bufferWaitMs()))
                .withLowWaterBytes(blobs.lowWaterMarkBytes())
                .withCompaction(
                        blobs.compactBelowPercent() / 100.0,
                        blobs.compactBytesPerSecond(),
                        live ? Duration.ofSeconds(blobs.compactionCheckSeconds()) : Duration.ZERO);
    }

    private org.axonframework.config.Configuration axon(
            LogStorageEngine engine, Configuration configuration, Clock clock, ContentComparison comparison) {
        AXON_OFF.forEach(property -> System.setProperty(property, "true"));
        Configurer configurer = DefaultConfigurer.defaultConfiguration(false);
        configurer.configureSerializer(_ -> JacksonSerializer.defaultSerializer());
        configurer.configureEventStore(_ -> EmbeddedEventStore.builder()
                .storageEngine(engine)
                .cachedEvents(CACHED_EVENTS)
                .build());
        configurer.configureCommandBus(_ -> SimpleCommandBus.builder().build());
        // Nothing of Axon's own goes into a sealed body: it is paid for with every instance.
        configurer.configureCorrelationDataProviders(_ -> List.of());
        return ArchiveAggregates.configure(
                        configurer,
                        new ArchiveAggregates.Settings(
                                clock,
                                policy(configuration.ingest()),
                                comparison,
                                configuration.ingest().cachedStudies(),
                                configuration.ingest().cachedInstances(),
                                snapshots))
                .buildConfiguration();
    }

    private static StudyPolicy policy(Configuration.Ingest ingest) {
        return new StudyPolicy(
                Duration.ofMinutes(ingest.correctionWindowMinutes()),
                new StudyPolicy.Limits(
                        ingest.maxSeriesPerStudy(),
                        ingest.maxInstancesPerStudy(),
                        ingest.maxVersionsPerInstance(),
                        ingest.maxPeoplePerStudy()));
    }

    public DataDirectory directory() {
        return directory;
    }

    public StreamNames names() {
        return names;
    }

    public KeyStore keys() {
        return keys;
    }

    public EventLog log() {
        return log;
    }

    public FilesystemBlobStore blobs() {
        return blobs;
    }

    public Sealing sealing() {
        return sealing;
    }

    public StoredBytes bytes() {
        return bytes;
    }

    /** As {@link #bytes}, and from elsewhere as long as some of it is lost here. */
    ObjectBytes objects() {
        return (owner, object) -> elsewhere.orElse(bytes).open(owner, object);
    }

    /** From now on what is lost here is read there. */
    void readThrough(ObjectBytes holders) {
        elsewhere = Optional.of(holders);
    }

    /** For reading what other sites recorded: {@link #events} is for who follows the log, and for this site's aggregates. */
    LogStorageEngine engine() {
        return engine;
    }

    public EventStore events() {
        return axon.eventStore();
    }

    public StudyCatalog catalog() {
        return catalog;
    }

    public PatientReader patients() {
        return patients;
    }

    LogReserve reserve() {
        return reserve;
    }

    OrphanReclaim orphans() {
        return orphans;
    }

    /** Whether the keys or the blobs cannot be used until they are opened anew. */
    boolean needsReopening() {
        return keysNeedReopening() || blobs.needsReopening();
    }

    boolean keysNeedReopening() {
        return stored.needsReopening();
    }

    KeyStoreReport verifyKeys() throws IOException {
        return stored.verify();
    }

    void exportKeys(Path directory, Path masterKeyFile) throws IOException {
        stored.export(directory, masterKeyFile);
    }

    NodeCommands commands() {
        return commands;
    }

    /** As {@link SiteKeyStore#adoptSiteKeys} says. */
    void adoptSiteKeys(List<LogRecord> records) {
        keys.adoptSiteKeys(records);
    }

    /** One of this site's own records that its log has lost, as it was appended. */
    PendingRecord pending(LogRecord record) {
        return new PendingRecord(record, claims.claimsOf(sealing.open(record).payload()));
    }

    @Override
    public void close() {
        axon.shutdown();
        snapshots.shutdown();
        try {
            snapshots.awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        orphans.close();
        reserve.close();
        log.close();
        blobs.close();
        keys.close();
        directory.close();
    }
}
