package org.archipelago.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a node runs that ends after some minutes: half of the processors' time on the way is spared. */
final class ShortLived {
    /** Without the second compiler there would be room for a part of the code only. */
    static final List<String> JVM_OPTIONS =
            List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=200m");

    /** The same for the launcher, as ARCHIPELAGO_JAVA_OPTS. */
    static final String JAVA_OPTS = String.join(" ", JVM_OPTIONS);

    private static @Nullable Path made;

    private ShortLived() {}

    /** Made once for each packaged node, by the first of all JVMs that test it. */
    static synchronized Path aotCache() {
        if (made == null) {
            Path cache = Checkout.target().resolve("short-lived.aot");
            Path lock = Checkout.target().resolve("short-lived.lock");
            try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock _ = channel.lock()) {
                if (!isNewerThanTheNode(cache)) {
                    Path unfinished = cache.resolveSibling("unfinished.aot");
                    NodeProcess.rehearse(unfinished, JVM_OPTIONS.toArray(String[]::new));
                    Files.move(unfinished, cache, StandardCopyOption.REPLACE_EXISTING);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            made = cache;
        }
        return made;
    }

    private static boolean isNewerThanTheNode(Path cache) throws IOException {
        Path jar = Path.of(System.getProperty("archipelago.node.jar"));
        return Files.exists(cache) && Files.getLastModifiedTime(cache).compareTo(Files.getLastModifiedTime(jar)) > 0;
    }
}
