package org.archipelago.node.association;

import java.io.InputStream;
import java.util.Optional;

/**
 * A DIMSE message (PS3.7 §6.3).
 *
 * @param data the data set, streaming from the connection; what is left unread is discarded before the next message
 */
public record DimseMessage(AcceptedContext context, CommandSet command, Optional<InputStream> data) {}
