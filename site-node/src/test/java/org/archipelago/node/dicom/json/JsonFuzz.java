package org.archipelago.node.dicom.json;

import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.dicom.dataset.DataSetCodec;
import org.archipelago.node.fuzz.FuzzTarget;

/** The DICOM JSON model (PS3.18 Annex F). What is read is written as JSON and as a data set. */
public final class JsonFuzz implements FuzzTarget {
    private static final int MOST_BYTES = 1 << 20;

    @Override
    public String name() {
        return "json";
    }

    @Override
    public List<byte[]> corpus() {
        return List.of(bytes("""
                [{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},
                  "00080020":{"vr":"DA","Value":["20260101"]},
                  "00100010":{"vr":"PN","Value":[{"Alphabetic":"DOE^JANE","Ideographic":"山田","Phonetic":"x"}]},
                  "00081115":{"vr":"SQ","Value":[{"0020000E":{"vr":"UI","Value":["1.2.3"]}},{},null]},
                  "00280010":{"vr":"US","Value":[512,65535]},
                  "00181050":{"vr":"DS","Value":[0.5,1e-7,null]},
                  "00209165":{"vr":"AT","Value":["00181063"]},
                  "00189087":{"vr":"FD","Value":["NaN",1.25]},
                  "00420011":{"vr":"OB","InlineBinary":"AAECAwQ="},
                  "7FE00010":{"vr":"OW"}}]
                """), bytes("""
                {"00100020":{"Value":["17"],"vr":"LO"},"00720082":{"vr":"SV","Value":["-9223372036854775808"]}}
                """));
    }

    @Override
    public boolean take(byte[] input) {
        try {
            for (AttributeSet set :
                    DicomJson.read(new ByteArrayInputStream(input), MOST_BYTES, DicomJson.noBulkData())) {
                DicomJson.write(set, OutputStream.nullOutputStream(), DicomJson.Mode.METADATA, (path, vr, bulk) -> "");
                DataSetCodec.encode(set, TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN);
            }
            return true;
        } catch (ArchiveException e) {
            return switch (e.error()) {
                case INVALID_REQUEST, REQUEST_TOO_LARGE, DATASET_LIMIT -> false;
                default -> throw e;
            };
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
