package org.archipelago.federation.grant;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import org.archipelago.eventstore.EventLog;

/** A sound log whose answers a test changes. */
final class TroubledLog {
    final EventLog log;
    volatile Trouble trouble = (_, _) -> Optional.empty();

    interface Trouble {
        /** What is answered to a call; empty to let the sound log answer. */
        Optional<?> answer(String method, List<?> arguments);
    }

    TroubledLog(EventLog sound) {
        this.log = (EventLog) Proxy.newProxyInstance(
                EventLog.class.getClassLoader(), new Class<?>[] {EventLog.class}, (_, method, arguments) -> {
                    Optional<?> instead =
                            trouble.answer(method.getName(), arguments == null ? List.of() : List.of(arguments));
                    if (instead.isPresent()) {
                        return instead.get();
                    }
                    try {
                        return method.invoke(sound, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
