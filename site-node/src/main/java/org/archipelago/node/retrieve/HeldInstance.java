package org.archipelago.node.retrieve;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.VersionId;

/**
 * @param current the version that leaves
 * @param others all other kept versions: renditions, older and conflicting ones
 */
public record HeldInstance(
        StudyCopyId copy,
        StudyInstanceUid study,
        SeriesInstanceUid series,
        StoredObject current,
        List<StoredObject> others) {
    /** The same instance when another of its kept versions is to leave; empty when there is no such version. */
    public Optional<HeldInstance> leaving(VersionId version) {
        return versions()
                .filter(object -> object.version().equals(version))
                .findFirst()
                .map(chosen -> new HeldInstance(
                        copy,
                        study,
                        series,
                        chosen,
                        versions().filter(object -> !object.equals(chosen)).toList()));
    }

    private Stream<StoredObject> versions() {
        return Stream.concat(Stream.of(current), others.stream());
    }
}
