package org.archipelago.node.federation.link;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers members, each call by who they are now, and says nothing to anybody else, nor why. */
final class PeerServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(PeerServlet.class);

    private static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";
    private static final String HTTP_2 = "HTTP/2.0";
    /** The answering site's clock, in milliseconds since 1970; a Date header tells whole seconds only. */
    static final String CLOCK = "Archipelago-Clock";

    /** With heads: how many records of its own log the answering site has not signed. */
    static final String UNSIGNED = "Archipelago-Unsigned";

    /** Of one member at once: a long wait for each origin, and some that do not wait. */
    private static final int MAX_CALLS = 16;

    private final transient Function<X509Certificate, Optional<SiteId>> members;
    private final transient PeerCalls calls;
    private final transient Map<SiteId, Semaphore> room = new ConcurrentHashMap<>();
    private final transient Set<Thread> waiting = ConcurrentHashMap.newKeySet();
    private final transient LongAdder answered = new LongAdder();
    private final transient LongAdder refused = new LongAdder();
    private final transient Clock clock;
    private volatile boolean stopped;

    PeerServlet(Function<X509Certificate, Optional<SiteId>> members, PeerCalls calls, Clock clock) {
        this.members = members;
        this.calls = calls;
        this.clock = clock;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Optional<SiteId> caller = caller(request);
        boolean known = caller.isPresent()
                && request.getProtocol().equals(HTTP_2)
                && request.getMethod().equals("GET");
        if (!known) {
            refused.increment();
            response.setStatus(HttpServletResponse.SC_FORBIDDEN);
            return;
        }
        Semaphore free = room.computeIfAbsent(caller.get(), _ -> new Semaphore(MAX_CALLS));
        if (!free.tryAcquire()) {
            refuse(response, ArchiveError.OVERLOADED);
            return;
        }
        try {
            answer(caller.get(), request, response);
        } finally {
            free.release();
        }
    }

    private Optional<SiteId> caller(HttpServletRequest request) {
        return request.getAttribute(CERTIFICATES) instanceof X509Certificate[] chain && chain.length > 0
                ? members.apply(chain[0])
                : Optional.empty();
    }

    private void answer(SiteId caller, HttpServletRequest request, HttpServletResponse response) throws IOException {
        try {
            Optional<byte[]> body = interruptibly(caller, request);
            if (isStill(caller, request)) {
                answered.increment();
                if (request.getRequestURI().equals(PeerCalls.HEADS)) {
                    response.setHeader(UNSIGNED, Long.toString(calls.unsignedRecords()));
                }
                send(response, body);
            } else {
                refused.increment();
                response.setStatus(HttpServletResponse.SC_FORBIDDEN);
            }
        } catch (ArchiveException e) {
            LOG.debug("a call of {} was refused: {}", caller, e.getMessage());
            refuse(response, e.error());
        } catch (InterruptedException e) {
            refuse(response, ArchiveError.SHUTTING_DOWN);
        } catch (RuntimeException e) {
            LOG.error("a call of {} failed", caller, e);
            refuse(response, ArchiveError.INTERNAL);
        }
    }

    /** It may have been removed while it waited. */
    private boolean isStill(SiteId caller, HttpServletRequest request) {
        return caller(request).filter(caller::equals).isPresent();
    }

    private Optional<byte[]> interruptibly(SiteId caller, HttpServletRequest request) throws InterruptedException {
        waiting.add(Thread.currentThread());
        try {
            if (stopped) {
                throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "call");
            }
            return calls.answer(caller, request);
        } finally {
            waiting.remove(Thread.currentThread());
        }
    }

    private void send(HttpServletResponse response, Optional<byte[]> body) throws IOException {
        response.setHeader(CLOCK, Long.toString(clock.millis()));
        if (body.isEmpty()) {
            response.setStatus(HttpServletResponse.SC_NO_CONTENT);
            return;
        }
        response.setContentType("application/octet-stream");
        response.setContentLength(body.get().length);
        response.getOutputStream().write(body.get());
    }

    private static void refuse(HttpServletResponse response, ArchiveError error) throws IOException {
        byte[] name = error.name().getBytes(StandardCharsets.US_ASCII);
        response.setStatus(error.httpStatus());
        response.setContentType("text/plain");
        response.setContentLength(name.length);
        response.getOutputStream().write(name);
    }

    /** Calls that wait end at once, and no other begins. */
    void stop() {
        stopped = true;
        waiting.forEach(Thread::interrupt);
    }

    long answered() {
        return answered.sum();
    }

    long refused() {
        return refused.sum();
    }
}
