package org.archipelago.node.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.TypeMismatchException;
import org.springframework.http.HttpStatus;
import org.springframework.web.ErrorResponse;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;
import tools.jackson.databind.json.JsonMapper;

/**
 * The one place where a failure becomes an HTTP answer: the status and advice of {@link ArchiveError}, as a page for
 * people and as {@code application/problem+json} (RFC 9457) for programs.
 *
 * <p>Once bytes have left, there is no answer to give: the failure passes on and the container cuts the connection, so
 * that a broken transfer is never taken for a whole one.
 */
final class Problems implements HandlerExceptionResolver {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
    private static final JsonMapper JSON = new JsonMapper();
    private static final String RETRY_AFTER_SECONDS = "5";
    private static final int CLIENT_ERROR_END = 500;

    private record Problem(int status, String error, String title, String detail, boolean retry) {}

    @Override
    public @Nullable ModelAndView resolveException(
            HttpServletRequest request, HttpServletResponse response, @Nullable Object handler, Exception failure) {
        if (response.isCommitted() || failure instanceof org.apache.catalina.connector.ClientAbortException) {
            return null;
        }
        Problem problem = problemOf(failure);
        if (problem.status() >= CLIENT_ERROR_END && !problem.retry()
                || problem.error().equals("INTERNAL")) {
            LOG.error("{} {} failed: {}", request.getMethod(), family(request), problem.error(), failure);
        }
        // The guards' headers stay; what described the answer that failed goes.
        response.resetBuffer();
        response.setContentType(null);
        response.setHeader("ETag", null);
        response.setHeader("Warning", null);
        response.setStatus(problem.status());
        response.setHeader("Cache-Control", "no-store");
        if (problem.retry()) {
            response.setHeader("Retry-After", RETRY_AFTER_SECONDS);
        }
        return wantsPage(request) ? page(problem) : json(response, problem);
    }

    private static Problem problemOf(Exception failure) {
        if (failure instanceof ArchiveException refusal) {
            return of(refusal.error(), refusal.subject());
        }
        if (failure instanceof ErrorResponse known) {
            HttpStatus status = HttpStatus.resolve(known.getStatusCode().value());
            String title = status == null ? "Refused" : status.getReasonPhrase();
            String detail = status == HttpStatus.NOT_FOUND
                    ? "There is nothing at this address."
                    : String.valueOf(known.getBody().getDetail());
            return new Problem(known.getStatusCode().value(), "HTTP", title, detail, false);
        }
        if (failure instanceof InvalidParameterException unread) {
            // More parameters, or a longer form, than the container takes.
            boolean tooLong = unread.getErrorCode() == HttpStatus.CONTENT_TOO_LARGE.value();
            return of(tooLong ? ArchiveError.REQUEST_TOO_LARGE : ArchiveError.INVALID_REQUEST, "parameters");
        }
        if (failure instanceof TypeMismatchException) {
            // Its text repeats the value, which may be a UID.
            return new Problem(
                    HttpStatus.BAD_REQUEST.value(),
                    "HTTP",
                    HttpStatus.BAD_REQUEST.getReasonPhrase(),
                    "A parameter is not of the form that this address takes; see the API's description.",
                    false);
        }
        return of(ArchiveError.INTERNAL, "request");
    }

    private static Problem of(ArchiveError error, String subject) {
        HttpStatus status = HttpStatus.resolve(error.httpStatus());
        return new Problem(
                error.httpStatus(),
                error.name(),
                status == null ? error.name() : status.getReasonPhrase(),
                error.advice() + " [" + subject + "]",
                error.retry() == ArchiveError.Retry.LATER);
    }

    private static ModelAndView page(Problem problem) {
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("status", problem.status());
        model.put("error", problem.error());
        model.put("heading", problem.title());
        model.put("detail", problem.detail());
        model.put("retry", problem.retry());
        return new ModelAndView("portal/problem", model);
    }

    private static ModelAndView json(HttpServletResponse response, Problem problem) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("type", "about:blank");
        body.put("title", problem.title());
        body.put("status", problem.status());
        body.put("error", problem.error());
        body.put("detail", problem.detail());
        body.put("retry", problem.retry());
        byte[] bytes = JSON.writeValueAsBytes(body);
        response.setContentType("application/problem+json");
        response.setContentLength(bytes.length);
        try {
            response.getOutputStream().write(bytes);
        } catch (IOException e) {
            LOG.debug("the caller left before it was told {}", problem.error(), e);
        }
        return new ModelAndView();
    }

    private static boolean wantsPage(HttpServletRequest request) {
        String accept = request.getHeader("Accept");
        return accept != null && accept.contains("text/html") && !isInterface(family(request));
    }

    private static boolean isInterface(String family) {
        return switch (family) {
            case "/dicom-web", "/network", "/api", "/actuator", "/fhir" -> true;
            default -> false;
        };
    }

    /** First segment of the path: all of it that may be logged, since the rest holds UIDs. */
    private static String family(HttpServletRequest request) {
        String path = request.getRequestURI();
        int end = path.indexOf('/', 1);
        return end < 0 ? path : path.substring(0, end);
    }
}
