package org.archipelago.node.dicom.xml;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import javax.xml.stream.XMLStreamWriter;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.node.dicom.dataset.TextReading;
import org.archipelago.node.dicom.json.DicomJson;

/**
 * One data set as an XML document (PS3.19 §A.1), in UTF-8. A private attribute is named by its creator, with 00 in the
 * place of the block that it happens to be in.
 */
public final class NativeModel {
    static final String NAMESPACE = "http://dicom.nema.org/PS3.19/models/NativeDICOM";
    /** Two an item; the reader's own bound on items is below it. */
    private static final int MAX_ELEMENT_DEPTH = 256;

    private static final XMLOutputFactory WRITERS = XMLOutputFactory.newDefaultFactory();
    private static final XMLInputFactory READERS = readers();

    private NativeModel() {}

    /** What a document type or an entity would bring is never looked at. */
    private static XMLInputFactory readers() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, true);
        factory.setProperty(XMLInputFactory.IS_COALESCING, false);
        factory.setProperty("jdk.xml.maxElementDepth", Integer.toString(MAX_ELEMENT_DEPTH));
        factory.setXMLResolver((_, _, _, _) -> {
            throw new XMLStreamException("external entity");
        });
        return factory;
    }

    /** Does not close the stream. */
    public static void write(
            AttributeSet attributes, OutputStream out, DicomJson.Mode mode, DicomJson.BulkDataUri uris) {
        try {
            XMLStreamWriter writer = WRITERS.createXMLStreamWriter(out, StandardCharsets.UTF_8.name());
            writer.writeStartDocument(StandardCharsets.UTF_8.name(), "1.0");
            writer.writeStartElement("NativeDicomModel");
            writer.writeDefaultNamespace(NAMESPACE);
            writer.writeAttribute("xml:space", "preserve");
            new XmlAttributeWriter(writer, mode, uris).write(attributes);
            writer.writeEndElement();
            writer.writeEndDocument();
            writer.flush();
        } catch (XMLStreamException e) {
            throw new IllegalStateException("XML cannot be written", e);
        }
    }

    /**
     * @param reading its bounds
     * @throws ArchiveException INVALID_REQUEST when it is not the Native DICOM Model, or has a document type; and what the
     *     bounds refuse
     */
    public static AttributeSet read(InputStream xml, DicomJson.BulkDataResolver bulk, TextReading reading) {
        try {
            XMLStreamReader reader = READERS.createXMLStreamReader(xml);
            try {
                return new XmlAttributeReader(reader, bulk, reading).document();
            } finally {
                reader.close();
            }
        } catch (XMLStreamException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "XML", e);
        }
    }
}
