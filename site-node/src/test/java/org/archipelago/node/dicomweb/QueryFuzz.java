package org.archipelago.node.dicomweb;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.node.fuzz.FuzzTarget;
import org.archipelago.query.QueryLevel;

/** Parameters of a QIDO-RS search, once the container has parted and unescaped them; a line is an Accept header. */
public final class QueryFuzz implements FuzzTarget {
    @Override
    public String name() {
        return "query";
    }

    @Override
    public List<byte[]> corpus() {
        return List.of(
                bytes("PatientName=DOE^J*&StudyDate=20260101-&limit=10&offset=3&includefield=all&fuzzymatching=true"),
                bytes(
                        "00100020=17&0020000D=1.2.3,1.2.4&ModalitiesInStudy=CT\\MR&multiplevaluematching=true&emptyvaluematching=false"),
                bytes(
                        "RequestAttributesSequence.ScheduledProcedureStepID=x&00081115.0020000E=1.2&minimumPosition=-1&includefield=00081030,PatientSex\napplication/dicom+json;q=0.5, multipart/related; type=\"application/dicom\"; transfer-syntax=*"));
    }

    @Override
    public boolean take(byte[] input) {
        String[] lines = new String(input, StandardCharsets.ISO_8859_1).split("\n", 2);
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        for (String pair : lines[0].split("&")) {
            int equals = pair.indexOf('=');
            parameters
                    .computeIfAbsent(equals < 0 ? pair : pair.substring(0, equals), name -> new ArrayList<>())
                    .add(equals < 0 ? "" : pair.substring(equals + 1));
        }
        Map<String, String[]> asGiven = new LinkedHashMap<>();
        parameters.forEach((name, values) -> asGiven.put(name, values.toArray(String[]::new)));
        try {
            MediaRange.accept(lines.length > 1 ? lines[1] : "");
            QueryParameters read = new QueryParameters(DicomWebLimits.standard()).read(asGiven);
            read.scope(Tags.STUDY_INSTANCE_UID, "1.2.3");
            read.query(QueryLevel.SERIES, "NORTH");
            return true;
        } catch (ArchiveException e) {
            return switch (e.error()) {
                case INVALID_QUERY, INVALID_REQUEST, REQUEST_TOO_LARGE, INVALID_UID -> false;
                default -> throw e;
            };
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
