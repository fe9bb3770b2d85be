package org.archipelago.node.dimse;

import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;

/**
 * The Specific Character Set (0008,0005) of a response (PS3.4 §C.4.1.1.3.2, PS3.3 §C.12.1.1.2): none for the default
 * repertoire, the asker's single-byte one where it can say everything, else UTF-8.
 */
final class ResponseCharacterSet {
    private static final String UTF_8 = "ISO_IR 192";
    private static final Map<String, String> SINGLE_BYTE = Map.of(
            "ISO_IR 100", "ISO-8859-1",
            "ISO_IR 101", "ISO-8859-2",
            "ISO_IR 109", "ISO-8859-3",
            "ISO_IR 110", "ISO-8859-4",
            "ISO_IR 144", "ISO-8859-5",
            "ISO_IR 127", "ISO-8859-6",
            "ISO_IR 126", "ISO-8859-7",
            "ISO_IR 138", "ISO-8859-8",
            "ISO_IR 148", "ISO-8859-9");

    private ResponseCharacterSet() {}

    static Optional<Attribute> choose(AttributeSet response, Optional<String> asked) {
        List<String> texts = new ArrayList<>();
        collect(response, texts);
        if (texts.stream().allMatch(t -> t.chars().allMatch(c -> c < 0x80))) {
            return Optional.empty();
        }
        String set = asked.map(String::strip).filter(a -> encodesAll(a, texts)).orElse(UTF_8);
        return Optional.of(new Attribute(Vr.CS, List.of(new Value.Text(set))));
    }

    /** The set with its character set in place. */
    static AttributeSet applied(AttributeSet response, Optional<String> asked) {
        AttributeSet without = response.filter(tag -> tag != Tags.SPECIFIC_CHARACTER_SET);
        return choose(without, asked)
                .map(a -> without.with(Tags.SPECIFIC_CHARACTER_SET, a))
                .orElse(without);
    }

    private static boolean encodesAll(String asked, List<String> texts) {
        String charset = SINGLE_BYTE.get(asked);
        if (charset == null) {
            return false;
        }
        CharsetEncoder encoder = Charset.forName(charset).newEncoder();
        return texts.stream().allMatch(encoder::canEncode);
    }

    private static void collect(AttributeSet set, List<String> texts) {
        for (Attribute attribute : set.attributes().values()) {
            for (Value value : attribute.values()) {
                switch (value) {
                    case Value.Text(String text) -> texts.add(text);
                    case Value.Name(var name) -> {
                        texts.add(name.alphabetic());
                        texts.add(name.ideographic());
                        texts.add(name.phonetic());
                    }
                    case Value.Item(AttributeSet item) -> collect(item, texts);
                    case Value.Numeric _, Value.Inline _, Value.Bulk _ -> {}
                }
            }
        }
    }
}
