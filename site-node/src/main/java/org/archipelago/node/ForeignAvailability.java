package org.archipelago.node;

import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.query.Availability;

/**
 * How soon a study of another site can be had here, by what is known without asking anybody: who holds it, who answered last, and which
 * keys are here. A site that gives nobody its pixel keys refuses it all the same.
 *
 * @param isHere whether a key is in the keystore
 * @param isDestroyed whether it was, and was destroyed
 * @param isHeldHere whether this site holds all of it
 * @param holders the other sites that say that they hold it, its origin aside
 * @param reachable the sites whose nodes answered last
 */
record ForeignAvailability(
        Predicate<KeyRef> isHere,
        Predicate<KeyRef> isDestroyed,
        Predicate<StudyCopyId> isHeldHere,
        Function<StudyCopyId, Set<SiteId>> holders,
        Supplier<Set<SiteId>> reachable) {
    Availability of(StudyCopyId study) {
        KeyRef pixels = new KeyRef(KeyClass.PIXEL, study.stream());
        if (isDestroyed.test(pixels)) {
            return Availability.UNAVAILABLE;
        }
        boolean mayOpen = isHere.test(pixels);
        if (mayOpen && isHeldHere.test(study)) {
            return Availability.ONLINE;
        }
        Set<SiteId> there = reachable.get();
        // Its origin gives the key, too.
        boolean comes = there.contains(study.stream().origin())
                || (mayOpen && holders.apply(study).stream().anyMatch(there::contains));
        return comes ? Availability.NEARLINE : Availability.UNAVAILABLE;
    }
}
