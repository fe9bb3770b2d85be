package org.archipelago.node;

import java.time.LocalDate;
import java.util.List;
import java.util.stream.Stream;
import org.archipelago.node.dicom.phantom.Phantoms;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomStudy;

/** Synthetic objects, small ones: other seeds, other objects. Those of CT, US and PDF are in Explicit VR Little Endian. */
public final class Samples {
    private static final LocalDate DAY = LocalDate.of(2026, 5, 4);
    private static final int EDGE_PIXELS = 128;

    private Samples() {}

    private static Phantoms of(String seed) {
        return new Phantoms(seed.hashCode(), DAY);
    }

    private static List<PhantomObject> objects(PhantomStudy study) {
        return study.objects().get().toList();
    }

    public static List<PhantomObject> ct(String seed, int slices) {
        return objects(of(seed).headCt(1, slices, EDGE_PIXELS));
    }

    /** In Implicit VR Little Endian. */
    public static List<PhantomObject> mr(String seed, int slices) {
        return objects(of(seed).headMr(1, slices));
    }

    public static List<PhantomObject> ultrasound(String seed, int loops) {
        return objects(of(seed).ultrasound(1, loops, 1));
    }

    public static List<PhantomObject> pdf(String seed) {
        return objects(of(seed).pdf(1));
    }

    /** All of them in Explicit VR Little Endian, CT first and PDF last. */
    public static List<PhantomObject> ofSeveralKinds(String seed) {
        return Stream.of(ct(seed, 12), ultrasound(seed, 3), pdf(seed))
                .flatMap(List::stream)
                .toList();
    }
}
