package org.archipelago.node.configuration;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** Reads a YAML file over the defaults. Names that do not exist are refused, so that a typing error cannot pass as a default. */
public final class ConfigurationFile {
    private static final List<String> PATHS = List.of(
            "/keys/masterKeyFile",
            "/dicom/tls/certificateFile",
            "/dicom/tls/keyFile",
            "/dicom/tls/trustFile",
            "/elasticsearch/apiKeyFile",
            "/elasticsearch/caFile",
            "/viewer/directory");
    private static final String DEFAULTS = "/archipelago-defaults.yaml";
    private static final long MAX_LENGTH_BYTES = 1 << 20;

    private static final ObjectMapper MAPPER = YAMLMapper.builder()
            .addModule(new Jdk8Module())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .build();

    private ConfigurationFile() {}

    /** @throws ConfigurationException with the place and the reason, in one line */
    public static Configuration read(Path file) {
        try {
            if (Files.size(file) > MAX_LENGTH_BYTES) {
                throw new ConfigurationException(file + " is larger than a configuration can be");
            }
            Path base = Objects.requireNonNull(file.toAbsolutePath().getParent());
            return parse(Files.readString(file), base, file.toString());
        } catch (IOException e) {
            throw new ConfigurationException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** @param base where relative paths start */
    public static Configuration parse(String yaml, Path base, String name) {
        try {
            JsonNode given = MAPPER.readTree(yaml);
            ObjectNode merged = defaults();
            if (given instanceof ObjectNode object) {
                merge(merged, object);
            } else if (!given.isMissingNode() && !given.isNull()) {
                throw new ConfigurationException(name + ": expected names and values");
            }
            String data = merged.path("data").asText();
            if (data.isBlank()) {
                throw new ConfigurationException(name + ": 'data' must name the node's data directory");
            }
            merged.put("data", base.resolve(data).normalize().toString());
            PATHS.forEach(path -> resolve(merged, path, base));
            Configuration configuration = MAPPER.treeToValue(merged, Configuration.class);
            ConfigurationCheck.check(configuration, name);
            return configuration;
        } catch (UnrecognizedPropertyException e) {
            throw new ConfigurationException(
                    name + ": there is no setting '" + place(e) + "'; known here: "
                            + e.getKnownPropertyIds().stream()
                                    .map(Object::toString)
                                    .sorted()
                                    .collect(Collectors.joining(", ")),
                    e);
        } catch (JsonMappingException e) {
            throw new ConfigurationException(name + ": " + place(e) + ": " + e.getOriginalMessage(), e);
        } catch (JsonProcessingException e) {
            throw new ConfigurationException(name + ": " + e.getOriginalMessage(), e);
        }
    }

    /** Relative paths start at the configuration file, wherever the program was started. */
    private static void resolve(ObjectNode merged, String path, Path base) {
        int name = path.lastIndexOf('/');
        if (merged.at(path.substring(0, name)) instanceof ObjectNode owner
                && owner.get(path.substring(name + 1)) instanceof TextNode value
                && !value.textValue().isEmpty()) {
            owner.put(
                    path.substring(name + 1),
                    base.resolve(value.textValue()).normalize().toString());
        }
    }

    /** The text of the defaults with their explanations. */
    public static String defaultsText() {
        try (InputStream in = Objects.requireNonNull(ConfigurationFile.class.getResourceAsStream(DEFAULTS))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ObjectNode defaults() throws JsonProcessingException {
        return (ObjectNode) MAPPER.readTree(defaultsText());
    }

    private static void merge(ObjectNode into, ObjectNode from) {
        from.properties().forEach(entry -> {
            JsonNode existing = into.get(entry.getKey());
            if (existing instanceof ObjectNode old && entry.getValue() instanceof ObjectNode update) {
                merge(old, update);
            } else if (!entry.getValue().isNull()) {
                into.set(entry.getKey(), entry.getValue());
            }
        });
    }

    private static String place(JsonMappingException e) {
        return e.getPath().stream()
                .map(reference ->
                        reference.getFieldName() == null ? "[" + reference.getIndex() + "]" : reference.getFieldName())
                .collect(Collectors.joining("."));
    }
}
