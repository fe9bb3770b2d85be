package org.archipelago.node;

import java.util.List;
import java.util.Optional;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.study.ConflictId;
import org.archipelago.contract.study.StudyCommand.ResolveConflict;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent.ConflictOpened;
import org.archipelago.contract.study.VersionId;
import org.archipelago.domain.study.StudyContents;
import org.archipelago.node.portal.StudyConflicts;
import org.archipelago.query.search.Listings;

/** Conflicts as the log has them, and which studies have any as the index does. */
record LoggedConflicts(Archive archive, Listings listings) implements StudyConflicts {
    @Override
    public List<Open> of(StudyInstanceUid study) {
        return archive.catalog().study(study).stream()
                .flatMap(contents -> contents.openConflicts().stream())
                .map(this::open)
                .toList();
    }

    private Open open(ConflictOpened opened) {
        return new Open(
                opened.conflict(),
                opened.kind(),
                opened.openedAt().toString(),
                opened.source(),
                opened.sopInstanceUid(),
                opened.challenger().map(challenger -> challenger.object().version()),
                opened.other().flatMap(archive.catalog()::study).flatMap(StudyContents::studyInstanceUid));
    }

    @Override
    public List<Waiting> waiting(int offset, int most) {
        return listings.inConflict(offset, most).stream()
                .map(study -> new Waiting(study.study(), study.openConflicts()))
                .toList();
    }

    @Override
    public void resolve(
            StudyInstanceUid study,
            ConflictId conflict,
            Optional<VersionId> current,
            Optional<VersionId> seen,
            Actor by,
            String reason) {
        StudyCopyId copy = archive.catalog()
                .study(study)
                .flatMap(StudyContents::copy)
                .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "study"));
        archive.commands().send(new ResolveConflict(copy, conflict, current, seen, by, reason));
    }
}
