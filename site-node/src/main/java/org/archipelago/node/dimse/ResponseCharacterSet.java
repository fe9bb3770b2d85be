package org.archipelago.node.dimse;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.text.CharacterSet;

/**
 * The Specific Character Set (0008,0005) of a response (PS3.4 §C.4.1.1.3.2, PS3.3 §C.12.1.1.2): none for the default
 * repertoire, the asker's where it can say everything, else UTF-8.
 */
final class ResponseCharacterSet {
    private ResponseCharacterSet() {}

    /** @param asked terms of the asker's; none at all where it has none */
    static Optional<Attribute> choose(AttributeSet response, List<String> asked) {
        List<String> texts = new ArrayList<>();
        collect(response, texts);
        if (texts.stream().allMatch(t -> t.chars().allMatch(c -> c < 0x80))) {
            return Optional.empty();
        }
        CharacterSet own = CharacterSet.of(asked);
        boolean saysAll = texts.stream().allMatch(text -> own.encode(text).isPresent());
        List<Value> terms = (saysAll ? own : CharacterSet.UTF8)
                .terms().stream().map(term -> (Value) new Value.Text(term)).toList();
        return Optional.of(new Attribute(Vr.CS, terms));
    }

    /** The set with its character set in place. */
    static AttributeSet applied(AttributeSet response, List<String> asked) {
        AttributeSet without = response.filter(tag -> tag != Tags.SPECIFIC_CHARACTER_SET);
        return choose(without, asked)
                .map(a -> without.with(Tags.SPECIFIC_CHARACTER_SET, a))
                .orElse(without);
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
