package org.archipelago.federation.identity;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.Signature;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;

/**
 * A self-signed certificate in DER (RFC 5280 §4.1), version 1: it carries a key under a name, and nothing else of it is believed. The
 * JDK has no public way to make one.
 */
final class CertificateDer {
    static final String SIGNATURE = "SHA256withECDSA";

    private static final int INTEGER = 0x02;
    private static final int BIT_STRING = 0x03;
    private static final int UTF8_STRING = 0x0c;
    private static final int UTC_TIME = 0x17;
    private static final int GENERALIZED_TIME = 0x18;
    private static final int SEQUENCE = 0x30;
    private static final int SET = 0x31;
    private static final int FIRST_YEAR_BEYOND_UTC_TIME = 2050;
    private static final int SERIAL_BITS = 127;
    private static final int SHORT_LENGTH = 0x80;

    /** 1.2.840.10045.4.3.2, ecdsa-with-SHA256 (RFC 5758 §3.2). */
    private static final byte[] ECDSA_WITH_SHA256 = HexFormat.of().parseHex("06082a8648ce3d040302");
    /** 2.5.4.3, common name. */
    private static final byte[] COMMON_NAME = HexFormat.of().parseHex("0603550403");

    private CertificateDer() {}

    /** @param keys on P-256 */
    static byte[] selfSigned(String name, KeyPair keys, Instant from, Instant to, SecureRandom random)
            throws GeneralSecurityException {
        byte[] algorithm = wrap(SEQUENCE, ECDSA_WITH_SHA256);
        byte[] subject = wrap(
                SEQUENCE,
                wrap(SET, wrap(SEQUENCE, COMMON_NAME, wrap(UTF8_STRING, name.getBytes(StandardCharsets.UTF_8)))));
        byte[] toSign = wrap(
                SEQUENCE,
                wrap(INTEGER, new BigInteger(SERIAL_BITS, random).setBit(0).toByteArray()),
                algorithm,
                subject,
                wrap(SEQUENCE, time(from), time(to)),
                subject,
                keys.getPublic().getEncoded());
        Signature signature = Signature.getInstance(SIGNATURE);
        signature.initSign(keys.getPrivate(), random);
        signature.update(toSign);
        return wrap(SEQUENCE, toSign, algorithm, wrap(BIT_STRING, new byte[1], signature.sign()));
    }

    /** RFC 5280 §4.1.2.5: two digits of the year up to 2049, four from then on. */
    private static byte[] time(Instant time) {
        boolean isUtc = time.atZone(ZoneOffset.UTC).getYear() < FIRST_YEAR_BEYOND_UTC_TIME;
        String text = DateTimeFormatter.ofPattern(isUtc ? "yyMMddHHmmss'Z'" : "yyyyMMddHHmmss'Z'")
                .withZone(ZoneOffset.UTC)
                .format(time);
        return wrap(isUtc ? UTC_TIME : GENERALIZED_TIME, text.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] wrap(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.size() < SHORT_LENGTH) {
            out.write(content.size());
        } else {
            byte[] length = BigInteger.valueOf(content.size()).toByteArray();
            int skip = length[0] == 0 ? 1 : 0;
            out.write(SHORT_LENGTH | (length.length - skip));
            out.write(length, skip, length.length - skip);
        }
        out.writeBytes(content.toByteArray());
        return out.toByteArray();
    }
}
