package org.archipelago.domain.quarantine;

import static org.archipelago.domain.Samples.*;

import java.time.Clock;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.archipelago.contract.quarantine.QuarantineCommand.QuarantineObject;
import org.archipelago.contract.quarantine.QuarantineEvent.ObjectQuarantined;
import org.archipelago.contract.quarantine.QuarantineEvent.QuarantinedBlobReplaced;
import org.archipelago.contract.quarantine.QuarantineId;
import org.archipelago.contract.quarantine.QuarantineReason;
import org.archipelago.contract.study.BlobRef;
import org.archipelago.contract.study.ContentComparison;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.axonframework.test.aggregate.AggregateTestFixture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class QuarantinedObjectTest {
    private final AggregateTestFixture<QuarantinedObject> fixture = new AggregateTestFixture<>(QuarantinedObject.class);
    private final QuarantineId id = NAMES.quarantine("one");
    private final ObjectQuarantined quarantined =
            new ObjectQuarantined(id, QuarantineReason.NO_STUDY, object(1, "", EXPLICIT), ctHeader(1), SCANNER, NOON);

    private final Set<BlobId> damaged = new HashSet<>();

    @BeforeEach
    void inject() {
        fixture.registerInjectableResource((Clock) new TestClock());
        fixture.registerInjectableResource(new ContentComparison() {
            @Override
            public Result compare(StudyCopyId study, StoredObject current, StoredObject incoming) {
                throw new AssertionError("quarantined objects are not compared");
            }

            @Override
            public boolean isIntact(StoredObject kept) {
                return !damaged.contains(kept.blob().id());
            }
        });
    }

    @Test
    void objectWithoutStudy_isRecorded() {
        fixture.givenNoPriorActivity()
                .when(quarantine(object(1, "", EXPLICIT)))
                .expectResultMessagePayload(true)
                .expectEvents(quarantined);
    }

    @Test
    void sameBytesAgain_succeedWithoutEvent() {
        fixture.given(quarantined)
                .when(quarantine(object(1, "", EXPLICIT)))
                .expectResultMessagePayload(false)
                .expectNoEvents();
    }

    @Test
    void sameBytesAgain_takeThePlaceOfDamagedOnes() {
        StoredObject good = reblobbed(quarantined.object(), 2);
        damaged.add(quarantined.object().blob().id());
        fixture.given(quarantined)
                .when(quarantine(good))
                .expectResultMessagePayload(true)
                .expectEvents(new QuarantinedBlobReplaced(
                        id, good, quarantined.object().blob().id(), SCANNER, NOON));
        fixture.given(
                        quarantined,
                        new QuarantinedBlobReplaced(
                                id, good, quarantined.object().blob().id(), SCANNER, NOON))
                .when(quarantine(reblobbed(good, 3)))
                .expectResultMessagePayload(false)
                .expectNoEvents();
    }

    @Test
    void sameBytesFromElsewhere_areReadAsTheFirstWere() {
        StoredObject good = reblobbed(quarantined.object(), 2);
        damaged.add(quarantined.object().blob().id());
        fixture.given(quarantined)
                .when(quarantine(new StoredObject(
                        good.sopInstanceUid(),
                        good.sopClassUid(),
                        good.transferSyntax(),
                        good.digest(),
                        good.lengthBytes(),
                        good.blob(),
                        Optional.of("ISO_IR 144"))))
                .expectEvents(new QuarantinedBlobReplaced(
                        id, good, quarantined.object().blob().id(), SCANNER, NOON));
    }

    @Test
    void otherBytesUnderTheSameId_areNeverTakenForTheSame() {
        fixture.given(quarantined)
                .when(quarantine(object(1, "other", EXPLICIT)))
                .expectNoEvents()
                .expectException(ArchiveException.class);
    }

    /** The same bytes under another blob. */
    private static StoredObject reblobbed(StoredObject object, int number) {
        return new StoredObject(
                object.sopInstanceUid(),
                object.sopClassUid(),
                object.transferSyntax(),
                object.digest(),
                object.lengthBytes(),
                new BlobRef(
                        new BlobId(Digest.sha256(new byte[] {(byte) number})),
                        object.blob().wrappedKey()));
    }

    private QuarantineObject quarantine(StoredObject object) {
        return new QuarantineObject(id, QuarantineReason.NO_STUDY, object, ctHeader(1), SCANNER);
    }
}
