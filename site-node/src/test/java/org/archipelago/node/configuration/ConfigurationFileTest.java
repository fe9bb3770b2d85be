package org.archipelago.node.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationFileTest {
    private static Configuration parse(String yaml) {
        return ConfigurationFile.parse(yaml, Path.of("/etc/archipelago"), "node.yaml");
    }

    @Test
    void namedSettings_replaceOnlyTheirDefaults() {
        Configuration configuration = parse("data: /data\nhttp: { port: 9000 }\n");

        assertThat(configuration.http().port()).isEqualTo(9000);
        assertThat(configuration.http().address()).isEqualTo("127.0.0.1");
        assertThat(configuration.dicom().remotes()).isEmpty();
    }

    @Test
    void relativeData_startsAtTheFile() {
        assertThat(parse("data: node\n").data()).isEqualTo(Path.of("/etc/archipelago/node"));
    }

    @Test
    void everyRelativePath_startsAtTheFile() {
        Configuration configuration = parse("""
                data: node
                keys: { masterKeyFile: secrets/master.key }
                elasticsearch: { apiKeyFile: es.key, caFile: /etc/ssl/ca.pem }
                viewer: { directory: ../ohif }
                """);

        assertThat(configuration.masterKeyFile()).isEqualTo(Path.of("/etc/archipelago/secrets/master.key"));
        assertThat(configuration.elasticsearch().apiKeyFile()).isEqualTo("/etc/archipelago/es.key");
        assertThat(configuration.elasticsearch().caFile()).isEqualTo("/etc/ssl/ca.pem");
        assertThat(configuration.viewer().directory()).isEqualTo("/etc/ohif");
    }

    @Test
    void masterKey_isUnderDataUnlessNamed() {
        Configuration configuration = parse("data: node\n");

        assertThat(configuration.masterKeyFile()).isEqualTo(Path.of("/etc/archipelago/node/master.key"));
        assertThat(configuration.viewer().directory()).isEmpty();
    }

    @Test
    void plainHttpToAnotherMachine_isRefusedUnlessItIsWanted() {
        assertThatThrownBy(() -> parse("data: d\nelasticsearch: { url: \"http://search.example:9200\" }\n"))
                .hasMessageContaining("elasticsearch.url")
                .hasMessageContaining("https");
        assertThatThrownBy(() -> parse("data: d\nelasticsearch: { url: \"http://127.0.0.1.example:9200\" }\n"))
                .hasMessageContaining("elasticsearch.url");
        parse("data: d\nelasticsearch: { url: \"https://search.example:9200\" }\n");
        parse("data: d\nelasticsearch: { url: \"http://[::1]:9200\" }\n");
        parse("data: d\nelasticsearch: { url: \"http://search.example:9200\", plainHttpBeyondLoopback: true }\n");
    }

    @Test
    void apiKeyThatOthersCanRead_isRefused(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("es.key"), "secret\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> ApiKeyFile.read(file)).hasMessageContaining("chmod 600");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertThat(ApiKeyFile.read(file)).isEqualTo("secret");
    }

    @Test
    void remote_needsNoOptionalSettings() {
        Configuration configuration =
                parse("data: d\ndicom: { remotes: [ { title: CT1, host: h, port: 104, may: [store, query] } ] }\n");

        assertThat(configuration.dicom().remotes().getFirst().may())
                .containsExactly(Permission.STORE, Permission.QUERY);
        assertThat(configuration.dicom().remotes().getFirst().defaultIssuer()).isEmpty();
    }

    @Test
    void misspeltSetting_isRefusedWithItsPlaceAndTheKnownNames() {
        assertThatThrownBy(() -> parse("data: d\nhttp: { prot: 1 }\n"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("http.prot")
                .hasMessageContaining("port");
    }

    @Test
    void wrongType_isRefusedWithItsPlace() {
        assertThatThrownBy(() -> parse("data: d\nhttp: { port: many }\n"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("http.port");
    }

    @Test
    void brokenNumber_isRefusedWithItsPlace() {
        assertThatThrownBy(() -> parse("data: d\nlog: { reserveBytes: 1.5 }\n"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("log.reserveBytes");
    }

    @Test
    void numberThatDoesNotFitAnother_isRefusedByName() {
        assertThatThrownBy(() -> parse("data: d\nblobs: { smallObjectBytes: 16777217, bufferBytes: 99999999 }\n"))
                .hasMessageContaining("blobs.smallObjectBytes");
        assertThatThrownBy(() -> parse("data: d\nblobs: { smallObjectBytes: 1000, bufferBytes: 5000000 }\n"))
                .hasMessageContaining("blobs.bufferBytes");
        assertThatThrownBy(() -> parse("data: d\nblobs: { compactBelowPercent: 101 }\n"))
                .hasMessageContaining("blobs.compactBelowPercent");
        assertThatThrownBy(() -> parse("data: d\ningest: { maxNesting: 65 }\n"))
                .hasMessageContaining("ingest.maxNesting");
        assertThatThrownBy(() -> parse("data: d\nportal: { thumbnailEdgePixels: 5000 }\n"))
                .hasMessageContaining("portal.thumbnailEdgePixels");
    }

    @Test
    void siteThatOthersCall_namesItsOwnIssuer() {
        String called = "data: d\nfederation: { address: 127.0.0.1 }\n";
        assertThatThrownBy(() -> parse(called))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("site.defaultIssuer");
        assertThatThrownBy(() -> parse(called + "site: { defaultIssuer: ' local ' }\n"))
                .hasMessageContaining("site.defaultIssuer");
        assertThatThrownBy(() ->
                        parse(called + "site: { defaultIssuer: NORTH }\ndicom: { remotes: [ { title: CT1, host: h,"
                                + " port: 104, may: [store], defaultIssuer: LOCAL } ] }\n"))
                .hasMessageContaining("CT1");
        parse(called + "site: { defaultIssuer: NORTH }\n");
        parse("data: d\nsite: { defaultIssuer: LOCAL }\n");
    }

    @Test
    void missingData_isRefused() {
        assertThatThrownBy(() -> parse("site: { label: north }\n")).hasMessageContaining("'data'");
    }

    @Test
    void sameRemoteTwice_isRefused() {
        assertThatThrownBy(() -> parse("data: d\ndicom: { remotes: [ { title: A, host: h, port: 1, may: [] },"
                        + " { title: A, host: i, port: 1, may: [] } ] }\n"))
                .hasMessageContaining("twice");
    }

    @Test
    void outOfRangePort_isRefused() {
        assertThatThrownBy(() -> parse("data: d\nhttp: { port: 70000 }\n")).hasMessageContaining("http.port");
    }
}
