package org.archipelago.node.ops;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;

/** What was logged, but not what a library says beside an exception: it repeats that one's message; see {@link FailureText}. */
public final class MessageText extends ClassicConverter {
    private static final String OWN = "org.archipelago.";

    @Override
    public String convert(ILoggingEvent event) {
        return event.getThrowableProxy() == null || event.getLoggerName().startsWith(OWN)
                ? event.getFormattedMessage()
                : "a failure";
    }
}
