package org.archipelago.node.dimse;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.archipelago.contract.AeTitle;
import org.archipelago.contract.DimseStatus;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.association.AcceptedContext;
import org.archipelago.node.association.Association;
import org.archipelago.node.association.AssociationRequestor;
import org.archipelago.node.association.CommandField;
import org.archipelago.node.association.DimseMessage;
import org.archipelago.node.association.ProposedContext;
import org.archipelago.node.association.RoleSelection;
import org.archipelago.node.dimse.DimseConfiguration.RemoteAe;

/**
 * Delivers storage commitment reports on associations of our own, in the SCP role (PS3.4 §J.3.3, PS3.7 §D.3.3.4), again
 * and again with growing pauses until they are taken or too old.
 */
final class CommitmentReporter implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(CommitmentReporter.class.getName());

    private final CommitmentService service;
    private final DimseConfiguration configuration;
    private final Clock clock;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("commitment-timer").factory());
    /** One report at a time for each AE: a dead one holds up nobody else. */
    private final Map<AeTitle, Semaphore> turns = new ConcurrentHashMap<>();

    CommitmentReporter(CommitmentService service, DimseConfiguration configuration, Clock clock) {
        this.service = service;
        this.configuration = configuration;
        this.clock = clock;
    }

    void deliver(List<PendingReport> reports) {
        reports.forEach(report -> schedule(report, Duration.ZERO, 0));
    }

    private void schedule(PendingReport report, Duration pause, int attempts) {
        try {
            timer.schedule(
                    () -> Thread.ofVirtual().name("commitment-report").start(() -> attempt(report, attempts)),
                    pause.toMillis(),
                    TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "stopping: the report is delivered after the next start");
        }
    }

    private void attempt(PendingReport report, int attempts) {
        try {
            if (tried(report)) {
                service.delivered(report);
                return;
            }
        } catch (CancellationException | RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "stopping: the report is made after the next start");
            return;
        } catch (IOException e) {
            LOG.log(System.Logger.Level.INFO, "a storage commitment report to {0} failed: {1}", report.remote(), e);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a storage commitment report to " + report.remote() + " failed", e);
        }
        Duration age = Duration.between(report.acceptedAt(), clock.instant());
        if (age.compareTo(configuration.serviceLimits().commitmentGiveUp()) > 0) {
            LOG.log(System.Logger.Level.WARNING, "a storage commitment report to {0} is given up", report.remote());
            service.delivered(report);
        } else {
            schedule(report, pauseAfter(attempts), attempts + 1);
        }
    }

    private Duration pauseAfter(int attempts) {
        Duration first = configuration.serviceLimits().commitmentRetry();
        Duration most = configuration.serviceLimits().commitmentRetryMax();
        Duration pause = first.multipliedBy(1L << Math.min(attempts, 20));
        return pause.compareTo(most) > 0 ? most : pause;
    }

    private boolean tried(PendingReport report) throws IOException {
        Optional<RemoteAe> remote = configuration.remoteAe(report.remote().value());
        if (remote.isEmpty()) {
            LOG.log(System.Logger.Level.WARNING, "{0} is owed a report and is not configured", report.remote());
            return false;
        }
        List<CommitmentCheck.Result> results = service.results(report).join();
        Semaphore turn = turns.computeIfAbsent(report.remote(), _ -> new Semaphore(1));
        turn.acquireUninterruptibly();
        try {
            return taken(report, results, remote.get());
        } finally {
            turn.release();
        }
    }

    private boolean taken(PendingReport report, List<CommitmentCheck.Result> results, RemoteAe remote)
            throws IOException {
        ProposedContext context = new ProposedContext(
                1,
                SopClasses.STORAGE_COMMITMENT,
                List.of(
                        TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN.value(),
                        TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN.value()));
        AssociationRequestor.Proposal proposal = AssociationRequestor.Proposal.of(
                        remote.host(), remote.port(), report.local(), report.remote(), List.of(context))
                .withRoles(List.of(new RoleSelection(SopClasses.STORAGE_COMMITMENT, false, true)))
                .withTls(configuration.tlsTo(remote));
        try (Association association = AssociationRequestor.open(proposal, configuration.limits())) {
            Optional<AcceptedContext> accepted = association.contexts().stream().findFirst();
            if (accepted.isEmpty() || refusesOurRole(association)) {
                LOG.log(System.Logger.Level.INFO, "{0} takes no storage commitment reports", report.remote());
                association.release();
                return false;
            }
            int messageId = service.send(
                    report,
                    results,
                    association,
                    accepted.get().id(),
                    accepted.get().transferSyntax());
            boolean taken = isTaken(association.receive(configuration.limits().artimTimeout()), messageId);
            association.release();
            return taken;
        }
    }

    /** PS3.7 §D.3.3.4: we asked to be SCP. Many modalities answer no role selection at all and take the report. */
    private static boolean refusesOurRole(Association association) {
        return association
                .acceptorUser()
                .role(SopClasses.STORAGE_COMMITMENT)
                .filter(role -> !role.scp())
                .isPresent();
    }

    private static boolean isTaken(Optional<DimseMessage> answer, int messageId) {
        return answer.map(DimseMessage::command)
                .filter(c -> c.commandField() == (CommandField.N_EVENT_REPORT_RQ | CommandField.RESPONSE))
                .filter(c -> c.messageIdRespondedTo() == messageId && c.status() == DimseStatus.SUCCESS)
                .isPresent();
    }

    /** Starts no further attempts; what is pending stays so. */
    @Override
    public void close() {
        timer.shutdownNow();
    }
}
