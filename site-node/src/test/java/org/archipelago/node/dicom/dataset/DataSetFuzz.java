package org.archipelago.node.dicom.dataset;

import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.dicom.json.DicomJson;
import org.archipelago.node.fuzz.Corpus;
import org.archipelago.node.fuzz.FuzzTarget;

/** Files: their header is collected as on ingest, and told as metadata. */
public final class DataSetFuzz implements FuzzTarget {
    /** Little, so that an input that needs much is found. */
    private static final DataSetLimits LIMITS =
            new DataSetLimits(16 << 20, 100_000, 64, 1024, 64 << 10, 10_000, 64 << 20, 250);

    @Override
    public String name() {
        return "dataset";
    }

    @Override
    public List<byte[]> corpus() {
        return Corpus.files();
    }

    @Override
    public boolean take(byte[] input) {
        try {
            Part10.FileStart start = Part10.read(input);
            try (HeaderCollector collector = new HeaderCollector(start.transferSyntax(), Optional.empty(), LIMITS)) {
                int offset = (int) start.datasetOffsetBytes();
                collector.feed(input, offset, input.length - offset);
                AttributeSet header = collector.finish().attributes();
                DicomJson.write(
                        header, OutputStream.nullOutputStream(), DicomJson.Mode.METADATA, (path, vr, bulk) -> "");
                return true;
            }
        } catch (ArchiveException e) {
            return switch (e.error()) {
                case NOT_A_DATASET, DATASET_LIMIT, INVALID_UID -> false;
                default -> throw e;
            };
        }
    }

    /** Identifiers of queries, as a peer encodes them. */
    public static final class OfCommands implements FuzzTarget {
        private static final List<TransferSyntaxUid> SYNTAXES = List.of(
                TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN,
                TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
                TransferSyntaxUid.EXPLICIT_VR_BIG_ENDIAN);

        @Override
        public String name() {
            return "identifier";
        }

        @Override
        public List<byte[]> corpus() {
            AttributeSet identifier = DataSetCodec.decode(
                    Bytes.little()
                            .explicit(0x00080005, "CS", "ISO_IR 192")
                            .explicit(0x00080052, "CS", "STUDY ")
                            .explicit(0x00080020, "DA", "20260101-20261231 ")
                            .explicit(0x00080061, "CS", "CT\\MR ")
                            .explicit(0x00100010, "PN", "DOE^J*=^= ")
                            .explicit(0x0020000D, "UI", "1.2.3\\1.2.4 ")
                            .explicitLong(0x00400275, "SQ", 16)
                            .item(Element.ITEM, 8)
                            .explicit(0x00400007, "LO", "")
                            .done(),
                    TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN);
            return SYNTAXES.stream()
                    .map(syntax -> DataSetCodec.encode(identifier, syntax))
                    .toList();
        }

        @Override
        public boolean take(byte[] input) {
            boolean read = false;
            for (TransferSyntaxUid syntax : SYNTAXES) {
                read |= take(input, syntax);
            }
            return read;
        }

        private static boolean take(byte[] input, TransferSyntaxUid syntax) {
            try {
                DataSetCodec.encode(DataSetCodec.decode(input, syntax), syntax);
                return true;
            } catch (ArchiveException e) {
                return switch (e.error()) {
                    case NOT_A_DATASET, DATASET_LIMIT, INVALID_REQUEST -> false;
                    default -> throw e;
                };
            }
        }
    }
}
