package org.archipelago.node.federation.link;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;
import org.apache.tomcat.util.threads.VirtualThreadExecutor;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.identity.TlsIdentity;
import org.archipelago.federation.link.BlobService;
import org.archipelago.federation.link.LinkBounds;
import org.archipelago.federation.link.LinkService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where members call: a listener of its own, HTTP/2 on TLS 1.3 with certificates on both ends. Who shows the certificate of no current
 * member gets no connection, and who was one when it connected gets no answer.
 */
public final class PeerServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerServer.class);

    private static final int MAX_CONNECTIONS = 256;
    private static final int BACKLOG = 64;
    private static final int MAX_STREAMS = 32;
    private static final int MAX_HEADER_BYTES = 8 * 1024;
    private static final int MAX_PARAMETERS = 8;
    /** For the handshake and a request's headers. */
    private static final int CONNECT_MS = 10_000;
    /** Longer than a call may wait: a connection that waits is in use. */
    private static final int KEEP_ALIVE_MS = Math.toIntExact(LinkBounds.MAX_WAIT.toMillis()) + 40_000;

    private static final int WRITE_MS = 30_000;

    private final Tomcat tomcat;
    private final Path work;
    private final PeerServlet servlet;

    private PeerServer(Tomcat tomcat, Path work, PeerServlet servlet) {
        this.tomcat = tomcat;
        this.work = work;
        this.servlet = servlet;
    }

    /**
     * Returns once it listens.
     *
     * @param port 0 for a free one
     * @param members the member that shows a certificate, by its SHA-256; empty for who is none now
     * @throws IOException it cannot listen there
     */
    public static PeerServer start(
            String address,
            int port,
            TlsIdentity own,
            Function<Digest, Optional<SiteId>> members,
            LinkService service,
            BlobService blobs,
            Clock clock)
            throws IOException {
        Path work = Files.createTempDirectory("archipelago-peers");
        PeerServlet servlet = new PeerServlet(
                shown -> PinnedTls.isValid(shown, clock) ? members.apply(TlsIdentity.pin(shown)) : Optional.empty(),
                new PeerCalls(service, blobs),
                clock);
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(work.toString());
        tomcat.setSilent(true);
        Connector connector = connector(address, port);
        connector.addSslHostConfig(tls(own, members, clock));
        tomcat.setConnector(connector);
        serve(tomcat.addContext("", work.toString()), servlet);
        PeerServer server = new PeerServer(tomcat, work, servlet);
        try {
            tomcat.start();
            if (connector.getLocalPort() <= 0) {
                throw new IOException("port " + port + " at " + address + " cannot be had for other sites' calls;"
                        + " stop what uses it, or set another federation.port");
            }
            return server;
        } catch (LifecycleException | IOException e) {
            server.close();
            throw e instanceof IOException io ? io : new IOException("no calls of other sites can be taken", e);
        }
    }

    private static void serve(Context context, PeerServlet servlet) {
        if (context instanceof StandardContext standard) {
            // For programs that are loaded and unloaded; here it would only search the JVM's insides.
            standard.setClearReferencesRmiTargets(false);
            standard.setClearReferencesThreadLocals(false);
        }
        Tomcat.addServlet(context, "peers", servlet);
        context.addServletMappingDecoded("/", "peers");
    }

    private static Connector connector(String address, int port) throws IOException {
        Connector connector = new Connector();
        connector.setPort(port);
        connector.setScheme("https");
        connector.setSecure(true);
        connector.setMaxPostSize(0);
        connector.setMaxParameterCount(MAX_PARAMETERS);
        connector.setThrowOnFailure(true);
        Http2Protocol http2 = new Http2Protocol();
        http2.setMaxConcurrentStreams(MAX_STREAMS);
        http2.setMaxConcurrentStreamExecution(MAX_STREAMS);
        http2.setKeepAliveTimeout(KEEP_ALIVE_MS);
        http2.setReadTimeout(CONNECT_MS);
        http2.setStreamReadTimeout(CONNECT_MS);
        http2.setWriteTimeout(WRITE_MS);
        http2.setStreamWriteTimeout(WRITE_MS);
        connector.addUpgradeProtocol(http2);
        if (!(connector.getProtocolHandler() instanceof AbstractHttp11Protocol<?> http)) {
            throw new IllegalStateException("HTTP/1.1 is what is bounded here");
        }
        http.setAddress(InetAddress.getByName(address));
        http.setSSLEnabled(true);
        http.setConnectionTimeout(CONNECT_MS);
        http.setKeepAliveTimeout(CONNECT_MS);
        http.setMaxConnections(MAX_CONNECTIONS);
        http.setAcceptCount(BACKLOG);
        http.setMaxHttpRequestHeaderSize(MAX_HEADER_BYTES);
        http.setExecutor(new VirtualThreadExecutor("peer-"));
        return connector;
    }

    private static SSLHostConfig tls(TlsIdentity own, Function<Digest, Optional<SiteId>> members, Clock clock) {
        SSLHostConfig tls = new SSLHostConfig();
        tls.setProtocols(PinnedTls.PROTOCOL);
        tls.setCertificateVerification("required");
        SSLHostConfigCertificate certificate = new SSLHostConfigCertificate(tls, SSLHostConfigCertificate.Type.EC);
        certificate.setSslContext(
                new TomcatTls(PinnedTls.context(own, pin -> members.apply(pin).isPresent(), clock), own.certificate()));
        tls.addCertificate(certificate);
        return tls;
    }

    public int port() {
        return tomcat.getConnector().getLocalPort();
    }

    /** Calls that wait end at once. */
    @Override
    public void close() {
        servlet.stop();
        try {
            tomcat.stop();
            tomcat.destroy();
        } catch (LifecycleException e) {
            LOG.warn("the listener for other sites' calls did not stop cleanly", e);
        }
        try (Stream<Path> files = Files.walk(work)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("{} was not removed", work, e);
        }
    }

    /** Calls since the start. */
    public long answered() {
        return servlet.answered();
    }

    /** Calls since the start of who was no member any more; those without a connection are not among them. */
    public long refused() {
        return servlet.refused();
    }
}
