package org.archipelago.query.header;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.VersionId;
import org.archipelago.keystore.Key;
import org.archipelago.keystore.KeyStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every attribute of every instance of a series, from one small file instead of all its blobs. Files are derived: sealed
 * under the study copy's index key, named so that they tell no UID, completed from the blobs when an instance is missing,
 * and made again when damaged. Thread-safe.
 */
public final class HeaderFiles {
    private static final Logger LOG = LoggerFactory.getLogger(HeaderFiles.class);
    private static final int STRIPES = 64;

    /** An instance's header shares most of its attributes with its series', and takes some 10 KiB more. */
    static final int MAX_CACHED_INSTANCES = 3_000;

    private final Path root;
    private final KeyStore keys;
    private final SeriesInstances instances;
    private final InstanceHeaders blobs;
    private final SecureRandom random;
    private final Object[] stripes = new Object[STRIPES];
    private final LinkedHashMap<Series, Map<VersionId, AttributeSet>> cache = new LinkedHashMap<>(64, 0.75f, true);
    private int cachedInstances;

    private record Series(StudyCopyId study, SeriesInstanceUid uid) {}

    public HeaderFiles(
            Path root, KeyStore keys, SeriesInstances instances, InstanceHeaders blobs, SecureRandom random) {
        this.root = root;
        this.keys = keys;
        this.instances = instances;
        this.blobs = blobs;
        this.random = random;
        Arrays.setAll(stripes, _ -> new Object());
    }

    /**
     * Headers of the current instances in order of first arrival, without corrections. Empty when there is no such
     * series.
     *
     * @throws ArchiveException ERASED when the study's key is destroyed
     */
    public Stream<AttributeSet> headers(StudyCopyId study, SeriesInstanceUid series) {
        List<StoredInstance> current = instances.current(study, series);
        if (current.isEmpty()) {
            return Stream.empty();
        }
        Map<VersionId, AttributeSet> known = load(new Series(study, series), current);
        return current.stream().map(instance -> found(known, instance));
    }

    private static AttributeSet found(Map<VersionId, AttributeSet> known, StoredInstance instance) {
        AttributeSet header = known.get(instance.object().version());
        if (header == null) {
            throw new IllegalStateException("a header was completed and is missing");
        }
        return header;
    }

    /** Completes the file ahead of its first reader. */
    public void prepare(StudyCopyId study, SeriesInstanceUid series) {
        List<StoredInstance> current = instances.current(study, series);
        if (!current.isEmpty()) {
            load(new Series(study, series), current);
        }
    }

    /** Removes what is derived of a study copy; an erased one needs it only for the space. */
    public void forget(StudyCopyId study) {
        synchronized (cache) {
            cache.entrySet().removeIf(entry -> {
                boolean gone = entry.getKey().study().equals(study);
                cachedInstances -= gone ? entry.getValue().size() : 0;
                return gone;
            });
        }
        Path directory = directory(study);
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<VersionId, AttributeSet> load(Series series, List<StoredInstance> current) {
        Key key = keys.find(new KeyRef(KeyClass.INDEX, series.study().stream()))
                .orElseThrow(() -> new ArchiveException(ArchiveError.ERASED, "study"));
        Map<VersionId, AttributeSet> cached = cached(series);
        if (missing(cached, current).isEmpty()) {
            return cached;
        }
        synchronized (stripes[Math.floorMod(series.hashCode(), STRIPES)]) {
            Map<VersionId, AttributeSet> complete = complete(series, current, key.secret());
            remember(series, complete);
            return complete;
        }
    }

    private Map<VersionId, AttributeSet> complete(Series series, List<StoredInstance> current, SecretKey key) {
        HeaderSegments file = new HeaderSegments(path(series, key), key, random);
        Map<VersionId, AttributeSet> known = read(file);
        Map<VersionId, AttributeSet> added = new LinkedHashMap<>();
        for (StoredInstance instance : missing(known, current)) {
            added.put(instance.object().version(), blobs.header(series.study(), instance.object()));
        }
        if (!added.isEmpty()) {
            write(file, added, directory(series.study()));
        }
        Map<VersionId, AttributeSet> all = new HashMap<>(known);
        all.putAll(added);
        return all;
    }

    private static Map<VersionId, AttributeSet> read(HeaderSegments file) {
        try {
            return file.read();
        } catch (IOException e) {
            LOG.warn(
                    "a header file cannot be read and is made again: {}",
                    e.getClass().getSimpleName());
            return Map.of();
        }
    }

    /** A full disk costs speed, not the answer. */
    private static void write(HeaderSegments file, Map<VersionId, AttributeSet> added, Path directory) {
        try {
            Files.createDirectories(directory);
            file.append(added);
        } catch (IOException e) {
            LOG.warn("a header file cannot be written: {}", e.getClass().getSimpleName());
        }
    }

    private static List<StoredInstance> missing(Map<VersionId, AttributeSet> known, List<StoredInstance> current) {
        return current.stream()
                .filter(instance -> !known.containsKey(instance.object().version()))
                .toList();
    }

    private Map<VersionId, AttributeSet> cached(Series series) {
        synchronized (cache) {
            Map<VersionId, AttributeSet> found = cache.get(series);
            return found == null ? Map.of() : found;
        }
    }

    private void remember(Series series, Map<VersionId, AttributeSet> headers) {
        synchronized (cache) {
            Map<VersionId, AttributeSet> before = cache.remove(series);
            cachedInstances -= before == null ? 0 : before.size();
            if (headers.size() > MAX_CACHED_INSTANCES) {
                return;
            }
            cache.put(series, headers);
            cachedInstances += headers.size();
            while (cachedInstances > MAX_CACHED_INSTANCES) {
                cachedInstances -= cache.pollFirstEntry().getValue().size();
            }
        }
    }

    private Path directory(StudyCopyId study) {
        String name = study.stream().value();
        String hash = name.substring(name.lastIndexOf('/') + 1);
        String safe = HexFormat.of()
                .formatHex(Arrays.copyOf(
                        Digest.sha256(hash.getBytes(StandardCharsets.UTF_8)).toBytes(), 16));
        return root.resolve(safe.substring(0, 2)).resolve(safe);
    }

    private Path path(Series series, SecretKey key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.getEncoded(), "HmacSHA256"));
            mac.update("header file".getBytes(StandardCharsets.UTF_8));
            byte[] full = mac.doFinal(series.uid().value().getBytes(StandardCharsets.UTF_8));
            return directory(series.study()).resolve(HexFormat.of().formatHex(full, 0, Long.BYTES * 2));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA-256", e);
        }
    }
}
