package org.archipelago.node.dicom.xml;

import java.math.BigDecimal;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dictionary.Dictionary;
import org.archipelago.node.dicom.json.DicomJson;

/** Writes data sets (PS3.19 §A.1.5). What XML 1.0 has no place for, such as most control characters, is written as U+FFFD. */
final class XmlAttributeWriter {
    static final List<String> COMPONENTS = List.of("FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix");
    private static final Attribute UTF8 = new Attribute(Vr.CS, List.of(new Value.Text("ISO_IR 192")));

    private final XMLStreamWriter out;
    private final DicomJson.Mode mode;
    private final DicomJson.BulkDataUri uris;

    XmlAttributeWriter(XMLStreamWriter out, DicomJson.Mode mode, DicomJson.BulkDataUri uris) {
        this.out = out;
        this.mode = mode;
        this.uris = uris;
    }

    void write(AttributeSet attributes) throws XMLStreamException {
        write(attributes, "");
    }

    private void write(AttributeSet set, String path) throws XMLStreamException {
        for (Map.Entry<Integer, Attribute> entry : set.attributes().entrySet()) {
            int tag = entry.getKey();
            // As in JSON: the text is UTF-8, whatever the data set was.
            Attribute attribute = tag == Tags.SPECIFIC_CHARACTER_SET ? UTF8 : entry.getValue();
            boolean nestedCharacterSet = tag == Tags.SPECIFIC_CHARACTER_SET && !path.isEmpty();
            if (!nestedCharacterSet && (mode == DicomJson.Mode.METADATA || !attribute.isEmpty())) {
                attribute(set, tag, attribute, path + Tags.hex(tag));
            }
        }
    }

    private void attribute(AttributeSet set, int tag, Attribute attribute, String path) throws XMLStreamException {
        Optional<String> creator = PrivateBlocks.creator(set, tag);
        Optional<String> keyword = Dictionary.isPrivate(tag) ? Optional.empty() : Dictionary.keyword(tag);
        out.writeStartElement("DicomAttribute");
        if (keyword.isPresent()) {
            out.writeAttribute("keyword", keyword.get());
        }
        out.writeAttribute("tag", Tags.hex(creator.isPresent() ? tag & 0xFFFF00FF : tag));
        out.writeAttribute("vr", attribute.vr().name());
        if (creator.isPresent()) {
            out.writeAttribute("privateCreator", inXml(creator.get()).replaceAll("[\t\r\n]", " "));
        }
        int number = 1;
        for (Value value : attribute.values()) {
            value(attribute.vr(), value, number++, path);
        }
        out.writeEndElement();
    }

    private void value(Vr vr, Value value, int number, String path) throws XMLStreamException {
        switch (value) {
            case Value.Text(String text) -> text(number, text);
            case Value.Numeric(BigDecimal numeric) ->
                text(number, vr == Vr.AT ? Tags.hex((int) numeric.longValueExact()) : numeric.toString());
            case Value.Name(PersonName name) -> name(number, name);
            case Value.Item(AttributeSet item) -> {
                numbered("Item", number);
                write(item, path + "/" + number + "/");
                out.writeEndElement();
            }
            case Value.Inline(byte[] bytes) -> {
                out.writeStartElement("InlineBinary");
                out.writeCharacters(Base64.getEncoder().encodeToString(bytes));
                out.writeEndElement();
            }
            case Value.Bulk bulk -> {
                out.writeStartElement("BulkData");
                out.writeAttribute("uri", uris.of(path, vr, bulk));
                out.writeEndElement();
            }
        }
    }

    private void numbered(String element, int number) throws XMLStreamException {
        out.writeStartElement(element);
        out.writeAttribute("number", Integer.toString(number));
    }

    private void text(int number, String text) throws XMLStreamException {
        numbered("Value", number);
        characters(text);
        out.writeEndElement();
    }

    private void name(int number, PersonName name) throws XMLStreamException {
        numbered("PersonName", number);
        group("Alphabetic", name.alphabetic());
        group("Ideographic", name.ideographic());
        group("Phonetic", name.phonetic());
        out.writeEndElement();
    }

    private void group(String element, String text) throws XMLStreamException {
        if (text.isEmpty()) {
            return;
        }
        out.writeStartElement(element);
        String[] components = text.split("\\^", COMPONENTS.size());
        for (int i = 0; i < components.length; i++) {
            out.writeStartElement(COMPONENTS.get(i));
            characters(components[i]);
            out.writeEndElement();
        }
        out.writeEndElement();
    }

    /** A carriage return as such would be read as a line feed. */
    private void characters(String text) throws XMLStreamException {
        String written = inXml(text);
        int start = 0;
        for (int at = written.indexOf('\r'); at >= 0; at = written.indexOf('\r', start)) {
            out.writeCharacters(written.substring(start, at));
            out.writeEntityRef("#13");
            start = at + 1;
        }
        out.writeCharacters(written.substring(start));
    }

    private static String inXml(String text) {
        if (text.chars().allMatch(c -> c >= ' ' && c < 0x7F)) {
            return text;
        }
        StringBuilder valid = new StringBuilder(text.length());
        text.codePoints().forEach(c -> valid.appendCodePoint(isInXml(c) ? c : 0xFFFD));
        return valid.toString();
    }

    /** XML 1.0, production 2. */
    private static boolean isInXml(int c) {
        return c == '\t'
                || c == '\n'
                || c == '\r'
                || c >= 0x20 && c <= 0xD7FF
                || c >= 0xE000 && c <= 0xFFFD
                || c >= 0x10000;
    }
}
