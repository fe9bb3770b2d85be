package org.archipelago.node.dimse;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;

/** Implicit and Explicit VR Little Endian of small data sets, for tests: few VRs, two character sets. */
final class MinimalCodec implements IdentifierCodec {
    private static final Map<Integer, Vr> DICTIONARY = Map.ofEntries(
            Map.entry(Tags.SPECIFIC_CHARACTER_SET, Vr.CS),
            Map.entry(Tags.STUDY_DATE, Vr.DA),
            Map.entry(Tags.ACCESSION_NUMBER, Vr.SH),
            Map.entry(Tags.QUERY_RETRIEVE_LEVEL, Vr.CS),
            Map.entry(Tags.RETRIEVE_AE_TITLE, Vr.AE),
            Map.entry(Tags.MODALITY, Vr.CS),
            Map.entry(Tags.PATIENT_NAME, Vr.PN),
            Map.entry(Tags.PATIENT_ID, Vr.LO),
            Map.entry(CommitmentData.REFERENCED_SOP_SEQUENCE, Vr.SQ),
            Map.entry(CommitmentData.FAILED_SOP_SEQUENCE, Vr.SQ),
            Map.entry(CommitmentData.FAILURE_REASON, Vr.US));

    @Override
    public AttributeSet decode(byte[] bytes, TransferSyntaxUid syntax, Optional<String> defaultCharacterSet) {
        boolean explicit = !syntax.equals(TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN);
        Charset assumed = defaultCharacterSet.filter("ISO_IR 192"::equals).isPresent()
                ? StandardCharsets.UTF_8
                : StandardCharsets.ISO_8859_1;
        return read(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), explicit, assumed);
    }

    AttributeSet decode(byte[] bytes, TransferSyntaxUid syntax) {
        return decode(bytes, syntax, Optional.empty());
    }

    private static AttributeSet read(ByteBuffer in, boolean explicit, Charset inherited) {
        Charset charset = inherited;
        Map<Integer, Attribute> attributes = new TreeMap<>();
        while (in.hasRemaining()) {
            int tag = in.getShort() << 16 | in.getShort() & 0xFFFF;
            if (tag == 0xFFFEE00D) {
                in.getInt();
                break;
            }
            Vr vr;
            int length;
            if (explicit) {
                vr = Vr.valueOf("" + (char) in.get() + (char) in.get());
                length = hasLongLength(vr) ? longLength(in) : in.getShort() & 0xFFFF;
            } else {
                vr = DICTIONARY.getOrDefault(tag, isUid(tag) ? Vr.UI : Vr.LO);
                length = in.getInt();
            }
            Attribute attribute;
            if (vr == Vr.SQ) {
                attribute = new Attribute(vr, items(in, length, explicit, charset));
            } else {
                byte[] value = new byte[length];
                in.get(value);
                attribute = value(vr, value, charset);
            }
            attributes.put(tag, attribute);
            if (tag == Tags.SPECIFIC_CHARACTER_SET && !attribute.isEmpty()) {
                charset = ((Value.Text) attribute.values().getFirst()).text().equals("ISO_IR 192")
                        ? StandardCharsets.UTF_8
                        : StandardCharsets.ISO_8859_1;
            }
        }
        return AttributeSet.of(attributes);
    }

    private static int longLength(ByteBuffer in) {
        in.getShort();
        return in.getInt();
    }

    private static List<Value> items(ByteBuffer in, int length, boolean explicit, Charset charset) {
        List<Value> items = new ArrayList<>();
        int end = length == -1 ? in.limit() : in.position() + length;
        while (in.position() < end) {
            int tag = in.getShort() << 16 | in.getShort() & 0xFFFF;
            int itemLength = in.getInt();
            if (tag == 0xFFFEE0DD) {
                break;
            }
            if (itemLength == -1) {
                items.add(new Value.Item(read(in, explicit, charset)));
            } else {
                ByteBuffer item = in.slice(in.position(), itemLength).order(ByteOrder.LITTLE_ENDIAN);
                in.position(in.position() + itemLength);
                items.add(new Value.Item(read(item, explicit, charset)));
            }
        }
        return items;
    }

    private static Attribute value(Vr vr, byte[] bytes, Charset charset) {
        if (vr == Vr.US) {
            List<Value> numbers = new ArrayList<>();
            for (int i = 0; i + 1 < bytes.length; i += 2) {
                numbers.add(new Value.Numeric(BigDecimal.valueOf((bytes[i] & 0xFF) | (bytes[i + 1] & 0xFF) << 8)));
            }
            return new Attribute(vr, numbers);
        }
        if (vr.isBinary()) {
            return new Attribute(vr, bytes.length == 0 ? List.of() : List.of(new Value.Inline(bytes)));
        }
        String text = new String(bytes, charset).replace('\0', ' ').strip();
        if (text.isEmpty()) {
            return new Attribute(vr, List.of());
        }
        List<Value> values = new ArrayList<>();
        for (String part : text.split("\\\\", -1)) {
            values.add(vr == Vr.PN ? name(part) : new Value.Text(part));
        }
        return new Attribute(vr, values);
    }

    private static Value name(String text) {
        String[] groups = (text + "==").split("=", -1);
        return new Value.Name(new PersonName(groups[0], groups[1], groups[2]));
    }

    @Override
    public byte[] encode(AttributeSet attributes, TransferSyntaxUid syntax) {
        boolean explicit = !syntax.equals(TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN);
        Charset charset = attributes
                .text(Tags.SPECIFIC_CHARACTER_SET)
                .filter("ISO_IR 192"::equals)
                .map(_ -> StandardCharsets.UTF_8)
                .orElse(StandardCharsets.ISO_8859_1);
        return write(attributes, explicit, charset);
    }

    private static byte[] write(AttributeSet attributes, boolean explicit, Charset charset) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        attributes.attributes().forEach((tag, attribute) -> {
            byte[] value = bytes(attribute, explicit, charset);
            ByteBuffer header = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
            header.putShort((short) (tag >>> 16)).putShort((short) (int) tag);
            if (!explicit) {
                header.putInt(value.length);
            } else {
                header.put(attribute.vr().name().getBytes(StandardCharsets.US_ASCII));
                if (hasLongLength(attribute.vr())) {
                    header.putShort((short) 0).putInt(value.length);
                } else {
                    header.putShort((short) value.length);
                }
            }
            out.write(header.array(), 0, header.position());
            out.writeBytes(value);
        });
        return out.toByteArray();
    }

    private static byte[] bytes(Attribute attribute, boolean explicit, Charset charset) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        List<String> texts = new ArrayList<>();
        for (Value value : attribute.values()) {
            switch (value) {
                case Value.Text(String text) -> texts.add(text);
                case Value.Numeric(BigDecimal number)
                when attribute.vr() == Vr.US -> {
                    out.write(number.intValue());
                    out.write(number.intValue() >>> 8);
                }
                case Value.Numeric(BigDecimal number) -> texts.add(number.toPlainString());
                case Value.Name(PersonName n) ->
                    texts.add((n.alphabetic() + "=" + n.ideographic() + "=" + n.phonetic()).replaceAll("=+$", ""));
                case Value.Item(AttributeSet item) -> {
                    byte[] content = write(item, explicit, charset);
                    ByteBuffer header = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
                    header.putShort((short) 0xFFFE).putShort((short) 0xE000).putInt(content.length);
                    out.writeBytes(header.array());
                    out.writeBytes(content);
                }
                case Value.Inline(byte[] raw) -> out.writeBytes(raw);
                case Value.Bulk _ -> throw new IllegalArgumentException("bulk data in an identifier");
            }
        }
        out.writeBytes(String.join("\\", texts).getBytes(charset));
        if (out.size() % 2 == 1) {
            out.write(attribute.vr() == Vr.UI ? 0 : ' ');
        }
        return out.toByteArray();
    }

    private static boolean hasLongLength(Vr vr) {
        return switch (vr) {
            case OB, OD, OF, OL, OV, OW, SQ, SV, UC, UN, UR, UT, UV -> true;
            default -> false;
        };
    }

    private static boolean isUid(int tag) {
        return tag == Tags.STUDY_INSTANCE_UID
                || tag == Tags.SERIES_INSTANCE_UID
                || tag == Tags.SOP_INSTANCE_UID
                || tag == Tags.SOP_CLASS_UID
                || tag == CommitmentData.TRANSACTION_UID
                || tag == CommitmentData.REFERENCED_SOP_CLASS_UID
                || tag == CommitmentData.REFERENCED_SOP_INSTANCE_UID
                || tag == SubOperations.FAILED_SOP_INSTANCE_UID_LIST;
    }
}
