package org.archipelago.eventstore.axon;

import java.util.Map;
import org.archipelago.contract.ArchiveException;
import org.axonframework.messaging.Message;
import org.axonframework.messaging.MetaData;

/** A record whose body does not open: its payload is the refusal. */
final class UnopenedMessage implements Message<Object> {
    private static final long serialVersionUID = 1L;

    private final String identifier;
    private final ArchiveException refusal;

    UnopenedMessage(String identifier, ArchiveException refusal) {
        this.identifier = identifier;
        this.refusal = refusal;
    }

    @Override
    public String getIdentifier() {
        return identifier;
    }

    @Override
    public MetaData getMetaData() {
        return MetaData.emptyInstance();
    }

    /** @throws ArchiveException why it does not open */
    @Override
    public Object getPayload() {
        throw new ArchiveException(refusal.error(), refusal.subject(), refusal);
    }

    @Override
    public Class<Object> getPayloadType() {
        return Object.class;
    }

    /** A record says what it says. */
    @Override
    public Message<Object> withMetaData(Map<String, ?> metaData) {
        return this;
    }

    @Override
    public Message<Object> andMetaData(Map<String, ?> metaData) {
        return this;
    }
}
