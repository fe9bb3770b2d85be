package org.archipelago.node;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessCommand.BeginAccess;
import org.archipelago.contract.access.AccessCommand.EndAccess;
import org.archipelago.contract.access.AccessCommand.WidenAccess;
import org.archipelago.contract.quarantine.QuarantineCommand.QuarantineObject;
import org.archipelago.contract.replica.ReplicaCommand;
import org.archipelago.contract.study.StoreOutcome;
import org.archipelago.contract.study.StudyCommand;
import org.archipelago.contract.study.StudyCommand.CommitInstances;
import org.archipelago.contract.study.StudyCommand.FlagInstanceElsewhere;
import org.archipelago.contract.study.StudyCommand.HoldStudy;
import org.archipelago.contract.study.StudyCommand.ReleaseStudy;
import org.archipelago.contract.study.StudyCommand.ResolveConflict;
import org.archipelago.contract.study.StudyCommand.SettleStudy;
import org.archipelago.contract.study.StudyCommand.StoreInstances;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.eventstore.axon.AppendPrecondition;
import org.archipelago.node.audit.AccessSessions;
import org.archipelago.node.ingest.StudyCommands;
import org.archipelago.node.ingest.WritePath;
import org.axonframework.commandhandling.CommandBus;
import org.axonframework.commandhandling.GenericCommandMessage;
import org.axonframework.commandhandling.callbacks.FutureCallback;
import org.axonframework.modelling.command.ConcurrencyException;

/**
 * Sends commands on the caller's own thread; on return what they record is durable. Another writer of the same stream (a
 * second record of a patient, a snapshot's reload) makes a command run again.
 */
final class NodeCommands implements StudyCommands, AccessSessions.AccessCommands, WritePath.QuarantineCommands {
    private static final int MAX_ATTEMPTS = 10;

    private final CommandBus bus;
    private volatile Runnable first = () -> {};
    private volatile Consumer<StudyCopyId> unsettled = _ -> {};

    NodeCommands(CommandBus bus) {
        this.bus = bus;
    }

    /** Run before each command from now on, but for what it sends itself; on its caller's thread. */
    void first(Runnable task) {
        first = task;
    }

    /** Told, from now on, of each study that a command may have unsettled; not of what arrives: the write path knows from whom. */
    void unsettled(Consumer<StudyCopyId> listener) {
        unsettled = listener;
    }

    @Override
    public List<StoreOutcome> store(StoreInstances command, Runnable durable) {
        first.run(); // not under this command's condition
        return AppendPrecondition.requiring(durable, () -> attempt(command));
    }

    @Override
    public void flag(FlagInstanceElsewhere command) {
        send(command);
    }

    @Override
    public void begin(BeginAccess command) {
        send(command);
    }

    @Override
    public void widen(WidenAccess command) {
        send(command);
    }

    @Override
    public void end(EndAccess command) {
        send(command);
    }

    @Override
    public boolean quarantine(QuarantineObject command) {
        return send(command);
    }

    /**
     * The command's answer.
     *
     * @throws ArchiveException the refusal; OVERLOADED when others kept changing the same stream
     */
    <R> R send(Object command) {
        if (!(command instanceof ReplicaCommand)) {
            first.run();
        }
        R answer = attempt(command);
        if (command instanceof StudyCommand ofStudy && unsettles(ofStudy)) {
            unsettled.accept(ofStudy.study());
        }
        return answer;
    }

    private static boolean unsettles(StudyCommand command) {
        return switch (command) {
            case ResolveConflict _ -> true;
            case StoreInstances _, FlagInstanceElsewhere _, CommitInstances _ -> false;
            case SettleStudy _, HoldStudy _, ReleaseStudy _ -> false;
        };
    }

    private <R> R attempt(Object command) {
        for (int attempt = 1; ; attempt++) {
            try {
                return sendOnce(command);
            } catch (ConcurrencyException e) {
                if (attempt == MAX_ATTEMPTS) {
                    throw new ArchiveException(
                            ArchiveError.OVERLOADED, command.getClass().getSimpleName(), e);
                }
            }
        }
    }

    @SuppressWarnings("unchecked")
    private <R> R sendOnce(Object command) {
        FutureCallback<Object, Object> answer = new FutureCallback<>();
        bus.dispatch(GenericCommandMessage.asCommandMessage(command), answer);
        try {
            var result = answer.get();
            if (result.isExceptional()) {
                throw rethrown(result.exceptionResult(), command);
            }
            return (R) result.getPayload();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ArchiveException(
                    ArchiveError.SHUTTING_DOWN, command.getClass().getSimpleName(), e);
        } catch (ExecutionException e) {
            throw rethrown(e.getCause() == null ? e : e.getCause(), command);
        }
    }

    private static RuntimeException rethrown(Throwable failure, Object command) {
        return switch (failure) {
            case RuntimeException runtime -> runtime;
            case Error error -> throw error;
            default -> new IllegalStateException(command.getClass().getSimpleName() + " failed", failure);
        };
    }
}
