package org.archipelago.query.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.apache.http.Header;
import org.apache.http.HttpHost;
import org.apache.http.client.config.RequestConfig;
import org.apache.http.message.BasicHeader;
import org.elasticsearch.client.RequestOptions;
import org.elasticsearch.client.RestClient;
import org.elasticsearch.client.RestClientBuilder;

/** Makes the low-level client as configured. */
final class RestClients {
    private static final int CONNECT_TIMEOUT_MS = 2_000;
    private static final int MAX_CONNECTIONS = 32;
    private static final int BULK_FACTOR = 10;

    private RestClients() {}

    static RestClient of(SearchClusterSettings settings) {
        HttpHost[] hosts = settings.uris().stream()
                .map(uri -> HttpHost.create(uri.toString()))
                .toArray(HttpHost[]::new);
        int socketTimeoutMs = Math.toIntExact(settings.requestTimeout().toMillis() * BULK_FACTOR);
        RestClientBuilder builder = RestClient.builder(hosts)
                .setRequestConfigCallback(
                        config -> config.setConnectTimeout(CONNECT_TIMEOUT_MS).setSocketTimeout(socketTimeoutMs))
                .setDefaultHeaders(authorization(settings).stream().toArray(Header[]::new));
        Optional<SSLContext> tls = settings.certificateAuthority().map(RestClients::trusting);
        builder.setHttpClientConfigCallback(http -> {
            http.setMaxConnTotal(MAX_CONNECTIONS).setMaxConnPerRoute(MAX_CONNECTIONS);
            tls.ifPresent(http::setSSLContext);
            return http;
        });
        return builder.build();
    }

    static RequestOptions patience(Duration timeout) {
        RequestConfig config = RequestConfig.custom()
                .setConnectTimeout(CONNECT_TIMEOUT_MS)
                .setConnectionRequestTimeout(CONNECT_TIMEOUT_MS)
                .setSocketTimeout(Math.toIntExact(timeout.toMillis()))
                .build();
        return RequestOptions.DEFAULT.toBuilder().setRequestConfig(config).build();
    }

    private static Optional<Header> authorization(SearchClusterSettings settings) {
        if (settings.apiKey().isPresent()) {
            return Optional.of(new BasicHeader(
                    "Authorization", "ApiKey " + settings.apiKey().get()));
        }
        return settings.user().map(user -> {
            byte[] pair = (user.name() + ":" + user.password()).getBytes(StandardCharsets.UTF_8);
            return new BasicHeader(
                    "Authorization", "Basic " + Base64.getEncoder().encodeToString(pair));
        });
    }

    private static SSLContext trusting(Path pem) {
        try (InputStream in = Files.newInputStream(pem)) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int number = 0;
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                trusted.setCertificateEntry("ca-" + number++, certificate);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            return context;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot trust the certificates in " + pem.getFileName(), e);
        }
    }
}
