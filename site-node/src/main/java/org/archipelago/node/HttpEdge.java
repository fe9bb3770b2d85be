package org.archipelago.node;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.audit.AccessRecorder;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.configuration.ConfigurationException;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.pixel.Frames;
import org.archipelago.node.dicom.pixel.ImageRenderer;
import org.archipelago.node.dicom.pixel.ImageRenderer.Format;
import org.archipelago.node.dicom.pixel.ImageRenderer.Wish;
import org.archipelago.node.dicomweb.DicomWeb;
import org.archipelago.node.dicomweb.DicomWebLimits;
import org.archipelago.node.dicomweb.NetworkDicomWeb;
import org.archipelago.node.dicomweb.Spool;
import org.archipelago.node.dicomweb.StoredFrames;
import org.archipelago.node.federation.CheckpointApi;
import org.archipelago.node.federation.CopiesApi;
import org.archipelago.node.federation.PeerApi;
import org.archipelago.node.ingest.ObjectIngest;
import org.archipelago.node.network.NetworkView;
import org.archipelago.node.ops.ClockOffset;
import org.archipelago.node.ops.HealthCheck;
import org.archipelago.node.ops.HealthCheck.NeededFor;
import org.archipelago.node.ops.HealthCheck.State;
import org.archipelago.node.ops.Operations;
import org.archipelago.node.portal.Portal;
import org.archipelago.node.portal.QuarantinedObjects;
import org.archipelago.node.portal.StudyMarks;
import org.archipelago.node.portal.ThumbnailSettings;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.node.web.Callers;
import org.archipelago.node.web.Disclosures;
import org.archipelago.node.web.HttpOptions;
import org.archipelago.node.web.OperatorToken;
import org.archipelago.node.web.WebApplication;

/** Puts DICOMweb, the portal and the operator's endpoints on top of the archive, as configured. */
final class HttpEdge {
    private HttpEdge() {}

    static WebApplication start(
            Archive archive,
            Configuration configuration,
            ObjectIngest ingest,
            Retrieval retrieval,
            ReadSide search,
            ForeignStudies foreign,
            StudyCopies copies,
            SiteRecovery recovery,
            SiteFederation federation,
            NetworkView network,
            AccessRecorder access,
            NodeMetrics metrics,
            Jobs jobs,
            ClockOffset clockOffset,
            List<HealthCheck> edges) {
        HttpOptions options = options(configuration.http());
        Callers callers = new Callers(options);
        String issuer = configuration.site().defaultIssuer();
        DataSetLimits limits = ArchiveNode.limits(configuration);
        DicomWeb dicomWeb = new DicomWeb(
                ingest,
                retrieval,
                search.queries(),
                Optional.of(network),
                access,
                callers,
                new StoredFrames(limits),
                study -> marks(archive, study).openConflicts(),
                issuer,
                new Spool.Place(
                        archive.directory().root(), configuration.blobs().lowWaterMarkBytes()),
                new DicomWebLimits(
                        configuration.http().maxParts(),
                        configuration.http().maxRequestBytes(),
                        configuration.http().maxMetadataBytes(),
                        limits,
                        configuration.http().maxQueryResults(),
                        configuration.http().maxFrames(),
                        configuration.http().maxQueryKeys(),
                        configuration.http().maxQueryOffset()));
        Optional<QuarantinedObjects> quarantined =
                configuration.http().mayFetchQuarantined() ? Optional.of(new Quarantine(archive)) : Optional.empty();
        Portal portal = new Portal(
                configuration.site().label(),
                issuer,
                viewer(configuration),
                search.queries(),
                Optional.of(network),
                retrieval,
                access,
                callers,
                new StudyLog(archive.log(), archive.sealing(), archive.names()),
                study -> marks(archive, study),
                search.conflicts(),
                search.quarantine(),
                quarantined,
                search.accessHistory(),
                (plain, syntax, edgePixels) -> thumbnail(plain, syntax, edgePixels, limits),
                new ThumbnailSettings(
                        configuration.portal().thumbnailEdgePixels(),
                        configuration.portal().cachedThumbnails()),
                () -> status(archive, configuration, search, federation, copies, recovery, clockOffset),
                study -> copies.places(
                        study,
                        foreign.recorded(study),
                        site -> federation.label(site, configuration.site().label())),
                configuration.http().maxListed());
        return WebApplication.start(
                options,
                List.of(
                        new Operations(metrics.registry(), checks(archive, configuration, search, clockOffset, edges)),
                        dicomWeb,
                        new NetworkDicomWeb(dicomWeb.reading(foreign.retrieval(), foreign::openConflicts)),
                        portal,
                        new CheckpointApi(
                                federation.checkpoints(), federation.proofs(), new Disclosures(access, callers)),
                        new PeerApi(federation.peers(), token(archive)),
                        new CopiesApi(
                                copies::protection,
                                site -> federation.label(
                                        site, configuration.site().label()),
                                new Disclosures(access, callers)),
                        search.operations(access, callers, jobs, quarantined)));
    }

