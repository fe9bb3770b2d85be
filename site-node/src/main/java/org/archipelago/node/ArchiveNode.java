package org.archipelago.node;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.archipelago.contract.Digest;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.site.SiteCommand.StartNode;
import org.archipelago.contract.site.SiteCommand.StopNode;
import org.archipelago.contract.study.StudyCommand.SettleStudy;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.domain.patient.PatientIdentifiers;
import org.archipelago.node.audit.AccessSessions;
import org.archipelago.node.cli.CommandFailure;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.configuration.ConfigurationException;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dimse.DimseServer;
import org.archipelago.node.ingest.PatientRegistry;
import org.archipelago.node.ingest.QuietTimes;
import org.archipelago.node.ingest.Settling;
import org.archipelago.node.ingest.WritePath;
import org.archipelago.node.network.NetworkView;
import org.archipelago.node.ops.ClockOffset;
import org.archipelago.node.ops.HealthCheck;
import org.archipelago.node.ops.HealthCheck.NeededFor;
import org.archipelago.node.ops.HealthCheck.State;
import org.archipelago.node.ops.NtpClient;
import org.archipelago.node.ops.PeerClocks;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.node.web.WebApplication;
import org.archipelago.query.search.NetworkQueries;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running node: the archive and its edges. The order of starting is that of dependence; stopping is the reverse. */
public final class ArchiveNode implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ArchiveNode.class);
    static final String VERSION = "0.1.0";
    private static final Duration SETTLE_INTERVAL = Duration.ofSeconds(1);
    private static final Duration SESSION_INTERVAL = Duration.ofSeconds(30);
    private static final Duration SPACE_INTERVAL = Duration.ofSeconds(5);
    private static final Duration CLOCK_INTERVAL = Duration.ofSeconds(10);
    /** Nothing that housekeeping does takes nearly as long. */
    private static final Duration STANDSTILL = Duration.ofMinutes(5);

    private final Configuration configuration;
    private final Clock clock;
    private final NodeMetrics metrics;
    private final Archive archive;
    private final SiteFederation federation;
    private final ReadSide search;
    private final ForeignStudies foreign;
    private final StudyCopies copies;
    private final SiteRecovery recovery;
    private final AccessSessions access;
    private final Settling settling;
    private final ScheduledExecutorService housekeeping;
    private final DimseServer dimse;
    private final WebApplication web;
    private final ClockOffset clockOffset;
    private final AtomicReference<Instant> housekeptAt;
    private final NodeEnd end;

    private ArchiveNode(Configuration configuration, Clock clock, NodeEnd end, Teardown teardown) throws IOException {
        this.configuration = configuration;
        this.clock = clock;
        this.metrics = new NodeMetrics();
        this.end = end;
        this.housekeptAt = new AtomicReference<>(clock.instant());
        this.archive = teardown.add(
                Archive.open(configuration, clock, Comparison.configured(configuration), metrics, end::logGaveUp));
        PeerClocks peerClocks = new PeerClocks(System::nanoTime);
        this.clockOffset = new ClockOffset(peerClocks);
        this.federation = teardown.add(SiteFederation.open(archive, configuration, peerClocks::told, clock));
        federation.requireIssuerBesideMembers(configuration);
        this.search = teardown.add(ReadSide.open(archive, configuration, clock));
        this.foreign = teardown.add(new ForeignStudies(archive, configuration, federation, search.retrieval()));
        this.recovery = teardown.add(SiteRecovery.open(archive, configuration, federation, clock));
        this.copies = teardown.add(
                StudyCopies.open(archive, configuration, federation, foreign::isBusy, recovery::isUnderWay, clock));
        this.access = teardown.add(new AccessSessions(
                archive.commands(),
                archive.names(),
                archive.catalog()::patientsOf,
                Duration.ofMinutes(configuration.access().sessionMinutes()),
                configuration.access().maxOpenSessions(),
                clock));
        recordStart();
        this.settling = new Settling(study -> archive.commands().send(new SettleStudy(study)), clock);
        this.housekeeping = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("housekeeping").factory());
        teardown.add(housekeeping::shutdownNow);
        keepHouse();
        NetworkView network = network();
        WritePath ingest = writePath();
        Retrieval retrieval = search.retrieval();
        this.dimse = teardown.add(DicomEdge.start(
                archive,
                configuration,
                metrics.counted("c-store", ingest),
                retrieval,
                search.queries(),
                network,
                access,
                metrics,
                clock));
        // What senders do not wait for comes after them.
        search.start();
        federation.whenReadable(search::reread);
        copies.withdrawWhatIsGone();
        federation.start();
        foreign.start();
        copies.start();
        recovery.start();
        Jobs jobs = teardown.add(new Jobs(clock));
        this.web = teardown.add(HttpEdge.start(
                archive,
                configuration,
                metrics.counted("stow-rs", ingest),
                retrieval,
                search,
                foreign,
                copies,
                recovery,
                federation,
                network,
                access,
                metrics,
                jobs,
                clockOffset,
                List.of(liveness(), listening())));
        gauges();
    }

    /**
     * On return the node stores, finds and serves. When it throws, nothing is left running.
     *
     * @throws ConfigurationException what it was configured with cannot be had: a directory, a port
     * @throws CommandFailure the log gave up meanwhile
     */
    public static ArchiveNode start(Configuration configuration, Clock clock) {
        return start(configuration, clock, new NodeEnd());
    }

    static ArchiveNode start(Configuration configuration, Clock clock, NodeEnd end) {
        Teardown teardown = new Teardown();
        try {
            RestoredTail.takeBack(configuration, clock);
            ArchiveNode node = new ArchiveNode(configuration, clock, end, teardown);
            node.teardown = teardown;
            end.started(node::close);
            return node;
        } catch (IOException e) {
            abandon(teardown, end);
            String advice = e.getCause() instanceof BindException
                    ? "; stop what uses it, or set another port in dicom.listeners of the configuration ('demo' takes"
                            + " --dicom-port N)"
                    : "";
            throw new ConfigurationException(e.getMessage() + advice, e);
        } catch (RuntimeException e) {
            abandon(teardown, end);
            throw e;
        }
    }

    /** @throws CommandFailure that is why it could not be started, whatever failed after it */
    private static void abandon(Teardown teardown, NodeEnd end) {
        teardown.close();
        end.stopped();
        if (end.logHasGivenUp()) {
            throw new CommandFailure(
                    "The event log gave up while the node was being started; the node's log says why.",
                    NodeEnd.GAVE_UP);
        }
    }

    private Teardown teardown = new Teardown();

    /** Closes what was opened, last first; every step runs whatever the others do. */
    private static final class Teardown implements AutoCloseable {
        private final List<AutoCloseable> steps = new ArrayList<>();

        <T extends AutoCloseable> T add(T step) {
            steps.add(step);
            return step;
        }

        @Override
        public void close() {
            for (AutoCloseable step : steps.reversed()) {
                try {
                    step.close();
                } catch (Exception e) {
                    LOG.error("a part of the node did not stop cleanly", e);
                }
            }
            steps.clear();
        }
    }

    private NetworkView network() {
        ForeignAvailability elsewhere = new ForeignAvailability(
                key -> archive.keys().find(key).isPresent(),
                archive.keys()::isDestroyed,
                copies::isHeldHere,
                copies::holders,
                federation::reachable);
        NetworkQueries queries = search.network(
                site -> federation.label(site, configuration.site().label()), elsewhere::of);
        return new NetworkView(
                archive.log().site(),
                queries,
                new NetworkCompleteness(federation::standings, federation::former, queries::unreadable, clock)::now);
    }

    private StreamId siteStream() {
        return archive.names().site("node");
    }

    private void recordStart() {
        String digest = Digest.sha256(configuration.toString().getBytes(StandardCharsets.UTF_8))
                .toString();
        archive.commands().send(new StartNode(siteStream(), VERSION, digest));
    }

    private WritePath writePath() {
        return new WritePath(
                archive.blobs(),
                archive.keys(),
                archive.names(),
                new PatientRegistry(
                        identifiers(configuration),
                        archive.names(),
                        archive.commands()::send,
                        configuration.ingest().cachedPatients()),
                archive.commands(),
                configuration.ingest().maxBatch(),
                archive.commands(),
                settling,
                quietTimes()::of,
                archive.log()::head,
                limits(configuration),
                search.headerListener());
    }

    static PatientIdentifiers identifiers(Configuration configuration) {
        List<String> placeholders = new ArrayList<>(PatientIdentifiers.DEFAULT_PLACEHOLDERS);
        placeholders.addAll(configuration.site().placeholderIdentifiers());
        return new PatientIdentifiers(configuration.site().defaultIssuer(), placeholders);
    }

    static DataSetLimits limits(Configuration configuration) {
        Configuration.Ingest ingest = configuration.ingest();
        return new DataSetLimits(
                        ingest.maxHeaderBytes(),
                        ingest.maxElements(),
                        ingest.maxNesting(),
                        DataSetLimits.DEFAULT.maxInlineBinaryBytes(),
                        DataSetLimits.DEFAULT.maxTextBytes(),
                        ingest.maxFragments(),
                        ingest.maxInflatedBytes(),
                        ingest.maxInflateRatio())
                .withinHeap(Runtime.getRuntime().maxMemory());
    }

    private QuietTimes quietTimes() {
        Duration standard = Duration.ofSeconds(configuration.ingest().quietTimeSeconds());
        Map<String, Duration> own = new HashMap<>();
        configuration
                .dicom()
                .remotes()
                .forEach(remote -> remote.quietTimeSeconds()
                        .ifPresent(seconds -> own.put(remote.title(), Duration.ofSeconds(seconds))));
        return new QuietTimes(standard, own);
    }

    private void keepHouse() {
        every(SETTLE_INTERVAL, () -> housekeptAt.set(clock.instant()));
        every(SETTLE_INTERVAL, settling::settleDue);
        every(SESSION_INTERVAL, access::endIdle);
        every(SPACE_INTERVAL, foreign::giveBack);
        every(CLOCK_INTERVAL, clockOffset::tell);
        Configuration.Clock measured = configuration.clock();
        if (!measured.ntpServer().isEmpty()) {
            NtpClient client = new NtpClient(
                    new InetSocketAddress(measured.ntpServer(), measured.ntpPort()),
                    Duration.ofMillis(measured.ntpTimeoutMs()),
                    clock,
                    new SecureRandom());
            // Apart, since waiting for an answer must not hold up the rest; and at once, since the offset is asked for
            // from the start.
            housekeeping.scheduleWithFixedDelay(
                    () -> Thread.ofVirtual().name("clock").start(() -> clockOffset.measure(client)),
                    0,
                    measured.checkSeconds(),
                    TimeUnit.SECONDS);
        }
        QuietTimes quietTimes = quietTimes();
        Consumer<StudyCopyId> unsettled =
                study -> settling.arrived(study, quietTimes.ofLastSource(study, archive.catalog()::study));
        archive.commands().unsettled(unsettled);
        search.unsettled(unsettled);
    }

    /**
     * What only a restart mends: housekeeping that stands still, a blob index that is damaged, a keystore that could not switch
     * files, or a log that has given up and a node that does not end.
     */
    private HealthCheck liveness() {
        return new HealthCheck("process", NeededFor.LIVENESS, () -> {
            Duration still = Duration.between(housekeptAt.get(), clock.instant());
            return new State(
                    !end.logHasGivenUp() && still.compareTo(STANDSTILL) < 0 && !archive.needsReopening(),
                    Map.of(
                            "housekeepingSecondsAgo",
                            Long.toString(still.toSeconds()),
                            "blobIndexDamaged",
                            Boolean.toString(archive.blobs().needsReopening()),
                            "keystoreStopped",
                            Boolean.toString(archive.keysNeedReopening())));
        });
    }

    private HealthCheck listening() {
        return new HealthCheck(
                "dicom",
                NeededFor.INGEST,
                () -> new State(
                        dimse.isAccepting(), Map.of("ports", dimse.ports().toString())));
    }

    private void every(Duration interval, Runnable task) {
        housekeeping.scheduleWithFixedDelay(
                () -> {
                    try {
                        task.run();
                    } catch (RuntimeException e) {
                        LOG.error("housekeeping failed and goes on", e);
                    }
                },
                interval.toMillis(),
                interval.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private void gauges() {
        federation.gauges(metrics);
        foreign.gauges(metrics);
        copies.gauges(metrics);
        recovery.gauges(metrics);
        metrics.gauge(
                "archipelago.log.head.position",
                "Position of the last durable record",
                () -> archive.log().head().value());
        metrics.gauge(
                "archipelago.projection.visible.position",
                "Position up to which searches see everything",
                () -> search.position().value());
        metrics.gauge("archipelago.projection.lag.records", "Records not yet searchable", search::lagRecords);
        metrics.gauge("archipelago.dead.letters", "Events that the index could not take in", search::deadLetterCount);
        metrics.gauge(
                "archipelago.blobs.stored.bytes",
                "Encrypted bytes of all blobs",
                () -> archive.blobs().status().storedBytes());
        metrics.gauge(
                "archipelago.blobs.count",
                "Blobs",
                () -> archive.blobs().status().blobs());
        metrics.gauge(
                "archipelago.blobs.reclaimable.bytes",
                "Bytes of deleted blobs not yet given back",
                () -> archive.blobs().status().reclaimableBytes());
        metrics.gauge(
                "archipelago.log.reserve.bytes",
                "Space kept for the event log, 0 once a full disk made it give that back",
                () -> archive.reserve().heldBytes());
        metrics.gauge(
                "archipelago.disk.free.bytes",
                "Free space where blobs are kept",
                () -> archive.blobs().status().freeDiskBytes());
        metrics.gauge("archipelago.studies.settling", "Studies that wait to settle", settling::waiting);
        metrics.gauge(
                "archipelago.clock.offset.seconds",
                "What must be added to this clock to agree with the time server, else with peers; NaN while unknown",
                clockOffset::seconds);
    }

    Archive archive() {
        return archive;
    }

    public int httpPort() {
        return web.port();
    }

    public List<Integer> dicomPorts() {
        return dimse.ports();
    }

    public Path data() {
        return configuration.data();
    }

    /**
     * Returns when the node has stopped, whatever made it stop.
     *
     * @return what the process is to exit with: 0 after {@link #close}, 70 when the log had given up
     */
    public int awaitStop() throws InterruptedException {
        return end.await();
    }

    /** Stops gracefully; calling again does nothing. */
    @Override
    public synchronized void close() {
        if (end.isStopped()) {
            return;
        }
        // Edges first, so that what they still do is recorded; then the record that the node stopped; then the rest.
        closeQuietly(web);
        closeQuietly(dimse);
        closeQuietly(access);
        try {
            archive.commands().send(new StopNode(siteStream()));
        } catch (RuntimeException e) {
            LOG.error("the node's stop could not be recorded", e);
        }
        teardown.close();
        end.stopped();
    }

    private static void closeQuietly(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            LOG.error("a part of the node did not stop cleanly", e);
        }
    }
}
