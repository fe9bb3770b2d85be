package org.archipelago.node.web;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.valves.ErrorReportValve;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.tomcat.util.threads.VirtualThreadExecutor;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.Compression;
import org.springframework.boot.web.server.Shutdown;
import org.springframework.util.unit.DataSize;

/** Tomcat with every bound set: a virtual thread for each request, connections and headers limited, silent errors. */
final class Tomcat {
    private static final int MAX_SWALLOWED_BYTES = 1 << 20;
    private static final int MAX_FORM_BYTES = 64 << 10;
    private static final int MAX_PARAMETERS = 256;
    /** Browsers leave these unescaped in queries such as {@code PatientName=DOE^JANE}. */
    private static final String UNESCAPED_IN_QUERIES = "^|`{}[]\\";

    private static final DataSize MIN_COMPRESSED = DataSize.ofKilobytes(2);
    private static final String[] COMPRESSED = {
        "application/dicom+json",
        "application/dicom+xml",
        "application/json",
        "application/problem+json",
        "application/wasm",
        "text/html",
        "text/css",
        "text/javascript",
        "image/svg+xml",
        "text/plain"
    };

    private Tomcat() {}

    static TomcatServletWebServerFactory factory(HttpOptions options) {
        TomcatServletWebServerFactory factory = new TomcatServletWebServerFactory(options.port());
        factory.setAddress(address(options.address()));
        factory.setShutdown(Shutdown.GRACEFUL);
        factory.setCompression(compression());
        factory.setDisableMBeanRegistry(true);
        factory.addConnectorCustomizers(connector -> bound(connector, options));
        factory.addContextCustomizers(context -> {
            // Whatever Tomcat refuses by itself is answered without a page: no version, no trace.
            ErrorReportValve silent = new ErrorReportValve();
            silent.setShowReport(false);
            silent.setShowServerInfo(false);
            ((StandardHost) context.getParent()).setErrorReportValveClass("");
            context.getParent().getPipeline().addValve(silent);
        });
        return factory;
    }

    private static void bound(Connector connector, HttpOptions options) {
        connector.setMaxPostSize(MAX_FORM_BYTES);
        connector.setMaxParameterCount(MAX_PARAMETERS);
        connector.setProperty("relaxedQueryChars", UNESCAPED_IN_QUERIES);
        if (!(connector.getProtocolHandler() instanceof AbstractHttp11Protocol<?> http)) {
            throw new IllegalStateException("HTTP/1.1 is what is bounded here");
        }
        int idleMs = Math.toIntExact(options.idle().toMillis());
        http.setConnectionTimeout(idleMs);
        http.setKeepAliveTimeout(idleMs);
        http.setMaxConnections(options.maxConnections());
        http.setMaxHttpRequestHeaderSize(options.maxHeaderBytes());
        http.setMaxSwallowSize(MAX_SWALLOWED_BYTES);
        http.setExecutor(new VirtualThreadExecutor("http-"));
    }

    private static Compression compression() {
        Compression compression = new Compression();
        compression.setEnabled(true);
        compression.setMimeTypes(COMPRESSED);
        compression.setMinResponseSize(MIN_COMPRESSED);
        return compression;
    }

    private static InetAddress address(String name) {
        try {
            return InetAddress.getByName(name);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("HTTP address " + name + " is not known on this machine", e);
        }
    }
}
