package org.archipelago.node.dicom.output;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.archipelago.node.dicom.DataSetFile;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dataset.Element;
import org.archipelago.node.dicom.dataset.PlainBytes;
import org.archipelago.node.dicom.dataset.StreamedDataSet;
import org.archipelago.node.dicom.dataset.TokenHandler;

/** The bytes of each top-level element. */
final class TopLevel implements TokenHandler {
    private final Map<Integer, Long> starts = new LinkedHashMap<>();
    private int depth;

    static Map<Integer, byte[]> of(DataSetFile file) throws Exception {
        TopLevel handler = new TopLevel();
        var plain = PlainBytes.open(file.channel(), file.transferSyntax());
        long end = StreamedDataSet.drive(plain, file.transferSyntax(), handler, DataSetLimits.DEFAULT)
                .position();
        byte[] all = PlainBytes.read(plain, 0, (int) end);
        Map<Integer, byte[]> elements = new LinkedHashMap<>();
        Integer previous = null;
        for (Integer tag : handler.starts.keySet()) {
            if (previous != null) {
                elements.put(previous, slice(all, handler.starts.get(previous), handler.starts.get(tag)));
            }
            previous = tag;
        }
        elements.put(previous, slice(all, handler.starts.get(previous), end));
        return elements;
    }

    private static byte[] slice(byte[] all, long from, long to) {
        return Arrays.copyOfRange(all, (int) from, (int) to);
    }

    private void top(Element element) {
        if (depth == 0) {
            starts.putIfAbsent(element.tag(), element.headerOffset());
        }
    }

    @Override
    public Disposition element(Element element) {
        top(element);
        return Disposition.SKIP;
    }

    @Override
    public void value(Element element, byte[] value) {}

    @Override
    public void sequenceStart(Element element) {
        top(element);
        depth++;
    }

    @Override
    public void sequenceEnd() {
        depth--;
    }

    @Override
    public void itemStart(long headerOffset, long length) {}

    @Override
    public void itemEnd() {}

    @Override
    public void fragmentsStart(Element element) {
        top(element);
    }

    @Override
    public void fragmentsEnd() {}
}
