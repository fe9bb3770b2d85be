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

/** Looks whether a study copy would become too large. What it has already is no news to it. */
record StudyBounds(StudyState state, Limits limits) {
    /**
     * Before anything is decided, as far as it can be told by then.
     *
     * @throws ArchiveException STUDY_LIMIT
     */
    void check(StoreInstances command) {
        Set<SopInstanceUid> instances = new HashSet<>();
        Set<SeriesInstanceUid> series = new HashSet<>();
        for (IncomingInstance incoming : command.instances()) {
            Optional<KeptInstance> kept = state.instance(incoming.object().sopInstanceUid());
            if (kept.isEmpty()) {
                instances.add(incoming.object().sopInstanceUid());
                if (state.people()
                        .numberOf(command.patient(), incoming.attributes())
                        .isEmpty()) {
                    requireRoomForAnotherPerson();
                }
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

    /**
     * Before somebody is described whom no event has described yet.
     *
     * @throws ArchiveException STUDY_LIMIT
     */
    void requireRoomForAnotherPerson() {
        require(state.people().all().size() < limits.people(), "patients of a study");
    }

    private static boolean isKept(KeptInstance kept, IncomingInstance incoming) {
        return kept.keeps(incoming.object().blob().id())
                || kept.sameBytes(incoming.object()).isPresent();
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new ArchiveException(ArchiveError.STUDY_LIMIT, what);
        }
    }
}
