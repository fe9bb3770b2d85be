package org.archipelago.node.association;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.aoju.bus.image.Device;
import org.aoju.bus.image.galaxy.data.Attributes;
import org.aoju.bus.image.metric.ApplicationEntity;
import org.aoju.bus.image.metric.Connection;
import org.aoju.bus.image.metric.PDVInputStream;
import org.aoju.bus.image.metric.TransferCapability;
import org.aoju.bus.image.metric.internal.pdu.Presentation;
import org.aoju.bus.image.metric.service.BasicCStoreSCP;
import org.aoju.bus.image.metric.service.ServiceHandler;
import org.archipelago.contract.AeTitle;

/**
 * Measures this package against the toolkit's network layer, both as storage SCPs that discard: DCMTK's storescu, tuned
 * and as shipped, 1 and 4 senders, rounds interleaved; then many associations of one image each. Prints medians.
 *
 * <p>Arguments: rounds, objects in a tuned round, objects in an untuned round, associations.
 */
final class SpikeOursAgainstToolkit {
    private static final String HOST = "127.0.0.1";
    private static final String CT = "1.2.840.10008.5.1.4.1.1.2";
    private static final String EXPLICIT = "1.2.840.10008.1.2.1";
    private static final int OBJECT_BYTES = 530 * 1024;

    private SpikeOursAgainstToolkit() {}

    public static void main(String[] arguments) throws Exception {
        int rounds = Integer.parseInt(arguments[0]);
        int tuned = Integer.parseInt(arguments[1]);
        int untuned = Integer.parseInt(arguments[2]);
        int associations = Integer.parseInt(arguments[3]);
        Path file = Files.createTempFile("spike", ".dcm");
        Files.write(file, part10());
        Device toolkit = new Device("spike");
        try (AssociationServer ours = ours()) {
            Map<String, Integer> ports = new LinkedHashMap<>();
            ports.put("ours", ours.port());
            ports.put("toolkit", startToolkit(toolkit));
            measure("warm-up", 1, ports, port -> storescu(port, file, 100, 4, true));
            for (int senders : new int[] {1, 4}) {
                int of = senders;
                measure("tuned, senders " + senders, rounds, ports, port -> storescu(port, file, tuned, of, true));
                measure(
                        "as shipped, senders " + senders,
                        rounds,
                        ports,
                        port -> storescu(port, file, untuned, of, false));
            }
            measure("associations of one image", rounds, ports, port -> manyAssociations(port, associations));
            for (Map.Entry<String, Integer> server : ports.entrySet()) {
                silentConnections(server.getKey(), server.getValue());
            }
        } finally {
            toolkit.unbindConnections();
            Files.delete(file);
        }
        System.exit(0);
    }

    private interface Round {
        /** @return things done */
        int run(int port) throws Exception;
    }

    private static void measure(String name, int rounds, Map<String, Integer> ports, Round round) throws Exception {
        Map<String, List<Double>> rates = new LinkedHashMap<>();
        for (int i = 0; i < rounds; i++) {
            for (Map.Entry<String, Integer> server : ports.entrySet()) {
                long before = System.nanoTime();
                int done = round.run(server.getValue());
                double seconds = (System.nanoTime() - before) / 1e9;
                rates.computeIfAbsent(server.getKey(), _ -> new ArrayList<>()).add(done / seconds);
            }
        }
        rates.forEach((server, all) -> {
            double[] sorted = all.stream().mapToDouble(d -> d).sorted().toArray();
            System.out.printf(
                    "%-30s %-8s median %8.0f/s of %s%n",
                    name,
                    server,
                    sorted[sorted.length / 2],
                    Arrays.toString(Arrays.stream(sorted).mapToLong(Math::round).toArray()));
        });
    }

    /** Heap of connections that say nothing, client sockets included. */
    private static void silentConnections(String name, int port) throws Exception {
        int count = 1000;
        List<Socket> silent = new ArrayList<>();
        long before = usedHeapBytes();
        for (int i = 0; i < count; i++) {
            silent.add(new Socket(HOST, port));
        }
        long perConnection = (usedHeapBytes() - before) / count;
        long start = System.nanoTime();
        manyAssociations(port, 100);
        System.out.printf(
                "%-30s %-8s %d bytes of heap each, 100 associations beside them in %d ms%n",
                "1,000 silent connections", name, perConnection, (System.nanoTime() - start) / 1_000_000);
        for (Socket socket : silent) {
            socket.close();
        }
    }