    private static OperatorToken token(Archive archive) {
        try {
            return OperatorToken.create(archive.directory().root(), new SecureRandom());
        } catch (IOException e) {
            throw new ConfigurationException("cannot write to the data directory: " + e.getMessage(), e);
        }
    }

    /** With the address that it listens at, which is what the command line asks by: it may be 127.0.0.2. */
    private static Set<String> hostNames(Configuration.Http http) {
        Set<String> names = new HashSet<>(http.hostNames());
        names.add(http.host());
        return names;
    }

    private static HttpOptions options(Configuration.Http http) {
        try {
            return new HttpOptions(
                    http.address(),
                    http.port(),
                    hostNames(http),
                    Set.of(),
                    HttpOptions.CALLER,
                    http.maxConnections(),
                    http.maxHeaderBytes(),
                    Duration.ofMillis(http.idleTimeoutMs()),
                    Duration.ofMillis(http.shutdownTimeoutMs()));
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException("http: " + e.getMessage(), e);
        }
    }

    private static Optional<Path> viewer(Configuration configuration) {
        String configured = configuration.viewer().directory();
        if (!configured.isEmpty()) {
            return Optional.of(Path.of(configured));
        }
        return ViewerFiles.fetched();
    }

    private static StudyMarks.Marks marks(Archive archive, StudyInstanceUid study) {
        return archive.catalog()
                .study(study)
                .map(contents -> new StudyMarks.Marks(contents.openConflicts().size(), contents.isHeld()))
                .orElse(StudyMarks.Marks.NONE);
    }

    private static byte[] thumbnail(
            SeekableByteChannel plain, TransferSyntaxUid syntax, int edgePixels, DataSetLimits limits)
            throws IOException {
        Frames frames = Frames.open(plain, syntax, limits);
        return ImageRenderer.render(frames, frames.count() / 2, Wish.thumbnail(edgePixels, Format.JPEG));
    }

    private static List<HealthCheck> checks(
            Archive archive,
            Configuration configuration,
            ReadSide search,
            ClockOffset clockOffset,
            List<HealthCheck> others) {
        List<HealthCheck> checks = new ArrayList<>(others);
        checks.addAll(List.of(
                new HealthCheck(
                        "log",
                        NeededFor.INGEST,
                        () -> new State(
                                archive.log().writable(),
                                Map.of("position", archive.log().head().toString()))),
                new HealthCheck(
                        "blobs",
                        NeededFor.INGEST,
                        () -> new State(
                                !archive.blobs().isFull(),
                                Map.of(
                                        "freeDiskBytes",
                                        Long.toString(archive.blobs().status().freeDiskBytes())))),
                new HealthCheck(
                        "search",
                        NeededFor.COMFORT,
                        () -> new State(
                                search.isAvailable(), Map.of("lagRecords", Long.toString(search.lagRecords())))),
                new HealthCheck(
                        "clock",
                        NeededFor.COMFORT,
                        () -> new State(!clockOffset.isAlarming(), Map.of("offset", clockOffset.toString())))));
        return checks;
    }

    private static Map<String, String> status(
            Archive archive,
            Configuration configuration,
            ReadSide search,
            SiteFederation federation,
            StudyCopies copies,
            SiteRecovery recovery,
            ClockOffset clockOffset) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("version", ArchiveNode.VERSION);
        facts.put("site", configuration.site().label());
        facts.put("siteId", archive.names().site().toString());
        facts.put("incarnation", archive.log().incarnation().toString());
        facts.put("position", archive.log().head().toString());
        facts.put("searchablePosition", search.position().toString());
        facts.put("recordsNotYetSearchable", Long.toString(search.lagRecords()));
        facts.put("searchAvailable", Boolean.toString(search.isAvailable()));
        facts.put("deadLetters", Long.toString(search.deadLetterCount()));
        facts.put("blobs", Long.toString(archive.blobs().status().blobs()));
        facts.put("storedBytes", Long.toString(archive.blobs().status().storedBytes()));
        facts.put("freeDiskBytes", Long.toString(archive.blobs().status().freeDiskBytes()));
        facts.put("clockOffset", clockOffset.toString());
        facts.putAll(federation.facts());
        facts.putAll(copies.facts());
        facts.putAll(recovery.facts());
        return facts;
    }
}
