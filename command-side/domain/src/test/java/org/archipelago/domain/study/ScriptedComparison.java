package org.archipelago.domain.study;

import java.util.ArrayList;
import java.util.List;
import org.archipelago.contract.study.ContentComparison;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;

/** Answers what it is told; remembers what it was asked. */
final class ScriptedComparison implements ContentComparison {
    Result answer = Result.CONTENT_DIFFERS;
    boolean intact = true;
    final List<StoredObject> comparedWith = new ArrayList<>();

    @Override
    public Result compare(StudyCopyId study, StoredObject current, StoredObject incoming) {
        comparedWith.add(current);
        return answer;
    }

    @Override
    public boolean isIntact(StoredObject kept) {
        return intact;
    }
}
