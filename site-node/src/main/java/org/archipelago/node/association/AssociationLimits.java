package org.archipelago.node.association;

import java.time.Duration;

/**
 * Every bound on what a peer can make an association cost. With the defaults an association holds at most some 1 MiB.
 *
 * @param maxPduLengthBytes longest P-DATA-TF that is taken, announced to the peer (PS3.8 §D.1); 4 KiB to 4 MiB
 * @param maxSendPduLengthBytes longest P-DATA-TF that is sent, whatever the peer would take; 4 KiB to 4 MiB
 * @param maxAssociatePduBytes longest A-ASSOCIATE-RQ or -AC
 * @param maxVariableItems most items and sub-items of an A-ASSOCIATE-RQ or -AC
 * @param maxCommandSetBytes longest command set (PS3.7 §6.3)
 * @param maxConnections most open connections, associated or not; beyond it the oldest silent one is closed
 * @param maxAssociations most associations at once; beyond it requests are rejected (local limit exceeded)
 * @param maxAssociationsPerPeer most associations at once from one network address
 * @param artimTimeout PS3.8 §9.1.5: for A-ASSOCIATE-RQ to arrive whole, for the transport to close, for answers to ours
 * @param idleTimeout longest silence between messages
 * @param pduTimeout longest time from the first to the last byte of a PDU, longest silence within a message, and the
 *     grace before minReceiveBytesPerSecond counts
 * @param minReceiveBytesPerSecond least average rate of a message, over the time that was spent waiting for the peer
 * @param writeTimeout longest time that the peer may take to accept one PDU
 * @param connectTimeout for opening a connection
 */
public record AssociationLimits(
        int maxPduLengthBytes,
        int maxSendPduLengthBytes,
        int maxAssociatePduBytes,
        int maxVariableItems,
        int maxCommandSetBytes,
        int maxConnections,
        int maxAssociations,
        int maxAssociationsPerPeer,
        Duration artimTimeout,
        Duration idleTimeout,
        Duration pduTimeout,
        int minReceiveBytesPerSecond,
        Duration writeTimeout,
        Duration connectTimeout) {
    private static final int KIB = 1024;
    private static final int MIB = KIB * KIB;
    static final int LEAST_PDU_LENGTH_BYTES = 4 * KIB;
    static final int MOST_PDU_LENGTH_BYTES = 4 * MIB;

    public static final AssociationLimits DEFAULTS = new AssociationLimits(
            128 * KIB,
            128 * KIB,
            256 * KIB,
            8192,
            64 * KIB,
            4096,
            512,
            256,
            Duration.ofSeconds(30),
            Duration.ofMinutes(5),
            Duration.ofSeconds(30),
            KIB,
            Duration.ofSeconds(60),
            Duration.ofSeconds(10));

    public AssociationLimits {
        within("maxPduLengthBytes", maxPduLengthBytes, LEAST_PDU_LENGTH_BYTES, MOST_PDU_LENGTH_BYTES);
        within("maxSendPduLengthBytes", maxSendPduLengthBytes, LEAST_PDU_LENGTH_BYTES, MOST_PDU_LENGTH_BYTES);
        within("maxAssociatePduBytes", maxAssociatePduBytes, KIB, MOST_PDU_LENGTH_BYTES);
        within("maxVariableItems", maxVariableItems, 1, MIB);
        within("maxCommandSetBytes", maxCommandSetBytes, KIB, MIB);
        within("maxConnections", maxConnections, 1, MIB);
        within("maxAssociations", maxAssociations, 1, maxConnections);
        within("maxAssociationsPerPeer", maxAssociationsPerPeer, 1, maxAssociations);
        within("minReceiveBytesPerSecond", minReceiveBytesPerSecond, 0, Integer.MAX_VALUE);
        positive("artimTimeout", artimTimeout);
        positive("idleTimeout", idleTimeout);
        positive("pduTimeout", pduTimeout);
        positive("writeTimeout", writeTimeout);
        positive("connectTimeout", connectTimeout);
    }

    private static void within(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " is " + value + ", not from " + least + " to " + most);
        }
    }

    private static void positive(String name, Duration value) {
        if (value.toMillis() < 1 || value.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException(name + " is " + value + ", not from 1 ms to 1 day");
        }
    }

    public AssociationLimits withTimeouts(Duration artim, Duration idle, Duration pdu, Duration write) {
        return new AssociationLimits(
                maxPduLengthBytes,
                maxSendPduLengthBytes,
                maxAssociatePduBytes,
                maxVariableItems,
                maxCommandSetBytes,
                maxConnections,
                maxAssociations,
                maxAssociationsPerPeer,
                artim,
                idle,
                pdu,
                minReceiveBytesPerSecond,
                write,
                connectTimeout);
    }

    public AssociationLimits withCounts(int connections, int associations, int perPeer) {
        return new AssociationLimits(
                maxPduLengthBytes,
                maxSendPduLengthBytes,
                maxAssociatePduBytes,
                maxVariableItems,
                maxCommandSetBytes,
                connections,
                associations,
                perPeer,
                artimTimeout,
                idleTimeout,
                pduTimeout,
                minReceiveBytesPerSecond,
                writeTimeout,
                connectTimeout);
    }

    public AssociationLimits withPduLengths(int receiveBytes, int sendBytes) {
        return new AssociationLimits(
                receiveBytes,
                sendBytes,
                maxAssociatePduBytes,
                maxVariableItems,
                maxCommandSetBytes,
                maxConnections,
                maxAssociations,
                maxAssociationsPerPeer,
                artimTimeout,
                idleTimeout,
                pduTimeout,
                minReceiveBytesPerSecond,
                writeTimeout,
                connectTimeout);
    }
}
