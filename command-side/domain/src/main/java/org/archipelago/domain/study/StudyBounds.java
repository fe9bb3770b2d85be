package org.archipelago.domain.study;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.study.IncomingInstance;
import org.archipelago.contract.study.StudyCommand.StoreInstances;
import org.archipelago.contract.study.StudyPolicy.Limits;

/** Looks, before anything is decided, whether a study copy would become too large. What it has already is no news to it. */
record StudyBounds(StudyState state, Limits limits) {
    /** @throws ArchiveException STUDY_LIMIT */
    void check(StoreInstances command) {
        Set<SopInstanceUid> instances = new HashSet<>();
        Set<SeriesInstanceUid> series = new HashSet<>();
        for (IncomingInstance incoming : command.instances()) {
            Optional<KeptInstance> kept = state.instance(incoming.object().sopInstanceUid());
            if (kept.isEmpty()) {
                instances.add(incoming.object().sopInstanceUid());
                require(hasRoomFor(command, incoming), "patients of a study");
            } else if (isKept(kept.get(), incoming)) {
                continue;
            } else {
                require(kept.get().versions().count() < limits.versions(), "versions of an instance");
            }
            if (!state.hasSeries(incoming.series())) {
                series.add(incoming.series());
            }
        }
        require(
                instances.isEmpty() || state.instanceCount() + instances.size() <= limits.instances(),
                "instances of a study");
        require(series.isEmpty() || state.knownSeries() + series.size() <= limits.series(), "series of a study");
    }

    private static boolean isKept(KeptInstance kept, IncomingInstance incoming) {
        return kept.keeps(incoming.object().blob().id())
                || kept.sameBytes(incoming.object()).isPresent();
    }

    private boolean hasRoomFor(StoreInstances command, IncomingInstance incoming) {
        return state.people().all().size() < limits.people()
                || state.people()
                        .numberOf(command.patient(), incoming.attributes())
                        .isPresent();
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new ArchiveException(ArchiveError.STUDY_LIMIT, what);
        }
    }
}
