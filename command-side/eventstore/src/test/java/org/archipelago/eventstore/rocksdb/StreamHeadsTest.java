package org.archipelago.eventstore.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.Records;
import org.archipelago.eventstore.StreamHead;
import org.junit.jupiter.api.Test;

class StreamHeadsTest {
    private static final StreamId STREAM = Records.stream("a");

    private final StreamHeads heads = new StreamHeads();

    private static StreamHead head(long revision) {
        return new StreamHead(new Revision(revision), new KeyId(new Digest(1, 2, 3, 4)));
    }

    @Test
    void readerThatIsLate_putsBackNoOlderHead() {
        heads.advance(STREAM, head(1));
        heads.advance(STREAM, head(0));
        assertThat(heads.get(STREAM)).contains(head(1));
        heads.advance(STREAM, head(2));
        assertThat(heads.get(STREAM)).contains(head(2));
    }

    @Test
    void clear_forgetsAll() {
        heads.advance(STREAM, head(1));
        heads.clear();
        assertThat(heads.get(STREAM)).isEmpty();
    }
}
