package org.archipelago.contract.dicom;

import java.math.BigDecimal;
import java.util.Arrays;

/** One value of an attribute in the DICOM JSON model (PS3.18 §F.2). */
public sealed interface Value {
    /** Any VR that is a string, DS and IS included: the sender's characters, padding removed. Empty for an empty value among others. */
    record Text(String text) implements Value {}

    record Name(PersonName name) implements Value {}

    /** FL, FD, SL, SS, SV, UL, US, UV; AT as its 32-bit number. Non-finite floats are carried as Text {@code NaN}, {@code Infinity}, {@code -Infinity}. */
    record Numeric(BigDecimal number) implements Value {}

    /** One item of a sequence. */
    record Item(AttributeSet attributes) implements Value {}

    /** Bytes of a short binary attribute, little endian. Callers do not change the array. */
    record Inline(byte[] bytes) implements Value {
        @Override
        public boolean equals(Object other) {
            return other instanceof Inline inline && Arrays.equals(bytes, inline.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }
    }

    /** A value that stayed in the blob: where it lies in the plain bytes of the data set. Length -1: encapsulated fragments to their delimiter. */
    record Bulk(long offsetBytes, long lengthBytes) implements Value {}
}
