package org.archipelago.acceptance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.archipelago.acceptance.DataTable.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every file of the real data into an empty node by storescu and by STOW-RS; {@link RealDataIT} has the raw sender. */
class DataTableIT {
    private static final Pattern STATUS = Pattern.compile("0x([0-9a-fA-F]{4})");

    @TempDir
    Path home;

    @Test
    void storescu_outcomesAreAsExpected() throws Exception {
        Path data = RealData.directory();
        try (NodeProcess node = node("storescu")) {
            Dcmtk dcmtk = new Dcmtk(node);
            DataTable table = new DataTable(node, "storescu");
            table.send(
                    RealData.files(),
                    file -> storescu(
                            dcmtk.store(file, data.resolve(file.name())).output()));
            dcmtk.echo().succeeded();
            table.compare();
            node.assertLogTellsNothingOf(RealData.files());
        }
    }

    @Test
    void stow_outcomesAreAsExpectedAndEveryVersionComesBack() throws Exception {
        Path data = RealData.directory();
        List<DicomFile> files = RealData.files();
        try (NodeProcess node = node("stow")) {
            DicomWeb web = new DicomWeb(node);
            DataTable table = new DataTable(node, "stow");
            table.send(files, file -> stow(web.store(Files.readAllBytes(data.resolve(file.name())))));
            new Dcmtk(node).echo().succeeded();
            table.compare();
            HoldingsCheck.assertWadoReturnsAllVersions(node, table.holdings(files));
            HoldingsCheck.assertQuarantineHolds(node, table.holdings(files));
            node.assertLogTellsNothingOf(files);
        }
    }

    private static Answer storescu(String said) {
        if (said.contains("Received Store Response (Success)")) {
            return Answer.SUCCESS;
        }
        int at = said.indexOf("Store Response");
        if (at >= 0 && said.contains("Received Store Response (Warning")) {
            return new Answer("", status(said.substring(at)));
        }
        return Answer.refused(at < 0 ? ExpectedOutcomes.CANNOT_SEND : "refused " + status(said.substring(at)));
    }

    private static String status(String said) {
        Matcher matcher = STATUS.matcher(said);
        return matcher.find()
                ? matcher.group(1).toUpperCase(Locale.ROOT) + "H"
                : said.lines().findFirst().orElse("");
    }

    private static Answer stow(HttpResponse<byte[]> response) throws IOException {
        JsonNode body = new ObjectMapper().readTree(response.body());
        JsonNode named = body.path("00081198").path("Value").path(0);
        // Objects that name no instance are in Other Failures (PS3.18 Annex I).
        JsonNode failed =
                named.isMissingNode() ? body.path("0008119A").path("Value").path(0) : named;
        boolean success = response.statusCode() == 200 || response.statusCode() == 202;
        if (failed.isMissingNode()) {
            return success ? Answer.SUCCESS : Answer.refused("refused HTTP " + response.statusCode());
        }
        return Answer.refused("refused %04XH"
                .formatted(failed.path("00081197").path("Value").path(0).asInt()));
    }

    private NodeProcess node(String channel) {
        return NodeProcess.configured(
                        home.resolve(channel), SharedElasticsearch.get().url())
                .thatGivesOutQuarantined()
                .shortLived()
                .start();
    }
}
