package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletResponse;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.jspecify.annotations.Nullable;

/** Objects that an answer of several goes without (206, PS3.18 Table 8.5-1). One thread at a time. */
final class LeftOut {
    private final int wanted;
    private int undecodable;
    private int unreadable;
    private @Nullable ArchiveException first;

    LeftOut(int wanted) {
        this.wanted = wanted;
    }

    /** @param why of one object alone */
    void add(ArchiveException why) {
        boolean isDecoding = why.error() == ArchiveError.TRANSCODING_FAILED;
        if (first == null || (unreadable == 0 && !isDecoding)) {
            first = why;
        }
        if (isDecoding) {
            undecodable++;
        } else {
            unreadable++;
        }
    }

    /** @throws ArchiveException of one that cannot be read, else be decoded, when there is no other object */
    void requireSome() {
        if (first != null && undecodable + unreadable == wanted) {
            throw first;
        }
    }

    /** Before the first byte. The tag names the whole, so a part goes without. */
    void tell(HttpServletResponse response, Optional<String> tag) {
        if (undecodable + unreadable == 0) {
            tag.ifPresent(one -> EntityTag.name(response, one));
            return;
        }
        response.setStatus(HttpServletResponse.SC_PARTIAL_CONTENT);
        warn(response, undecodable, "decoded for the transfer syntaxes asked for");
        warn(response, unreadable, "read");
    }

    private void warn(HttpServletResponse response, int objects, String cannotBe) {
        if (objects > 0) {
            response.addHeader(
                    "Warning",
                    "299 archipelago \"" + objects + " of " + wanted + " objects cannot be " + cannotBe
                            + " and are left out\"");
        }
    }
}
