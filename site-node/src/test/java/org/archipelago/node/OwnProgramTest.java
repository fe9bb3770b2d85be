package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class OwnProgramTest {
    private static final long GIB = 1L << 30;

    @Test
    void nodeOfSeveral_hasASmallHeapThatTheUsersOwnOptionsOverride() {
        List<String> command = new OwnProgram().of(Path.of("/demo/north/node.yaml"), 3);
        assertThat(command.getFirst()).endsWith("/bin/java");
        assertThat(command.get(1)).startsWith("-Xmx").endsWith("m");
        assertThat(command).contains("-XX:TieredStopAtLevel=1", "-jar");
        assertThat(command).endsWith("start", "--config", "/demo/north/node.yaml");
        assertThat(command).noneMatch(option -> option.startsWith("-javaagent") || option.startsWith("-agent"));
    }

    @Test
    void nodeThatIsAlone_runsAsItsUsersSay() {
        Path configuration = Path.of("node.yaml");
        List<String> several = new OwnProgram().of(configuration, 3);
        assertThat(new OwnProgram().of(configuration, 1))
                .hasSize(several.size() - 2)
                .endsWith("start", "--config", "node.yaml");
    }

    @Test
    void heapOfOneOfSeveral_fitsTheMachine() {
        assertThat(OwnProgram.heapBytes(24 * GIB)).isEqualTo(GIB);
        assertThat(OwnProgram.heapBytes(8 * GIB)).isEqualTo(GIB / 2);
        assertThat(OwnProgram.heapBytes(2 * GIB)).isEqualTo(384L << 20);
    }
}
