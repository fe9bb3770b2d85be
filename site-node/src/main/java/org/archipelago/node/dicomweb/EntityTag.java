package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Arrays;

/** Weak entity tags (RFC 9110 §8.8.3): one tag for every form in which an answer may leave. */
final class EntityTag {
    private EntityTag() {}

    /** Of a whole answer; a part of it has none, else its holder were told for ever that nothing changed. */
    static void name(HttpServletResponse response, String tag) {
        response.setHeader("ETag", "W/\"" + tag + "\"");
    }

    /** True when the caller has just that: the status is 304 then, and there is nothing to send. */
    static boolean isHeld(HttpServletRequest request, HttpServletResponse response, String tag) {
        String asked = request.getHeader("If-None-Match");
        if (asked == null || !names(asked, tag)) {
            return false;
        }
        name(response, tag);
        response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
        return true;
    }

    private static boolean names(String asked, String tag) {
        return Arrays.stream(asked.split(","))
                .map(String::strip)
                .map(one -> one.startsWith("W/") ? one.substring(2) : one)
                .anyMatch(one -> one.equals("*") || one.equals("\"" + tag + "\""));
    }
}
