package org.archipelago.node.dicom.dataset;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dataset.RawDataSet.Items;
import org.archipelago.node.dicom.dataset.RawDataSet.RawElement;
import org.archipelago.node.dicom.dictionary.TransferSyntax.Encoding;

/** Reads the items of a sequence from the bytes of its value. */
final class ItemsReader {
    /** Any sequence attribute will do to wrap the value. */
    private static final int WRAPPER = 0x00081140;

    private ItemsReader() {}

    /** @throws ArchiveException NOT_A_DATASET when the value is no sequence of items */
    static List<RawDataSet> read(byte[] value, Encoding encoding) {
        if (encoding != Encoding.IMPLICIT_LITTLE) {
            throw new IllegalArgumentException("values of VR UN are implicit");
        }
        RawCollector collector = new RawCollector(DataSetLimits.DEFAULT.inMemory());
        DataSetTokenizer tokenizer = new DataSetTokenizer(encoding, collector, DataSetLimits.DEFAULT.inMemory());
        byte[] header = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) (WRAPPER >>> 16))
                .putShort((short) WRAPPER)
                .putInt(value.length)
                .array();
        tokenizer.feed(header, 0, header.length);
        tokenizer.feed(value, 0, value.length);
        tokenizer.finish();
        RawElement wrapper = collector.root().elements.get(WRAPPER);
        if (wrapper != null && wrapper.vr() == Vr.SQ && wrapper.value() instanceof Items(List<RawDataSet> items)) {
            return items;
        }
        throw new ArchiveException(ArchiveError.NOT_A_DATASET, "sequence without items");
    }
}
