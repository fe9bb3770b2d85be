package org.archipelago.node.federation.link;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Date;
import java.util.function.Predicate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.archipelago.contract.Digest;
import org.archipelago.federation.identity.TlsIdentity;

/**
 * TLS whose certificates are known one by one: no authority vouches for any, and no host name is looked at, since a site is its
 * certificate wherever it is. Whoever shows one has shown, by the handshake, that the key is theirs.
 */
final class PinnedTls {
    static final String PROTOCOL = "TLSv1.3";

    private static final char[] NO_PASSWORD = {};

    private PinnedTls() {}

    /** @param isPinned asked at each full handshake; the SHA-256 of the certificate at the other end */
    static SSLContext context(TlsIdentity own, Predicate<Digest> isPinned, Clock clock) {
        try {
            SSLContext context = SSLContext.getInstance(PROTOCOL);
            context.init(keyManagers(own), trustManagers(isPinned, clock), new SecureRandom());
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("every Java platform has TLS 1.3", e);
        }
    }

    static TrustManager[] trustManagers(Predicate<Digest> isPinned, Clock clock) {
        return new TrustManager[] {new Pins(isPinned, clock)};
    }

    private static KeyManager[] keyManagers(TlsIdentity own) throws GeneralSecurityException, IOException {
        KeyStore memory = KeyStore.getInstance("PKCS12");
        memory.load(null, NO_PASSWORD);
        memory.setKeyEntry("site", own.key(), NO_PASSWORD, new X509Certificate[] {own.certificate()});
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(memory, NO_PASSWORD);
        return factory.getKeyManagers();
    }

    /** Asked again at each call: a resumed session verifies nothing. */
    static boolean isValid(X509Certificate certificate, Clock clock) {
        try {
            certificate.checkValidity(Date.from(clock.instant()));
            return true;
        } catch (CertificateException _) {
            return false;
        }
    }

    /** The certificate at the other end is none that was expected there. */
    static final class WrongCertificateException extends CertificateException {
        private static final long serialVersionUID = 1L;

        WrongCertificateException(String message) {
            super(message);
        }
    }

    /** Extended, so that the JDK adds no check of its own. */
    private static final class Pins extends X509ExtendedTrustManager {
        private final Predicate<Digest> isPinned;
        private final Clock clock;

        Pins(Predicate<Digest> isPinned, Clock clock) {
            this.isPinned = isPinned;
            this.clock = clock;
        }

        private void check(X509Certificate[] chain) throws CertificateException {
            if (chain.length == 0 || !isPinned.test(TlsIdentity.pin(chain[0]))) {
                throw new WrongCertificateException("certificate of no member");
            }
            chain[0].checkValidity(Date.from(clock.instant()));
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
