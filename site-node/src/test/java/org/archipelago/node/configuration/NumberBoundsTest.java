package org.archipelago.node.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every number that can be configured, found in the types of {@link Configuration}, so that a new one is here, too. */
class NumberBoundsTest {
    private static final Set<Type> NUMBERS = Set.of(int.class, long.class, double.class, Integer.class, Long.class);
    private static final String LISTENER = "address: 127.0.0.1, port: 104, aeTitles: [A], ";
    private static final String REMOTE = "title: B, host: h, port: 104, may: [echo], ";

    @ParameterizedTest
    @MethodSource("numbers")
    void negativeNumber_isRefusedByName(String setting) {
        assertThatThrownBy(() -> parse(setting, -1))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("node.yaml: " + setting + " is -1, but must be ")
                .message()
                .hasLineCount(1);
    }

    @Test
    void zero_isRefusedUnlessItHasAMeaning() {
        Set<String> accepted = new TreeSet<>();
        numbers().forEach(setting -> {
            try {
                parse(setting, 0);
                accepted.add(setting);
            } catch (ConfigurationException e) {
                assertThat(e).hasMessageStartingWith("node.yaml: " + setting + " is 0");
            }
        });
        assertThat(accepted)
                .containsExactlyInAnyOrder(
                        "log.maxReopens",
                        "log.reserveBytes",
                        "blobs.lowWaterMarkBytes",
                        "blobs.compactBelowPercent",
                        "blobs.compactionCheckSeconds",
                        "ingest.correctionWindowMinutes",
                        "dicom.listeners.port",
                        "dicom.minReceiveBytesPerSecond",
                        "dicom.shutdownTimeoutMs",
                        "http.port",
                        "elasticsearch.minimumPositionWaitMs",
                        "federation.cachedBlobsBytes",
                        "federation.blobBytesPerSecond",
                        "federation.copies.capacityBytes",
                        "federation.copies.bytesPerSecond",
                        "federation.copies.scrubBytesPerSecond",
                        "federation.copies.releaseAfterDays");
    }

    @Test
    void numbers_areAllThatTheDefaultsExplain() {
        Set<String> explained = new TreeSet<>();
        ConfigurationFile.defaultsText()
                .lines()
                .filter(line -> line.matches(" +\\w+: \\d+"))
                .forEach(line -> explained.add(line.strip().replaceAll(":.*", "")));
        assertThat(numbers().filter(setting -> !setting.matches("dicom.(listeners|remotes)\\..*")))
                .extracting(setting -> setting.substring(setting.lastIndexOf('.') + 1))
                .hasSizeGreaterThan(60)
                .isSubsetOf(explained);
    }

    static Stream<String> numbers() {
        return numbers(Configuration.class, "");
    }

    private static Stream<String> numbers(Class<?> settings, String prefix) {
        return Stream.of(settings.getRecordComponents())
                .flatMap(component -> numbers(element(component), prefix + component.getName()));
    }

    private static Stream<String> numbers(Type type, String place) {
        if (NUMBERS.contains(type)) {
            return Stream.of(place);
        }
        return type instanceof Class<?> settings && settings.isRecord()
                ? numbers(settings, place + ".")
                : Stream.empty();
    }

    /** Of a list or an optional what it has. */
    private static Type element(RecordComponent component) {
        return component.getGenericType() instanceof ParameterizedType wrapped
                ? wrapped.getActualTypeArguments()[0]
                : component.getType();
    }

    private static void parse(String setting, long value) {
        String[] names = setting.split("\\.");
        String yaml = names[names.length - 1] + ": " + value;
        for (int i = names.length - 2; i >= 0; i--) {
            yaml = switch (names[i]) {
                case "listeners" -> "listeners: [ { " + withOthers(LISTENER, yaml) + " } ]";
                case "remotes" -> "remotes: [ { " + withOthers(REMOTE, yaml) + " } ]";
                default -> names[i] + ": { " + yaml + " }";
            };
        }
        ConfigurationFile.parse("data: d\n" + yaml + "\n", Path.of("/etc"), "node.yaml");
    }

    private static String withOthers(String others, String yaml) {
        return (yaml.startsWith("port:") ? others.replace("port: 104, ", "") : others) + yaml;
    }
}
