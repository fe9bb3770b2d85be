package org.archipelago.acceptance;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a node must hold once files went in, in this order and with these outcomes: every version of every instance, with
 * its part. Worked out from the files and the table alone, never from what a node says that it holds.
 */
final class Holdings {
    private static final int VERSION_ID_BYTES = 16;

    /** The parts of a version, as {@code /api/studies/{study}/instances/{instance}/versions} calls them. */
    enum Role {
        CURRENT,
        RENDITION,
        SUPERSEDED,
        CHALLENGER,
        QUARANTINED
    }

    /** One SOP Instance UID in one study. */
    record Instance(String study, String sopInstance) {}

    /** A version and its part. */
    record Version(DicomFile file, Role role) {
        /** The first 128 bits of SHA-256 over the transfer syntax, a zero and the digest of the data set. */
        String id() {
            byte[] syntax = (file.transferSyntax() + "\0").getBytes(StandardCharsets.UTF_8);
            byte[] digest = HexFormat.of().parseHex(file.sha256());
            byte[] both = new byte[syntax.length + digest.length];
            System.arraycopy(syntax, 0, both, 0, syntax.length);
            System.arraycopy(digest, 0, both, syntax.length, digest.length);
            return DicomFile.sha256(both).substring(0, 2 * VERSION_ID_BYTES);
        }

        /** Compared as a whole, and readable when two differ. */
        String description() {
            return file.sopInstance() + " " + file.transferSyntax() + " " + file.sha256() + " " + role;
        }
    }

    private final Map<Instance, List<Version>> instances = new LinkedHashMap<>();
    private final List<Version> quarantined = new ArrayList<>();

    /** @param outcomes of each file by name, in the words of the table */
    static Holdings of(List<DicomFile> files, Map<String, String> outcomes) {
        Holdings holdings = new Holdings();
        for (DicomFile file : files) {
            holdings.add(file, outcomes.getOrDefault(file.name(), "missing"));
        }
        return holdings;
    }

    /** Instances of studies, each with its versions in the order of their arrival. */
    Map<Instance, List<Version>> instances() {
        return instances;
    }

    List<Version> quarantined() {
        return quarantined;
    }

    List<DicomFile> current() {
        return instances.values().stream()
                .flatMap(List::stream)
                .filter(version -> version.role() == Role.CURRENT)
                .map(Version::file)
                .toList();
    }

    DicomFile currentOf(Instance instance) {
        return instances.get(instance).stream()
                .filter(version -> version.role() == Role.CURRENT)
                .map(Version::file)
                .findFirst()
                .orElseThrow();
    }

    private void add(DicomFile file, String outcome) {
        switch (outcome) {
            case "stored" -> {
                List<Version> versions = versions(file);
                if (!versions.isEmpty()) {
                    throw new AssertionError(file.name() + " is 'stored', yet its instance was there already");
                }
                versions.add(new Version(file, Role.CURRENT));
            }
            case "other rendition" -> known(file).add(new Version(file, Role.RENDITION));
            case "newer version" -> {
                List<Version> versions = known(file);
                versions.replaceAll(version ->
                        version.role() == Role.CURRENT ? new Version(version.file(), Role.SUPERSEDED) : version);
                versions.add(new Version(file, Role.CURRENT));
            }
            case "conflict" -> {
                // In another study it is current there, too.
                List<Version> versions = versions(file);
                versions.add(new Version(file, versions.isEmpty() ? Role.CURRENT : Role.CHALLENGER));
            }
            case "retransmitted" -> {
                Version again = new Version(file, Role.CURRENT);
                if (known(file).stream().noneMatch(version -> version.id().equals(again.id()))) {
                    throw new AssertionError(file.name() + " is 'retransmitted', yet nothing equal went in before");
                }
            }
            case "quarantined" -> {
                // The same again is kept once.
                Version version = new Version(file, Role.QUARANTINED);
                if (quarantined.stream().noneMatch(known -> known.id().equals(version.id()))) {
                    quarantined.add(version);
                }
            }
            default -> {
                if (!outcome.startsWith("refused") && !outcome.equals(ExpectedOutcomes.CANNOT_SEND)) {
                    throw new AssertionError(file.name() + " became '" + outcome + "'");
                }
            }
        }
    }

    private List<Version> known(DicomFile file) {
        List<Version> versions = versions(file);
        if (versions.isEmpty()) {
            throw new AssertionError(file.name() + " came again, yet nothing of its instance went in before");
        }
        return versions;
    }

    private List<Version> versions(DicomFile file) {
        if (file.studyInstance().isEmpty() || file.seriesInstance().isEmpty()) {
            throw new AssertionError(file.name() + " was taken into a study, yet it names none");
        }
        return instances.computeIfAbsent(
                new Instance(file.studyInstance(), file.sopInstance()), _ -> new ArrayList<>());
    }

    /** Versions by instance, as text. */
    static Map<Instance, List<String>> described(Map<Instance, List<Version>> instances) {
        Map<Instance, List<String>> described = new HashMap<>();
        instances.forEach((instance, versions) -> described.put(
                instance, versions.stream().map(Version::description).sorted().toList()));
        return described;
    }
}
