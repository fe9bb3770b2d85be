package org.archipelago.node.association;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * This node's identity in TLS and whom it trusts: both ends of every association show a certificate that the other's
 * trusted authorities signed (PS3.15 §B.12, the non-downgrading profile of BCP 195: TLS 1.3 or 1.2).
 */
public final class TlsContext {
    private static final List<String> KEY_ALGORITHMS = List.of("EC", "RSA", "Ed25519");
    private static final String KEY_START = "-----BEGIN PRIVATE KEY-----";
    private static final String KEY_END = "-----END PRIVATE KEY-----";
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
    private static final char[] IN_MEMORY_ONLY = {};

    private final SSLContext context;

    private TlsContext(SSLContext context) {
        this.context = context;
    }

    /**
     * @param certificates PEM, this node's certificate first, then those that lead to its authority
     * @param key PEM, PKCS #8, not encrypted; readable by its owner only
     * @param trusted PEM, the authorities, or the very certificates, of those that may connect
     * @throws IOException a file cannot be read, or is not what it should be; the message names it
     */
    public static TlsContext read(Path certificates, Path key, Path trusted) throws IOException {
        try {
            KeyStore own = empty();
            own.setKeyEntry(
                    "node",
                    privateKey(key),
                    IN_MEMORY_ONLY,
                    certificates(certificates).toArray(Certificate[]::new));
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(own, IN_MEMORY_ONLY);
            KeyStore others = empty();
            int number = 0;
            for (Certificate certificate : certificates(trusted)) {
                others.setCertificateEntry("trusted-" + number++, certificate);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(others);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return new TlsContext(context);
        } catch (GeneralSecurityException e) {
            throw new IOException("the certificates and the key of TLS do not fit together: " + e.getMessage(), e);
        }
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static Collection<? extends Certificate> certificates(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            Collection<? extends Certificate> read =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (read.isEmpty()) {
                throw new IOException(file + " holds no certificate");
            }
            return read;
        } catch (GeneralSecurityException e) {
            throw new IOException(file + " is no PEM file of certificates", e);
        }
    }

    private static PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
        requireOwnerOnly(file);
        String text = Files.readString(file, StandardCharsets.US_ASCII);
        int start = text.indexOf(KEY_START);
        int end = text.indexOf(KEY_END);
        if (start < 0 || end < start) {
            throw new IOException(file + " holds no unencrypted PKCS #8 key (-----BEGIN PRIVATE KEY-----)");
        }
        byte[] encoded = Base64.getMimeDecoder().decode(text.substring(start + KEY_START.length(), end));
        for (String algorithm : KEY_ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
            } catch (InvalidKeySpecException _) {
                continue;
            }
        }
        throw new IOException(file + " holds a key of another kind than " + String.join(", ", KEY_ALGORITHMS));
    }

    private static void requireOwnerOnly(Path file) throws IOException {
        Set<PosixFilePermission> allowed = EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        if (!allowed.containsAll(Files.getPosixFilePermissions(file))) {
            throw new IOException(file + " can be read by others; run: chmod 600 " + file);
        }
    }

    /** The server's end of a connection; the handshake comes with the first byte that is read. */
    SSLSocket accept(Socket connection) throws IOException {
        SSLSocket secured = layer(connection);
        secured.setUseClientMode(false);
        secured.setNeedClientAuth(true);
        return secured;
    }

    /** The client's end of a connection; the handshake comes with the first byte that is written. */
    SSLSocket connect(Socket connection) throws IOException {
        SSLSocket secured = layer(connection);
        secured.setUseClientMode(true);
        return secured;
    }

    private SSLSocket layer(Socket connection) throws IOException {
        SSLSocket secured = (SSLSocket) context.getSocketFactory()
                .createSocket(connection, connection.getInetAddress().getHostAddress(), connection.getPort(), true);
        secured.setEnabledProtocols(PROTOCOLS);
        return secured;
    }
}
