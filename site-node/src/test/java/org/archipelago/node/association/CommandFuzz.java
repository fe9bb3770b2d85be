package org.archipelago.node.association;

import java.util.List;
import org.archipelago.node.fuzz.FuzzTarget;

/** Command sets (PS3.7 §6.3). What is read is answered and written again. */
public final class CommandFuzz implements FuzzTarget {
    @Override
    public String name() {
        return "command";
    }

    @Override
    public List<byte[]> corpus() {
        return List.of(
                CommandSet.of(0x0001)
                        .us(CommandSet.MESSAGE_ID, 7)
                        .uid(CommandSet.AFFECTED_SOP_CLASS_UID, "1.2.840.10008.5.1.4.1.1.7")
                        .uid(CommandSet.AFFECTED_SOP_INSTANCE_UID, "1.2.3")
                        .text(CommandSet.MOVE_ORIGINATOR_AE_TITLE, "MOVER")
                        .build()
                        .withDataSet(true)
                        .encode(),
                CommandSet.of(0x0021)
                        .us(CommandSet.MESSAGE_ID, 8)
                        .text(CommandSet.MOVE_DESTINATION, "DEST")
                        .build()
                        .encode(),
                CommandSet.of(0x0130)
                        .us(CommandSet.MESSAGE_ID, 9)
                        .uid(CommandSet.REQUESTED_SOP_CLASS_UID, "1.2.840.10008.1.20.1")
                        .us(CommandSet.ACTION_TYPE_ID, 1)
                        .build()
                        .encode());
    }

    @Override
    public boolean take(byte[] input) {
        try {
            CommandSet command = CommandSet.decode(input);
            command.response(command.status())
                    .errorComment(command.text(CommandSet.ERROR_COMMENT).orElse(""))
                    .build()
                    .encode();
            return true;
        } catch (MalformedPduException refused) {
            return false;
        }
    }
}
