package org.archipelago.node.dicom.xml;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.TreeMap;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dataset.TextReading;
import org.archipelago.node.dicom.dictionary.Dictionary;
import org.archipelago.node.dicom.json.DicomJson;

/** Reads data sets (PS3.19 §A.1.5), whether or not the elements are in their namespace. */
final class XmlAttributeReader {
    private static final int MAX_DEPTH = 64;
    /** Covers every double; more would let a few characters become gigabytes of digits. */
    private static final int MAX_SCALE = 1100;

    private static final int MAX_NUMBER_CHARACTERS = 64;
    private static final Value EMPTY = new Value.Text("");
    private static final List<String> GROUPS = List.of("Alphabetic", "Ideographic", "Phonetic");

    private final XMLStreamReader in;
    private final DicomJson.BulkDataResolver bulk;
    private final TextReading reading;

    XmlAttributeReader(XMLStreamReader in, DicomJson.BulkDataResolver bulk, TextReading reading) {
        this.in = in;
        this.bulk = bulk;
        this.reading = reading;
    }

    AttributeSet document() throws XMLStreamException {
        reading.dataSet();
        if (!nextElement() || !in.getLocalName().equals("NativeDicomModel")) {
            throw invalid("XML of another kind");
        }
        AttributeSet set = attributes(0);
        while (in.hasNext()) {
            if (in.next() == XMLStreamConstants.START_ELEMENT) {
                throw invalid("XML of several documents");
            }
        }
        return set;
    }

    /** To the next start of an element within the current one; false at its end. */
    private boolean nextElement() throws XMLStreamException {
        while (true) {
            switch (in.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    return true;
                }
                case XMLStreamConstants.END_ELEMENT, XMLStreamConstants.END_DOCUMENT -> {
                    return false;
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE -> {
                    if (!in.isWhiteSpace()) {
                        throw invalid("text between elements");
                    }
                }
                case XMLStreamConstants.COMMENT, XMLStreamConstants.PROCESSING_INSTRUCTION -> {}
                default -> throw invalid("a document type or an entity");
            }
        }
    }

