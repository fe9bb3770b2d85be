package org.archipelago.node.dicomweb;

import java.util.Optional;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.node.retrieve.Retrieval.Scope;

/** What the path of an address names. */
final class Scopes {
    private Scopes() {}

    static Scope study(String study) {
        return Scope.study(new StudyInstanceUid(study));
    }

    static Scope series(String study, String series) {
        return new Scope(new StudyInstanceUid(study), Optional.of(new SeriesInstanceUid(series)), Optional.empty());
    }

    static Scope instance(String study, String series, String instance) {
        return new Scope(
                new StudyInstanceUid(study),
                Optional.of(new SeriesInstanceUid(series)),
                Optional.of(new SopInstanceUid(instance)));
    }

    /** For the access record. */
    static String named(String resource, Scope scope) {
        return resource
                + scope.series().map(s -> " series " + s).orElse("")
                + scope.instance().map(i -> " instance " + i).orElse("");
    }
}
