package org.archipelago.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.archipelago.blobstore.ForeignBlobs;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.federation.CopyCommand.DeclareCapacity;
import org.archipelago.contract.federation.CopyEvent.CopyAssigned;
import org.archipelago.contract.federation.CopyEvent.StudyCopyHeld;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.eventstore.StreamHead;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.federation.member.SiteDescriptor;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.federation.copies.AssignedSoFar;
import org.archipelago.node.federation.copies.BlobHolders;
import org.archipelago.node.federation.copies.CopyAssigner;
import org.archipelago.node.federation.copies.CopyFacts;
import org.archipelago.node.federation.copies.CopyKeeper;
import org.archipelago.node.federation.copies.CopyScrubber;
import org.archipelago.node.federation.copies.CopyTransfer;
import org.archipelago.node.federation.copies.StudyProtection;
import org.archipelago.node.federation.copies.StudyProtection.Copy;
import org.archipelago.node.portal.StudyPlaces.Recorded;

/** Copies of this site's studies at others, and of theirs here. */
final class StudyCopies implements AutoCloseable {
    private final Archive archive;
    private final Configuration.Copies configured;
    private final Supplier<Collection<SiteId>> members;
    private final ForeignBlobs kept;
    private final CopyFacts facts;
    private final CopyTransfer transfer;
    private final CopyAssigner assigner;
    private final CopyKeeper keeper;
    private final Optional<CopyScrubber> scrubber;

    private StudyCopies(
            Archive archive,
            Configuration.Copies configured,
            Supplier<Collection<SiteId>> members,
            ForeignBlobs kept,
            CopyFacts facts,
            CopyTransfer transfer,
            CopyAssigner assigner,
            CopyKeeper keeper,
            Optional<CopyScrubber> scrubber) {
        this.archive = archive;
        this.configured = configured;
        this.members = members;
        this.kept = kept;
        this.facts = facts;
        this.transfer = transfer;
        this.assigner = assigner;
        this.keeper = keeper;
        this.scrubber = scrubber;
    }

    /**
     * @param wantedByOthers whether a reader waits for what is on its way
     * @param recovering whether own blobs may still come back from those who hold them
     */
    static StudyCopies open(
            Archive archive,
            Configuration configuration,
            SiteFederation federation,
            BooleanSupplier wantedByOthers,
            BooleanSupplier recovering,
            Clock clock)
            throws IOException {
        Configuration.Copies configured = configuration.federation().copies();
        Supplier<Collection<SiteId>> members = () ->
                federation.peers().members().stream().map(SiteDescriptor::site).toList();
        ForeignBlobs kept = federation.keptBlobs();
        CopyFacts facts = new CopyFacts(archive.log(), archive.sealing(), federation::origins, federation::hasCaughtUp);
        CopyAssigner assigner = new CopyAssigner(
                archive.log(),
                archive.sealing(),
                archive.names(),
                facts,
                members,
                recovering,
                new CopyAssigner.Policy(configured.wanted(), configured.openAtHolders()),
                archive.commands()::send,
                federation::releaseToHolder,
                new AssignedSoFar(archive.directory().assigned()));
        CopyTransfer transfer = new CopyTransfer(
                archive.keys(),
                kept,
                federation.foreignBlobs(),
                new BlobHolders(
                        federation.peers()::members, federation::link, configured.bytesPerSecond(), System::nanoTime),
                facts,
                wantedByOthers);
        CopyKeeper keeper = new CopyKeeper(
                archive.log(),
                archive.sealing(),
                archive.names(),
                facts,
                kept,
                transfer,
                archive.commands()::send,
                Duration.ofDays(configured.releaseAfterDays()),
                clock,
                assigner::wakeIfChanged);
        Optional<CopyScrubber> scrubber = configured.scrubBytesPerSecond() > 0
                ? Optional.of(new CopyScrubber(kept, configured.scrubBytesPerSecond(), facts::lookAgain))
                : Optional.empty();
        return new StudyCopies(archive, configured, members, kept, facts, transfer, assigner, keeper, scrubber);
    }

    /** To be called before others hear of this site: once after each return of its log, from a backup or from peers. */
    void withdrawWhatIsGone() throws IOException {
        Path seen = archive.directory().heldSeen();
        byte[] incarnation = archive.log().incarnation().toString().getBytes(StandardCharsets.US_ASCII);
        if (!Files.exists(seen) || !Arrays.equals(Files.readAllBytes(seen), incarnation)) {
            keeper.withdrawWhatIsGone();
            DurableFile.replace(seen, incarnation);
        }
    }

    void start() {
        archive.commands().send(new DeclareCapacity(archive.names().capacity(), configured.capacityBytes()));
        assigner.start();
        keeper.start();
        scrubber.ifPresent(CopyScrubber::start);
    }

    /** Whether this site vouches for all that is known here of another's study. */
    boolean isHeldHere(StudyCopyId study) {
        StreamId own = archive.names().held(study);
        return archive.log()
                .streamHead(own)
                .flatMap(head -> archive.log().readStream(own, head.revision(), 1).stream()
                        .findFirst())
                .map(stored -> archive.sealing().open(stored.record()).payload())
                .filter(StudyCopyHeld.class::isInstance)
                .flatMap(held -> archive.log()
                        .streamHead(study.stream())
                        .filter(head -> ((StudyCopyHeld) held).through().compareTo(head.revision()) >= 0))
                .isPresent();
    }

