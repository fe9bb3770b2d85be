package org.archipelago.node.ingest;

import java.util.List;
import org.archipelago.contract.study.StoreOutcome;
import org.archipelago.contract.study.StudyCommand.FlagInstanceElsewhere;
import org.archipelago.contract.study.StudyCommand.StoreInstances;

/** Sends commands to study copies and waits until what they record is durable. */
public interface StudyCommands {
    /**
     * @param durable returns once the blobs that the command names are durable; awaited before anything is recorded
     * @throws org.archipelago.contract.log.ClaimHeldElsewhereException nothing was recorded
     */
    List<StoreOutcome> store(StoreInstances command, Runnable durable);

    void flag(FlagInstanceElsewhere command);
}