    private static long usedHeapBytes() throws InterruptedException {
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(200);
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static int storescu(int port, Path file, int objects, int senders, boolean noDelay) throws Exception {
        List<Process> running = new ArrayList<>();
        for (int i = 0; i < senders; i++) {
            ProcessBuilder builder = new ProcessBuilder(
                            "storescu",
                            "-aec",
                            "SPIKE",
                            "--repeat",
                            String.valueOf(objects / senders),
                            HOST,
                            String.valueOf(port),
                            file.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD);
            if (noDelay) {
                builder.environment().put("TCP_NODELAY", "1");
            }
            running.add(builder.start());
        }
        for (Process process : running) {
            if (process.waitFor() != 0) {
                throw new IllegalStateException("storescu failed");
            }
        }
        return objects / senders * senders;
    }

    private static int manyAssociations(int port, int count) throws Exception {
        int clients = 4;
        byte[] data = new byte[50_000];
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int c = 0; c < clients; c++) {
                all.add(executor.submit(() -> {
                    for (int i = 0; i < count / clients; i++) {
                        oneImage(port, data);
                    }
                    return null;
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        }
        return count / clients * clients;
    }

    private static void oneImage(int port, byte[] data) throws IOException {
        AssociationRequestor.Proposal proposal = AssociationRequestor.Proposal.of(
                HOST,
                port,
                new AeTitle("SCU"),
                new AeTitle("SPIKE"),
                List.of(new ProposedContext(1, CT, List.of(EXPLICIT))));
        try (RawStorageSender sender = RawStorageSender.open(proposal, AssociationLimits.DEFAULTS)) {
            AcceptedContext context = sender.association().contexts().iterator().next();
            RawStorageSender.Result result =
                    sender.send(context, CT, "1.2.3", out -> out.write(data), Optional.empty());
            if (!result.isSuccess()) {
                throw new IllegalStateException("refused");
            }
        }
    }

    private static AssociationServer ours() throws IOException {
        return AssociationServer.start(
                InetAddress.getByName(HOST),
                0,
                Optional.empty(),
                AssociationLimits.DEFAULTS,
                new OpenAssociations(AssociationLimits.DEFAULTS),
                (request, _) -> new AssociationPolicy.Decision.Accept(
                        request.contexts().stream()
                                .map(c -> ContextAnswer.accepted(
                                        c.id(), c.transferSyntaxes().getFirst()))
                                .toList(),
                        List.of(),
                        List.of(),
                        SpikeOursAgainstToolkit::answer),
                AssociationMetrics.NONE);
    }

    private static void answer(Association association) throws IOException {
        Optional<DimseMessage> message = association.receive();
        while (message.isPresent()) {
            if (message.get().data().isPresent()) {
                message.get().data().get().transferTo(OutputStream.nullOutputStream());
            }
            association.send(
                    message.get().context().id(),
                    message.get().command().response(0).build());
            message = association.receive();
        }
    }

    private static int startToolkit(Device device) throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
            port = free.getLocalPort();
        }
        Connection connection = new Connection("dicom", HOST, port);
        connection.setTcpNoDelay(true);
        connection.setReceivePDULength(AssociationLimits.DEFAULTS.maxPduLengthBytes());
        ApplicationEntity entity = new ApplicationEntity("SPIKE");
        entity.setAssociationAcceptor(true);
        device.addConnection(connection);
        device.addApplicationEntity(entity);
        entity.addConnection(connection);
        entity.addTransferCapability(new TransferCapability(null, "*", TransferCapability.Role.SCP, "*"));
        ServiceHandler services = new ServiceHandler();
        services.addService(new BasicCStoreSCP("*") {
            @Override
            protected void store(
                    org.aoju.bus.image.metric.Association association,
                    Presentation context,
                    Attributes request,
                    PDVInputStream data,
                    Attributes response)
                    throws IOException {
                data.transferTo(OutputStream.nullOutputStream());
            }
        });
        device.setDimseRQHandler(services);
        device.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        device.setScheduledExecutor(Executors.newSingleThreadScheduledExecutor());
        device.bindConnections();
        return port;
    }

    /** A CT of {@value #OBJECT_BYTES} bytes as a file (PS3.10 §7.1). */
    private static byte[] part10() {
        ByteArrayOutputStream meta = new ByteArrayOutputStream();
        element(meta, 2, 2, "UI", CT);
        element(meta, 2, 3, "UI", "1.2.3.4");
        element(meta, 2, 0x10, "UI", EXPLICIT);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(new byte[128]);
        file.writeBytes("DICM".getBytes(StandardCharsets.US_ASCII));
        file.writeBytes(new byte[] {2, 0, 0, 0, 'U', 'L', 4, 0, (byte) meta.size(), 0, 0, 0});
        file.writeBytes(meta.toByteArray());
        element(file, 8, 0x16, "UI", CT);
        element(file, 8, 0x18, "UI", "1.2.3.4");
        file.writeBytes(new byte[] {(byte) 0xE0, 0x7F, 0x10, 0, 'O', 'W', 0, 0});
        for (int shift = 0; shift < 32; shift += 8) {
            file.write(OBJECT_BYTES >>> shift);
        }
        file.writeBytes(new byte[OBJECT_BYTES]);
        return file.toByteArray();
    }

    private static void element(ByteArrayOutputStream out, int group, int element, String vr, String value) {
        byte[] bytes = (value.length() % 2 == 0 ? value : value + "\0").getBytes(StandardCharsets.US_ASCII);
        out.writeBytes(new byte[] {(byte) group, 0, (byte) element, 0});
        out.writeBytes(vr.getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(new byte[] {(byte) bytes.length, 0});
        out.writeBytes(bytes);
    }
}
