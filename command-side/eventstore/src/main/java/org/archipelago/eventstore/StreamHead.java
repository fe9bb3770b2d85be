package org.archipelago.eventstore;

import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.Revision;

/** A stream's last record: its revision, and the key that the next one is sealed with too. */
public record StreamHead(Revision revision, KeyId key) {}
