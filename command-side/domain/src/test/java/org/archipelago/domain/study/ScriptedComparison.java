package org.archipelago.domain.study;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.archipelago.contract.study.ContentComparison;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.VersionId;

/** Answers what it is told; remembers what it was asked. */
final class ScriptedComparison implements ContentComparison {
    Result answer = Result.CONTENT_DIFFERS;
    /** In place of the answer, where this version is compared with. */
    final Map<VersionId, Result> answers = new HashMap<>();

    boolean intact = true;
    final List<StoredObject> comparedWith = new ArrayList<>();

    @Override
    public Result compare(StudyCopyId study, StoredObject current, StoredObject incoming) {
        comparedWith.add(current);
        return answers.getOrDefault(current.version(), answer);
    }

    @Override
    public boolean isIntact(StoredObject kept) {
        return intact;
    }
}
