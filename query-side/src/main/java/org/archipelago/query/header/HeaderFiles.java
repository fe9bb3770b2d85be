package org.archipelago.query.header;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
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
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.VersionId;
import org.archipelago.keystore.Key;
import org.archipelago.keystore.KeyStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every attribute of every instance of a series, from one small file instead of all its blobs. Files are derived: sealed
 * under the study copy's index key, named so that they tell no UID, completed from the blobs when an instance is missing,
 * and made again when damaged. Memory is bounded by a segment of a file beside the cache. Thread-safe.
 */
public final class HeaderFiles {
    private static final Logger LOG = LoggerFactory.getLogger(HeaderFiles.class);
    private static final int STRIPES = 64;
    /** What one object can be in the way of; anything else is not about the object. */
    private static final Set<ArchiveError> OF_ONE_OBJECT = EnumSet.of(
            ArchiveError.CORRUPT, ArchiveError.NOT_FOUND, ArchiveError.NOT_A_DATASET, ArchiveError.DATASET_LIMIT);

    private final Path root;
    private final KeyStore keys;
    private final SeriesInstances instances;
    private final InstanceHeaders blobs;
    private final SecureRandom random;
    private final HeaderCache cache;
    private final Object[] stripes = new Object[STRIPES];

    private record Series(StudyCopyId study, SeriesInstanceUid uid) {}

    /** @param maxCachedBytes of heap for headers that were read before, by estimate */
    public HeaderFiles(
            Path root,
            KeyStore keys,
            SeriesInstances instances,
            InstanceHeaders blobs,
            SecureRandom random,
            long maxCachedBytes) {
        this.root = root;
        this.keys = keys;
        this.instances = instances;
        this.blobs = blobs;
        this.random = random;
        this.cache = new HeaderCache(maxCachedBytes);
        Arrays.setAll(stripes, _ -> new Object());
    }

    /**
     * Of the current instances in order of first arrival, read as the stream is. Empty when there is no such series.
     * Instances that cannot be read are said to be so, after all others have been kept in the file.
     *
     * @throws ArchiveException ERASED when the study's key is destroyed
     */
    public Stream<InstanceHeader> headers(StudyCopyId study, SeriesInstanceUid series) {
        return headers(
                study,
                series,
                instances.current(study, series).stream()
                        .map(StoredInstance::object)
                        .toList());
    }

    /** Of these objects of the series, in their order, one for each. */
    public Stream<InstanceHeader> headers(StudyCopyId study, SeriesInstanceUid series, List<StoredObject> objects) {
        if (objects.isEmpty()) {
            return Stream.empty();
        }
        Reading reading = new Reading(new Series(study, series), objects, prepare(study, series, objects));
        return objects.stream().map(reading::header);
    }

    /** Completes the file of the series with these objects. Returns those of them that cannot be read. */
    public List<InstanceHeader.Unreadable> prepare(
            StudyCopyId study, SeriesInstanceUid series, List<StoredObject> objects) {
        Series of = new Series(study, series);
        HeaderSegments file = file(of);
        List<StoredObject> unknown = objects.stream()
                .filter(object -> cache.get(study, object.version()).isEmpty())
                .toList();
        if (unknown.isEmpty()) {
            return List.of();
        }
        synchronized (stripe(of)) {
            Set<VersionId> known = new HashSet<>();
            index(file).forEach(segment -> known.addAll(segment.versions()));
            return complete(
                    file,
                    study,
                    unknown.stream()
                            .filter(object -> !known.contains(object.version()))
                            .toList());
        }
    }

    private List<InstanceHeader.Unreadable> complete(
            HeaderSegments file, StudyCopyId study, List<StoredObject> missing) {
        List<InstanceHeader.Unreadable> unreadable = new ArrayList<>();
        Map<VersionId, AttributeSet> added = new LinkedHashMap<>();
        long sizeBytes = 0;
        try {
            for (StoredObject object : missing) {
                switch (fromBlob(study, object)) {
                    case InstanceHeader.Unreadable one -> unreadable.add(one);
                    case InstanceHeader.Readable(StoredObject _, AttributeSet attributes) -> {
                        added.put(object.version(), attributes);
                        sizeBytes += HeaderCache.sizeBytes(attributes);
                    }
                }
                if (added.size() >= HeaderSegments.MAX_SEGMENT_HEADERS
                        || sizeBytes >= HeaderSegments.MAX_SEGMENT_BYTES) {
                    write(file, study, added);
                    added.clear();
                    sizeBytes = 0;
                }
            }
        } finally {
            write(file, study, added);
        }
        if (!unreadable.isEmpty()) {
            LOG.warn(
                    "headers of {} objects cannot be read: {}",
                    unreadable.size(),
                    unreadable.stream()
                            .map(InstanceHeader.Unreadable::error)
                            .distinct()
                            .toList());
        }
        return unreadable;
    }

