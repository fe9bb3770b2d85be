package org.archipelago.node.dicomweb;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Value;

/** {@code 00480105/1/00282000}: a tag, and for a value in a sequence item numbers from 1 and further tags. */
final class BulkPath {
    private static final int MAX_STEPS = 33;

    private BulkPath() {}

    /** @throws ArchiveException INVALID_REQUEST */
    static List<Integer> parse(String path) {
        String[] pieces = (path.startsWith("/") ? path.substring(1) : path).split("/", MAX_STEPS + 1);
        if (pieces.length > MAX_STEPS || pieces.length % 2 == 0) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "path of bulk data");
        }
        List<Integer> steps = new ArrayList<>();
        for (int i = 0; i < pieces.length; i++) {
            String form = i % 2 == 0 ? "[0-9A-Fa-f]{8}" : "[1-9]\\d{0,8}";
            if (!pieces[i].matches(form)) {
                throw new ArchiveException(ArchiveError.INVALID_REQUEST, "path of bulk data");
            }
            steps.add(Integer.parseUnsignedInt(pieces[i], i % 2 == 0 ? 16 : 10));
        }
        return steps;
    }

    /** The binary attribute at the path, if there is one with a value. */
    static Optional<Attribute> find(AttributeSet set, List<Integer> steps) {
        Optional<Attribute> here = set.get(steps.getFirst()).filter(a -> !a.isEmpty());
        if (steps.size() == 1) {
            return here.filter(a ->
                    a.values().getFirst() instanceof Value.Bulk || a.values().getFirst() instanceof Value.Inline);
        }
        int item = steps.get(1);
        return here.filter(a -> item <= a.values().size())
                .map(a -> a.values().get(item - 1))
                .flatMap(value -> value instanceof Value.Item(AttributeSet nested)
                        ? find(nested, steps.subList(2, steps.size()))
                        : Optional.empty());
    }
}
