package org.archipelago.node.cli;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.LocalDate;
import java.util.List;
import java.util.stream.Stream;
import org.archipelago.node.dicom.phantom.Phantoms;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomStudy;

/** Synthetic images as something to send. */
final class PhantomFile {
    /** Always the same studies, so that those of an earlier demo are retransmissions and change nothing. */
    private static final Phantoms PHANTOMS = new Phantoms(1, LocalDate.of(2026, 1, 15));

    private PhantomFile() {}

    static List<PhantomStudy> studies() {
        return PHANTOMS.studies();
    }

    /** What a site of the demo network has: studies of its own, and of patients whom it shares with another, or does not. */
    static List<PhantomStudy> studies(DemoSite site) {
        return switch (site) {
            case north -> studies();
            case harbor -> PHANTOMS.ofSecondHospital(DemoSite.north.title());
            case valley -> PHANTOMS.ofThirdHospital(DemoSite.north.title());
        };
    }

    /** Small ones, of which many are sent in little time. */
    static PhantomStudy small(int number, int images) {
        return PHANTOMS.headCt(number, images, 64);
    }

    /** @throws CommandFailure the node refuses one */
    static void send(ObjectSenders.ObjectSender sender, PhantomStudy study, Progress progress) throws IOException {
        try (Stream<PhantomObject> objects = study.objects().get()) {
            for (PhantomObject object : (Iterable<PhantomObject>) objects::iterator) {
                ObjectSenders.Answer answer = sender.send(of(object));
                if (!answer.taken()) {
                    throw new CommandFailure("The node refused a synthetic image: " + answer.text());
                }
                progress.advance(1);
            }
        }
    }

    private static ObjectSenders.OutgoingFile of(PhantomObject object) {
        return new ObjectSenders.OutgoingFile(
                object.sopClassUid().value(),
                object.sopInstanceUid().value(),
                object.transferSyntax().value(),
                object.dataset().length,
                () -> new ByteArrayInputStream(object.dataset()));
    }
}
