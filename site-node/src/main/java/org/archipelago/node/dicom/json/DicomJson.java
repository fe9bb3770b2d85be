package org.archipelago.node.dicom.json;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dataset.TextReading;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/** The DICOM JSON model as text (PS3.18 Annex F), written and read as a stream. Text is UTF-8. */
public final class DicomJson {
    /** What becomes of an attribute without a value. */
    public enum Mode {
        /** It keeps its vr and has no Value (PS3.18 §F.2.5). */
        METADATA,
        /** It is left out, since some viewers trip over it in query results. */
        QUERY
    }

    /** Where a client finds a value that is not in the text. */
    public interface BulkDataUri {
        /** @param path tags and, after each sequence, the item's number from 1: {@code 00480105/1/00282000} */
        String of(String path, Vr vr, Value.Bulk bulk);
    }

    /** What a BulkDataURI stands for. */
    public interface BulkDataResolver {
        Value resolve(int tag, Vr vr, String uri);
    }

    /** What becomes of each data set of an array. */
    public interface EachDataSet {
        void read(AttributeSet set) throws IOException;

        /** This one is not the DICOM JSON model, or beyond a bound; the others are not touched by that. */
        void refused(ArchiveException reason);
    }

    private static final int MAX_DEPTH = 64;
    /** Of one string of what a caller sends: longer values come as bulk data. */
    private static final int MAX_STRING_CHARACTERS = 16 << 20;

    /** Nested JSON structures per nested data set: array, item, attribute. */
    private static final int STRUCTURES_PER_ITEM = 3;

    private DicomJson() {}

    /** One object, without a surrounding array. Does not close the stream. */
    public static void write(AttributeSet attributes, OutputStream out, Mode mode, BulkDataUri uris) {
        try (JsonGenerator generator = generator(out)) {
            new JsonAttributeWriter(generator, mode, uris).write(attributes);
        }
    }

    /** An array, one object at a time, so that a study's metadata is never in memory whole. Does not close the stream. */
    public static void writeArray(Stream<AttributeSet> sets, OutputStream out, Mode mode, BulkDataUri uris) {
        try (JsonGenerator generator = generator(out)) {
            JsonAttributeWriter writer = new JsonAttributeWriter(generator, mode, uris);
            generator.writeStartArray();
            for (Iterator<AttributeSet> i = sets.iterator(); i.hasNext(); ) {
                writer.write(i.next());
            }
            generator.writeEndArray();
        }
    }

    private static JsonGenerator generator(OutputStream out) {
        JsonFactory factory = JsonFactory.builder()
                .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
                .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
                .build();
        return factory.createGenerator(ObjectWriteContext.empty(), out);
    }

    /**
     * Reads one object, or an array of them.
     *
     * @param maxBytes of the text
     * @throws ArchiveException INVALID_REQUEST when it is not the DICOM JSON model; REQUEST_TOO_LARGE
     */
    public static List<AttributeSet> read(InputStream json, long maxBytes, BulkDataResolver bulk) {
        try (JsonParser parser = parser(json, maxBytes, Integer.MAX_VALUE - 8)) {
            JsonAttributeReader reader = new JsonAttributeReader(parser, bulk, TextReading.UNCOUNTED);
            List<AttributeSet> sets = new ArrayList<>();
            JsonToken first = parser.nextToken();
            if (first == JsonToken.START_OBJECT) {
                sets.add(reader.object());
            } else if (first == JsonToken.START_ARRAY) {
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    sets.add(reader.object());
                }
            } else {
                throw new ArchiveException(ArchiveError.INVALID_REQUEST, "JSON");
            }
            return sets;
        } catch (tools.jackson.core.exc.StreamConstraintsException e) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "JSON", e);
        } catch (JacksonException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "JSON", e);
        }
    }

    /**
     * Reads an array of data sets, or one without an array, each by itself: only one is in memory.
     *
     * @param reading its bounds; one that it refuses is passed over
     * @throws ArchiveException INVALID_REQUEST the text is no JSON from here on; REQUEST_TOO_LARGE a text or its nesting is
     */
    public static void readEach(
            InputStream json, long maxBytes, BulkDataResolver bulk, TextReading reading, EachDataSet each)
            throws IOException {
        try (JsonParser parser = parser(json, maxBytes, MAX_STRING_CHARACTERS)) {
            JsonAttributeReader reader = new JsonAttributeReader(parser, bulk, reading);
            JsonToken first = parser.nextToken();
            if (first == JsonToken.START_OBJECT) {
                readOne(parser, reader, each);
            } else if (first == JsonToken.START_ARRAY) {
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    readOne(parser, reader, each);
                }
            } else {
                throw new ArchiveException(ArchiveError.INVALID_REQUEST, "JSON");
            }
        } catch (tools.jackson.core.exc.StreamConstraintsException e) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "JSON", e);
        } catch (JacksonException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "JSON", e);
        }
    }

    private static void readOne(JsonParser parser, JsonAttributeReader reader, EachDataSet each) throws IOException {
        int depth = parser.streamReadContext().getNestingDepth()
                - (parser.currentToken().isStructStart() ? 1 : 0);
        AttributeSet set;
        try {
            set = reader.object();
        } catch (ArchiveException e) {
            while (parser.streamReadContext().getNestingDepth() > depth) {
                if (parser.nextToken() == null) {
                    throw new ArchiveException(ArchiveError.INVALID_REQUEST, "JSON", e);
                }
            }
            each.refused(e);
            return;
        }
        each.read(set);
    }

    private static JsonParser parser(InputStream json, long maxBytes, int maxStringCharacters) {
        StreamReadConstraints constraints = StreamReadConstraints.builder()
                .maxNestingDepth(MAX_DEPTH * STRUCTURES_PER_ITEM)
                .maxDocumentLength(maxBytes)
                .maxStringLength((int) Math.min(maxBytes, maxStringCharacters))
                .maxNumberLength(64)
                .maxNameLength(64)
                .build();
        JsonFactory factory =
                JsonFactory.builder().streamReadConstraints(constraints).build();
        return factory.createParser(ObjectReadContext.empty(), json);
    }

    /** For callers that accept no bulk data by reference. */
    public static BulkDataResolver noBulkData() {
        return (tag, vr, uri) -> {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "BulkDataURI");
        };
    }
}
