package org.archipelago.node.ingest;

import java.util.List;
import org.archipelago.contract.study.StoreOutcome;
import org.archipelago.contract.study.StudyCommand.FlagInstanceElsewhere;
import org.archipelago.contract.study.StudyCommand.StoreInstances;

/** Sends commands to study copies and waits until what they record is durable. */
public interface StudyCommands {
    /** @throws org.archipelago.contract.log.ClaimHeldElsewhereException nothing was recorded */
    List<StoreOutcome> store(StoreInstances command);

    void flag(FlagInstanceElsewhere command);
}