    /** The other sites that say that they hold another's study, also where they are behind. */
    Set<SiteId> holders(StudyCopyId study) {
        return facts.holdings(study).stream().map(CopyFacts.Holding::site).collect(Collectors.toSet());
    }

    /** @throws ArchiveException NOT_FOUND for a study that is not here */
    StudyProtection protection(StudyInstanceUid uid) {
        StudyCopyId study = archive.names().study(uid);
        Revision head = archive.log()
                .streamHead(study.stream())
                .map(StreamHead::revision)
                .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "study"));
        facts.readOn();
        List<SiteId> assigned =
                assigner.assignment(study).map(CopyAssigned::holders).orElse(List.of());
        Map<SiteId, StudyCopyHeld> held = new LinkedHashMap<>();
        facts.holdings(study).stream()
                .filter(holding -> members.get().contains(holding.site()))
                .filter(holding -> holding.held().through().compareTo(head) <= 0)
                .forEach(holding -> held.put(holding.site(), holding.held()));
        return new StudyProtection(
                configured.wanted(),
                new OwnBlobs(archive).areHere(study.stream()),
                Stream.concat(assigned.stream(), held.keySet().stream())
                        .distinct()
                        .map(site -> copy(site, assigned.contains(site), Optional.ofNullable(held.get(site)), head))
                        .toList());
    }

    private static Copy copy(SiteId site, boolean assigned, Optional<StudyCopyHeld> held, Revision head) {
        return new Copy(
                site,
                assigned,
                held.map(vouched -> head.value() - vouched.through().value()),
                held.map(StudyCopyHeld::bytes).orElse(0L));
    }

    /**
     * Where a study is, of each site that recorded one under its UID.
     *
     * @param others what other sites recorded of it
     * @param labels what people call a site
     */
    List<Recorded> places(StudyInstanceUid uid, List<StudyCopyId> others, Function<SiteId, String> labels) {
        List<Recorded> places = new ArrayList<>();
        SiteId own = archive.log().site();
        if (archive.log().streamHead(archive.names().study(uid).stream()).isPresent()) {
            StudyProtection protection = protection(uid);
            places.add(recorded(
                    own,
                    protection.wanted(),
                    Stream.concat(
                            protection.here() ? Stream.of(own) : Stream.empty(),
                            protection.copies().stream().filter(Copy::isWhole).map(Copy::site)),
                    labels));
        }
        for (StudyCopyId study : others) {
            Stream<SiteId> here = isHeldHere(study) ? Stream.of(own) : Stream.empty();
            places.add(recorded(
                    study.stream().origin(),
                    facts.assignment(study)
                            .map(assigned -> 1 + assigned.holders().size())
                            .orElse(0),
                    Stream.concat(Stream.of(study.stream().origin()), Stream.concat(here, whole(study))),
                    labels));
        }
        return places;
    }

    private Stream<SiteId> whole(StudyCopyId study) {
        Optional<Revision> head = archive.log().streamHead(study.stream()).map(StreamHead::revision);
        return facts.holdings(study).stream()
                .filter(holding -> head.filter(last -> holding.held().through().compareTo(last) >= 0)
                        .isPresent())
                .map(CopyFacts.Holding::site);
    }

    private static Recorded recorded(SiteId site, int wanted, Stream<SiteId> holding, Function<SiteId, String> labels) {
        return new Recorded(
                labels.apply(site), wanted, holding.distinct().map(labels).toList());
    }

    void gauges(NodeMetrics metrics) {
        metrics.gauge(
                "archipelago.copies.held.bytes",
                "Encrypted bytes of other sites' studies that this one holds for them",
                () -> kept.status().bytes());
        metrics.gauge(
                "archipelago.copies.held.blobs",
                "Objects of other sites' studies that this one holds for them",
                () -> kept.status().blobs());
        metrics.gauge(
                "archipelago.copies.pending",
                "Studies that other sites assigned to this one and that it does not hold yet",
                keeper::pending);
        metrics.gauge("archipelago.copies.brought", "Objects that came to be held, since the start", transfer::brought);
        metrics.gauge(
                "archipelago.copies.scrubbed",
                "Objects held for other sites that were read to see whether they are sound, since the start",
                () -> scrubbed(CopyScrubber::seen));
        metrics.gauge(
                "archipelago.copies.damaged",
                "Of these, those that were not, and are brought anew",
                () -> scrubbed(CopyScrubber::damaged));
        metrics.gauge(
                "archipelago.copies.unreadable",
                "Times that one of these could not be read",
                () -> scrubbed(CopyScrubber::unreadable));
        metrics.gauge(
                "archipelago.copies.not.assigned",
                "Own studies that could not be assigned to other sites and are tried again",
                assigner::failed);
        metrics.gauge(
                "archipelago.copies.assigned",
                "Own studies that were assigned to other sites, since the start",
                assigner::assigned);
    }

    private long scrubbed(ToLongFunction<CopyScrubber> count) {
        return scrubber.map(count::applyAsLong).orElse(0L);
    }

    Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put(
                "copiesHeld",
                kept.status().blobs() + " objects, " + kept.status().bytes() + " bytes");
        facts.put("copiesPending", Integer.toString(keeper.pending()));
        return facts;
    }

    /** Waits for what is being taken in. */
    @Override
    public void close() {
        scrubber.ifPresent(CopyScrubber::close);
        keeper.close();
        assigner.close();
    }
}
