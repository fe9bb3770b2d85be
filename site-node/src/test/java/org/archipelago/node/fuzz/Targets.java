package org.archipelago.node.fuzz;

import java.util.List;
import org.archipelago.node.association.CommandFuzz;
import org.archipelago.node.association.PduFuzz;
import org.archipelago.node.dicom.dataset.DataSetFuzz;
import org.archipelago.node.dicom.json.JsonFuzz;
import org.archipelago.node.dicom.pixel.PixelFuzz;
import org.archipelago.node.dicomweb.MultipartFuzz;
import org.archipelago.node.dicomweb.QueryFuzz;

/** Every parser of what a peer sends. */
public final class Targets {
    private Targets() {}

    public static List<FuzzTarget> all() {
        return List.of(
                new PduFuzz(),
                new CommandFuzz(),
                new DataSetFuzz(),
                new DataSetFuzz.OfCommands(),
                new PixelFuzz(),
                new JsonFuzz(),
                new MultipartFuzz(),
                new QueryFuzz());
    }
}
