package org.archipelago.federation;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** That something is refused, and as what. */
public final class Refusals {
    private Refusals() {}

    public static AbstractThrowableAssert<?, ? extends Throwable> assertRefused(
            ArchiveError error, ThrowingCallable action) {
        return assertThatThrownBy(action)
                .isInstanceOf(ArchiveException.class)
                .extracting(e -> (Throwable) e, org.assertj.core.api.InstanceOfAssertFactories.THROWABLE)
                .satisfies(e -> org.assertj.core.api.Assertions.assertThat(((ArchiveException) e).error())
                        .isEqualTo(error));
    }
}