    private InstanceHeader fromBlob(StudyCopyId study, StoredObject object) {
        try {
            AttributeSet attributes = blobs.header(study, object);
            cache.put(study, object.version(), attributes);
            return new InstanceHeader.Readable(object, attributes);
        } catch (ArchiveException e) {
            if (OF_ONE_OBJECT.contains(e.error())) {
                return new InstanceHeader.Unreadable(object, e.error());
            }
            throw e;
        }
    }

    private static List<HeaderSegments.Segment> index(HeaderSegments file) {
        try {
            return file.index();
        } catch (IOException e) {
            LOG.warn(
                    "a header file cannot be read and is made again: {}",
                    e.getClass().getSimpleName());
            return List.of();
        }
    }

    /** A full disk costs speed, not the answer. */
    private void write(HeaderSegments file, StudyCopyId study, Map<VersionId, AttributeSet> added) {
        if (added.isEmpty()) {
            return;
        }
        try {
            Files.createDirectories(directory(study));
            file.append(added);
        } catch (IOException e) {
            LOG.warn("a header file cannot be written: {}", e.getClass().getSimpleName());
        }
    }

    /** Goes through a series' file by segments, for one reader. What the file does not give comes from the blob. */
    private final class Reading {
        private final Series series;
        private final List<StoredObject> objects;
        private final Map<StoredObject, InstanceHeader.Unreadable> unreadable;
        private final Set<VersionId> wanted;
        private final Map<VersionId, HeaderSegments.Segment> segments = new HashMap<>();
        private boolean indexed;
        private boolean repaired;
        private Map<VersionId, AttributeSet> segment = Map.of();

        Reading(Series series, List<StoredObject> objects, List<InstanceHeader.Unreadable> unreadable) {
            this.series = series;
            this.objects = objects;
            this.unreadable = unreadable.stream()
                    .collect(Collectors.toMap(InstanceHeader.Unreadable::object, one -> one, (one, _) -> one));
            this.wanted = objects.stream().map(StoredObject::version).collect(Collectors.toSet());
        }

        InstanceHeader header(StoredObject object) {
            InstanceHeader.Unreadable bad = unreadable.get(object);
            if (bad != null) {
                return bad;
            }
            Optional<AttributeSet> known = Optional.ofNullable(segment.get(object.version()))
                    .or(() -> cache.get(series.study(), object.version()))
                    .or(() -> fromFile(object.version()));
            return known.<InstanceHeader>map(attributes -> new InstanceHeader.Readable(object, attributes))
                    .orElseGet(() -> fromBlob(series.study(), object));
        }

        private Optional<AttributeSet> fromFile(VersionId version) {
            HeaderSegments file = file(series);
            if (!indexed) {
                index(file);
            }
            boolean found = segments.containsKey(version) && read(file, version);
            if (!found && !repaired) {
                repaired = true;
                repair(file, version);
                found = segments.containsKey(version) && read(file, version);
            }
            return found ? Optional.ofNullable(segment.get(version)) : Optional.empty();
        }

        private void index(HeaderSegments file) {
            indexed = true;
            segments.clear();
            HeaderFiles.index(file).forEach(one -> one.versions().forEach(in -> segments.put(in, one)));
        }

        private boolean read(HeaderSegments file, VersionId version) {
            segment = file.read(Objects.requireNonNull(segments.get(version)), wanted);
            segment.forEach((in, attributes) -> cache.put(series.study(), in, attributes));
            return segment.containsKey(version);
        }

        /** Another reader may have moved the segment; else it is damaged, and is made again with all behind it. */
        private void repair(HeaderSegments file, VersionId version) {
            synchronized (stripe(series)) {
                index(file);
                if (segments.containsKey(version) && !read(file, version)) {
                    try {
                        file.truncate(Objects.requireNonNull(segments.get(version)));
                    } catch (IOException e) {
                        LOG.warn(
                                "a header file cannot be made again: {}",
                                e.getClass().getSimpleName());
                    }
                }
            }
            prepare(series.study(), series.uid(), objects);
            index(file);
        }
    }

    /** Removes what is derived of a study copy; an erased one needs it only for the space. */
    public void forget(StudyCopyId study) {
        cache.forget(study);
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

    private Object stripe(Series series) {
        return stripes[Math.floorMod(series.hashCode(), STRIPES)];
    }

    private HeaderSegments file(Series series) {
        KeyRef use = new KeyRef(KeyClass.INDEX, series.study().stream());
        Key key = keys.find(use)
                .orElseThrow(() ->
                        new ArchiveException(keys.isLost(use) ? ArchiveError.KEY_LOST : ArchiveError.ERASED, "study"));
        return new HeaderSegments(path(series, key.secret()), key.secret(), random);
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
