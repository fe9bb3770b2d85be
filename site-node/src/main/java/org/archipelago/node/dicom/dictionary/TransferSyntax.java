package org.archipelago.node.dicom.dictionary;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.archipelago.contract.dicom.TransferSyntaxUid;

/**
 * What a transfer syntax means for the bytes of a data set (PS3.5 §10 and Annex A). One that is not in the registry is
 * taken as encapsulated Explicit VR Little Endian, as PS3.5 §A.4 demands of every compressed syntax.
 */
public record TransferSyntax(TransferSyntaxUid uid, Encoding encoding, boolean deflated, Pixels pixels) {
    /** How elements are laid out. */
    public enum Encoding {
        IMPLICIT_LITTLE,
        EXPLICIT_LITTLE,
        EXPLICIT_BIG;

        public boolean explicit() {
            return this != IMPLICIT_LITTLE;
        }

        public boolean bigEndian() {
            return this == EXPLICIT_BIG;
        }
    }

    /** How pixel data is kept. {@code MAYBE_LOSSY}: the syntax allows loss; the object says whether there was any. */
    public enum Pixels {
        NATIVE,
        LOSSLESS,
        MAYBE_LOSSY
    }

    private static final String GE_BIG_ENDIAN = "1.2.840.113619.5.2";
    private static final String PREFIX = "1.2.840.10008.1.2";
    private static final Set<String> LOSSLESS = Set.of(
                    ".4.57", ".4.58", ".4.65", ".4.66", ".4.70", ".4.80", ".4.90", ".4.92", ".4.110", ".4.201",
                    ".4.202", ".5", ".8.1", ".1.98")
            .stream()
            .map(suffix -> PREFIX + suffix)
            .collect(Collectors.toUnmodifiableSet());
    private static final Set<String> DEFLATED = Set.of(PREFIX + ".1.99", PREFIX + ".4.95", PREFIX + ".4.205");
    private static final Map<String, TransferSyntax> KNOWN = new HashMap<>();

    static {
        Dictionary.rows("uids.tsv", row -> {
            if (row[1].equals("Transfer Syntax")) {
                KNOWN.put(row[0], make(new TransferSyntaxUid(row[0])));
            }
        });
    }

    public static TransferSyntax of(TransferSyntaxUid uid) {
        TransferSyntax known = KNOWN.get(uid.value());
        return known != null ? known : make(uid);
    }

    public static boolean isRegistered(TransferSyntaxUid uid) {
        return KNOWN.containsKey(uid.value());
    }

    /** Every transfer syntax of the registry (PS3.6 Annex A). */
    public static Set<TransferSyntaxUid> registered() {
        return KNOWN.values().stream().map(TransferSyntax::uid).collect(Collectors.toUnmodifiableSet());
    }

    /** Pixel data in fragments (PS3.5 §A.4). */
    public boolean encapsulated() {
        return pixels != Pixels.NATIVE;
    }

    /** Native pixels and no deflation: what an output can be decoded to. */
    public boolean uncompressed() {
        return pixels == Pixels.NATIVE && !deflated;
    }

    /** GE Private Implicit VR Big Endian swaps pixels only; its elements are implicit little endian. */
    public boolean onlyPixelsBigEndian() {
        return uid.value().equals(GE_BIG_ENDIAN);
    }

    private static TransferSyntax make(TransferSyntaxUid uid) {
        Encoding encoding = switch (uid.value()) {
            case PREFIX, GE_BIG_ENDIAN, "1.2.840.10008.1.20" -> Encoding.IMPLICIT_LITTLE;
            case PREFIX + ".2" -> Encoding.EXPLICIT_BIG;
            default -> Encoding.EXPLICIT_LITTLE;
        };
        boolean plain = switch (uid.value()) {
            case PREFIX, PREFIX + ".1", PREFIX + ".1.99", PREFIX + ".2", GE_BIG_ENDIAN, "1.2.840.10008.1.20" -> true;
            default -> false;
        };
        Pixels pixels = plain ? Pixels.NATIVE : LOSSLESS.contains(uid.value()) ? Pixels.LOSSLESS : Pixels.MAYBE_LOSSY;
        return new TransferSyntax(uid, encoding, DEFLATED.contains(uid.value()), pixels);
    }
}
