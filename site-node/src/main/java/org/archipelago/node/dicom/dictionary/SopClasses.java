package org.archipelago.node.dicom.dictionary;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.archipelago.contract.dicom.SopClassUid;

/** The registry of UIDs, PS3.6 Annex A, as far as SOP Classes are concerned, and which of them are stored (PS3.4 Annex B and GG). */
public final class SopClasses {
    /** PS3.4 Table GG.3-1: classes whose objects belong to no patient. */
    private static final Set<String> NON_PATIENT = Set.of(
            "1.2.840.10008.5.1.4.38.1", // Hanging Protocol Storage
            "1.2.840.10008.5.1.4.39.1", // Color Palette Storage
            "1.2.840.10008.5.1.4.43.1", // Generic Implant Template Storage
            "1.2.840.10008.5.1.4.44.1", // Implant Assembly Template Storage
            "1.2.840.10008.5.1.4.45.1", // Implant Template Group Storage
            "1.2.840.10008.5.1.4.1.1.200.1", // CT Defined Procedure Protocol Storage
            "1.2.840.10008.5.1.4.1.1.200.3", // Protocol Approval Storage
            "1.2.840.10008.5.1.4.1.1.200.7", // XA Defined Procedure Protocol Storage
            "1.2.840.10008.5.1.4.1.1.201.1"); // Inventory Storage

    /** Names that say "storage" but are services upon stored objects. */
    private static final Set<String> NO_OBJECTS = Set.of(
            "1.2.840.10008.1.20.1", // Storage Commitment Push Model
            "1.2.840.10008.1.20.2", // Storage Commitment Pull Model
            "1.2.840.10008.1.3.10"); // Media Storage Directory Storage: a file's own index (PS3.10)

    private static final Map<String, String> NAMES = new HashMap<>();
    private static final Set<String> STORAGE = new TreeSet<>();

    static {
        Dictionary.rows("uids.tsv", row -> {
            NAMES.put(row[0], row[4]);
            if (row[1].equals("SOP Class") && row[4].contains("Storage") && !NO_OBJECTS.contains(row[0])) {
                STORAGE.add(row[0]);
            }
        });
    }

    private SopClasses() {}

    /** The registered name of any UID of PS3.6 Annex A: SOP Class, transfer syntax, well-known instance. */
    public static Optional<String> name(String uid) {
        return Optional.ofNullable(NAMES.get(uid));
    }

    public static boolean isStorage(SopClassUid sopClass) {
        return STORAGE.contains(sopClass.value());
    }

    /** Whether objects of this class belong to no patient and no study (PS3.4 Annex GG). */
    public static boolean isNonPatient(SopClassUid sopClass) {
        return NON_PATIENT.contains(sopClass.value());
    }

    /** Every storage SOP Class of the registry, retired and trial ones included, ordered by UID text. */
    public static Set<SopClassUid> storage() {
        return STORAGE.stream().map(SopClassUid::new).collect(java.util.stream.Collectors.toUnmodifiableSet());
    }
}