    private String text() throws XMLStreamException {
        StringBuilder text = new StringBuilder();
        while (true) {
            switch (in.next()) {
                case XMLStreamConstants.END_ELEMENT -> {
                    return text.toString();
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE -> {
                    reading.value(in.getTextLength());
                    text.append(in.getTextCharacters(), in.getTextStart(), in.getTextLength());
                }
                case XMLStreamConstants.COMMENT, XMLStreamConstants.PROCESSING_INSTRUCTION -> {}
                default -> throw invalid("an element or entity inside a value");
            }
        }
    }

    /** A private attribute with its creator, whose block is known once the set is. */
    private record Owned(int tag, String creator, Attribute attribute) {}

    private AttributeSet attributes(int depth) throws XMLStreamException {
        if (depth > MAX_DEPTH) {
            throw new ArchiveException(ArchiveError.DATASET_LIMIT, "nesting");
        }
        TreeMap<Integer, Attribute> attributes = new TreeMap<>(Integer::compareUnsigned);
        List<Owned> owned = new ArrayList<>();
        while (nextElement()) {
            if (!in.getLocalName().equals("DicomAttribute")) {
                throw invalid("an element that is no DicomAttribute");
            }
            reading.element();
            int tag = tag(named("tag"));
            Vr vr = vr(named("vr"));
            String creator = in.getAttributeValue(null, "privateCreator");
            Attribute attribute = new Attribute(vr, values(tag, vr, depth));
            if (creator != null && Dictionary.isPrivate(tag)) {
                reading.value(creator.length());
                owned.add(new Owned(tag, creator.strip(), attribute));
            } else {
                put(attributes, tag, attribute);
            }
        }
        for (Owned one : owned) {
            put(attributes, PrivateBlocks.place(attributes, one.tag(), one.creator()), one.attribute());
        }
        return new AttributeSet(attributes);
    }

    private static void put(TreeMap<Integer, Attribute> attributes, int tag, Attribute attribute) {
        if (attributes.put(tag, attribute) != null) {
            throw invalid("an attribute twice in one data set");
        }
    }

    private List<Value> values(int tag, Vr vr, int depth) throws XMLStreamException {
        List<Value> values = new ArrayList<>();
        while (nextElement()) {
            String element = in.getLocalName();
            switch (element) {
                case "Value", "PersonName", "Item" -> numbered(values, vr);
                case "InlineBinary", "BulkData" -> {
                    if (!values.isEmpty()) {
                        throw invalid("a value beside others");
                    }
                }
                default -> throw invalid("an element that is no value");
            }
            values.add(
                    switch (element) {
                        case "Value" -> typed(vr, text());
                        case "PersonName" -> name(vr);
                        case "Item" -> item(vr, depth);
                        case "InlineBinary" -> inline(vr, text());
                        default -> reference(tag, vr);
                    });
        }
        boolean nothing =
                values.size() == 1 && values.getFirst() instanceof Value.Inline(byte[] bytes) && bytes.length == 0;
        return nothing ? List.of() : values;
    }

    /** What is left out between two numbers is empty. */
    private void numbered(List<Value> values, Vr vr) {
        reading.value(0);
        String number = in.getAttributeValue(null, "number");
        if (number == null) {
            return;
        }
        if (!number.matches("[1-9][0-9]{0,8}") || Integer.parseInt(number) <= values.size()) {
            throw invalid("number of a value");
        }
        int before = Integer.parseInt(number) - 1;
        while (values.size() < before) {
            reading.value(0);
            values.add(
                    switch (vr) {
                        case PN -> new Value.Name(new PersonName("", "", ""));
                        case SQ -> new Value.Item(AttributeSet.EMPTY);
                        default -> EMPTY;
                    });
        }
    }

    private Value item(Vr vr, int depth) throws XMLStreamException {
        if (vr != Vr.SQ) {
            throw invalid("an item of VR " + vr);
        }
        reading.element();
        return new Value.Item(attributes(depth + 1));
    }

    private Value reference(int tag, Vr vr) throws XMLStreamException {
        String uri = in.getAttributeValue(null, "uri");
        if (uri == null) {
            uri = in.getAttributeValue(null, "uuid");
        }
        if (uri == null || !text().isBlank()) {
            throw invalid("BulkData without an address");
        }
        return bulk.resolve(tag, vr, uri);
    }

    private Value name(Vr vr) throws XMLStreamException {
        if (vr != Vr.PN) {
            throw invalid("a name of VR " + vr);
        }
        String[] groups = {"", "", ""};
        while (nextElement()) {
            int group = GROUPS.indexOf(in.getLocalName());
            if (group < 0 || !groups[group].isEmpty()) {
                throw invalid("a component group");
            }
            groups[group] = components();
        }
        return new Value.Name(new PersonName(groups[0], groups[1], groups[2]));
    }

    private String components() throws XMLStreamException {
        String[] components = {"", "", "", "", ""};
        int last = -1;
        while (nextElement()) {
            int component = XmlAttributeWriter.COMPONENTS.indexOf(in.getLocalName());
            if (component < 0) {
                throw invalid("a component of a name");
            }
            components[component] = text();
            last = Math.max(last, component);
        }
        return String.join("^", List.of(components).subList(0, last + 1));
    }

    private static Value inline(Vr vr, String base64) {
        if (!vr.isBinary()) {
            throw invalid("InlineBinary");
        }
        try {
            return new Value.Inline(Base64.getMimeDecoder().decode(base64));
        } catch (IllegalArgumentException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "InlineBinary", e);
        }
    }

    private static Value typed(Vr vr, String text) {
        return switch (vr) {
            case PN, SQ, OB, OD, OF, OL, OV, OW, UN -> throw invalid("Value of " + vr);
            case FL, FD ->
                List.of("NaN", "Infinity", "-Infinity").contains(text) ? new Value.Text(text) : number(vr, text);
            case SL, SS, SV, UL, US, UV -> number(vr, text);
            case AT -> new Value.Numeric(BigDecimal.valueOf(Integer.toUnsignedLong(tag(text.strip()))));
            case AE, AS, CS, DA, DS, DT, IS, LO, LT, SH, ST, TM, UC, UI, UR, UT -> new Value.Text(text);
        };
    }

    private static Value number(Vr vr, String text) {
        if (text.length() > MAX_NUMBER_CHARACTERS) {
            throw invalid("Value of " + vr);
        }
        try {
            BigDecimal number = new BigDecimal(text.strip());
            if (Math.abs(number.scale()) > MAX_SCALE) {
                throw invalid("Value of " + vr);
            }
            // A number in decimal has no negative zero.
            boolean negativeZero = (vr == Vr.FL || vr == Vr.FD) && number.signum() == 0 && text.startsWith("-");
            return negativeZero ? new Value.Text(text) : new Value.Numeric(number);
        } catch (NumberFormatException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "Value of " + vr, e);
        }
    }

    private String named(String name) {
        String value = in.getAttributeValue(null, name);
        if (value == null) {
            throw invalid("a DicomAttribute without " + name);
        }
        return value;
    }

    private static int tag(String name) {
        if (!name.matches("[0-9A-Fa-f]{8}")) {
            throw invalid("tag");
        }
        return Integer.parseUnsignedInt(name, 16);
    }

    private static Vr vr(String name) {
        for (Vr vr : Vr.values()) {
            if (vr.name().equals(name)) {
                return vr;
            }
        }
        throw invalid("vr");
    }

    private static ArchiveException invalid(String what) {
        return new ArchiveException(ArchiveError.INVALID_REQUEST, what);
    }
}
