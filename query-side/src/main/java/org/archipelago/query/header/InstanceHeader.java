package org.archipelago.query.header;

import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.study.StoredObject;

/** The header of one stored object, never parted from the object that it is of. */
public sealed interface InstanceHeader {
    StoredObject object();

    /**
     * @param attributes as the sender wrote them, bulk data as {@code Value.Bulk}; no corrections. SOP Class and SOP
     *     Instance UID as recorded where the data set does not say them
     */
    record Readable(StoredObject object, AttributeSet attributes) implements InstanceHeader {
        public Readable {
            attributes = identified(object, attributes);
        }
    }

    /** One damaged object does not take the others of its series with it. */
    record Unreadable(StoredObject object, ArchiveError error) implements InstanceHeader {}

    /**
     * A C-STORE may name an object whose data set does not: what was recorded counts then. The same bytes may so have come
     * as two instances, which makes two headers of one version.
     */
    static AttributeSet identified(StoredObject object, AttributeSet attributes) {
        AttributeSet identified = attributes;
        if (attributes.text(Tags.SOP_CLASS_UID).isEmpty()) {
            identified =
                    identified.with(Tags.SOP_CLASS_UID, uid(object.sopClassUid().value()));
        }
        if (attributes.text(Tags.SOP_INSTANCE_UID).isEmpty()) {
            identified = identified.with(
                    Tags.SOP_INSTANCE_UID, uid(object.sopInstanceUid().value()));
        }
        return identified;
    }

    private static Attribute uid(String value) {
        return new Attribute(Vr.UI, java.util.List.of(new Value.Text(value)));
    }
}
