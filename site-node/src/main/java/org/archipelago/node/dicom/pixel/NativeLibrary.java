package org.archipelago.node.dicom.pixel;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.opencv.core.Core;

/** The codecs' native library, from the jar; loaded when it is first needed. */
final class NativeLibrary {
    private static final boolean LOADED = load();

    private NativeLibrary() {}

    /** @throws org.archipelago.contract.ArchiveException TRANSCODING_FAILED where there is none for this machine */
    static void require() {
        if (!LOADED) {
            throw ImageDescription.failed("no codecs for this machine");
        }
    }

    private static boolean load() {
        boolean linux =
                System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux");
        boolean intel = System.getProperty("os.arch", "").matches("amd64|x86_64");
        if (!linux || !intel) {
            return false;
        }
        try (InputStream in = Core.class.getResourceAsStream("/lib/linux-x86_64/libopencv_java.so")) {
            if (in == null) {
                return false;
            }
            Path directory = Files.createTempDirectory("archipelago-codecs");
            Path library = directory.resolve("libopencv_java.so");
            Files.copy(in, library);
            System.load(library.toAbsolutePath().toString());
            // The mapping outlives the name.
            Files.delete(library);
            Files.delete(directory);
            return true;
        } catch (IOException | UnsatisfiedLinkError e) {
            System.getLogger(NativeLibrary.class.getName())
                    .log(System.Logger.Level.WARNING, "the native codecs cannot be loaded", e);
            return false;
        }
    }
}
