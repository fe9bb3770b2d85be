package org.archipelago.node.dimse;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.association.AssociateRequest;
import org.archipelago.node.association.Association;
import org.archipelago.node.association.AssociationMetrics;
import org.archipelago.node.association.AssociationPolicy;
import org.archipelago.node.association.AssociationServer;
import org.archipelago.node.association.ContextAnswer;
import org.archipelago.node.association.DimseMessage;
import org.archipelago.node.association.OpenAssociations;
import org.archipelago.node.association.RoleSelection;
import org.archipelago.node.association.UserInformation;

/** A modality that waits for storage commitment reports; it refuses the first one. */
final class EventReportReceiver implements AutoCloseable {
    private final BlockingQueue<TestScu.Answer> reports = new LinkedBlockingQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicInteger associations = new AtomicInteger();
    private final AssociationServer server;

    EventReportReceiver() throws IOException {
        this(AssociateRequest::user);
    }

    /** @param roles what it answers to role selection */
    EventReportReceiver(List<RoleSelection> roles) throws IOException {
        this(_ -> new UserInformation(
                0, "1.2", Optional.empty(), Optional.empty(), roles, List.of(), List.of(), Optional.empty(), false));
    }

    private EventReportReceiver(Function<AssociateRequest, UserInformation> answers) throws IOException {
        this.server = AssociationServer.start(
                InetAddress.getByName(TestNode.HOST),
                0,
                Optional.empty(),
                TestNode.LIMITS,
                new OpenAssociations(TestNode.LIMITS),
                (request, _) -> new AssociationPolicy.Decision.Accept(
                        request.contexts().stream()
                                .map(c -> ContextAnswer.accepted(
                                        c.id(), c.transferSyntaxes().getFirst()))
                                .toList(),
                        answers.apply(request).roles(),
                        List.of(),
                        this::serve),
                AssociationMetrics.NONE);
    }

    int port() {
        return server.port();
    }

    int associations() {
        return associations.get();
    }

    BlockingQueue<TestScu.Answer> reports() {
        return reports;
    }

    private void serve(Association association) throws IOException {
        associations.incrementAndGet();
        Optional<DimseMessage> message = association.receive();
        while (message.isPresent()) {
            byte[] bytes = message.get().data().orElseThrow().readAllBytes();
            reports.add(new TestScu.Answer(
                    message.get().command(),
                    Optional.of(new MinimalCodec()
                            .decode(
                                    bytes,
                                    new TransferSyntaxUid(
                                            message.get().context().transferSyntax())))));
            int status = count.incrementAndGet() == 1 ? 0x0110 : 0;
            association.send(
                    message.get().context().id(),
                    message.get().command().response(status).build());
            message = association.receive();
        }
    }

    TestScu.Answer next() throws InterruptedException {
        TestScu.Answer report = reports.poll(20, TimeUnit.SECONDS);
        if (report == null) {
            throw new AssertionError("no report came");
        }
        return report;
    }

    @Override
    public void close() {
        server.close();
    }
}
