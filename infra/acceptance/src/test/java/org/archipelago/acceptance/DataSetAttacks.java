package org.archipelago.acceptance;

import static org.archipelago.acceptance.HostileDataSet.ITEM;
import static org.archipelago.acceptance.HostileDataSet.PIXEL_DATA;
import static org.archipelago.acceptance.HostileDataSet.SEQUENCE_END;
import static org.archipelago.acceptance.HostileDataSet.UNDEFINED;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/** Data sets that lie, nest, never end or expand, by C-STORE; identifiers of the same kind by C-FIND and N-ACTION. */
final class DataSetAttacks {
    private static final String DEFLATED = "1.2.840.10008.1.2.1.99";
    private static final int DEEP = 100_000;
    private static final int REFERENCED_SERIES = 0x00081115;
    private static final int PRIVATE = 0x00091001;
    private static final int AT_ONCE = 24;
    private static final int C_FIND = 0x0020;
    private static final int NOTHING = 0;
    private static final byte[] NONE = {};

    private DataSetAttacks() {}

    static List<Attack> all() {
        List<Attack> all = new ArrayList<>(lies());
        all.addAll(floods());
        all.addAll(identities());
        all.addAll(identifiers());
        return all;
    }

    private static List<Attack> lies() {
        return List.of(
                stored("dataset-of-nothing", NONE),
                stored("dataset-of-noise", noise(5000)),
                stored("element-length-of-4-gib", object("a").longForm(PRIVATE, "OB", 0xFFFFFFF0, new byte[100])),
                stored("element-length-beyond-the-end", object("b").shortForm(0x00081030, "LO", 0xFFFE, new byte[10])),
                stored(
                        "item-length-beyond-its-sequence",
                        object("c").longForm(REFERENCED_SERIES, "SQ", 16, NONE).bare(ITEM, 0x7FFFFFF0, new byte[8])),
                stored(
                        "element-length-beyond-its-item",
                        object("d")
                                .longForm(REFERENCED_SERIES, "SQ", 28, NONE)
                                .bare(ITEM, 20, NONE)
                                .longForm(PRIVATE, "OB", 0x7FFFFFF0, new byte[8])),
                stored(
                        "sequence-without-items",
                        object("e").longForm(REFERENCED_SERIES, "SQ", UNDEFINED, new byte[64])),
                stored(
                        "sequence-without-end",
                        object("f")
                                .longForm(REFERENCED_SERIES, "SQ", UNDEFINED, NONE)
                                .bare(ITEM, NOTHING, NONE)),
                stored(
                        "item-without-end",
                        object("g")
                                .longForm(REFERENCED_SERIES, "SQ", UNDEFINED, NONE)
                                .bare(ITEM, UNDEFINED, NONE)
                                .text(0x00080060, "CS", "CT")),
                stored(
                        "fragment-length-of-4-gib",
                        object("h")
                                .longForm(PIXEL_DATA, "OB", UNDEFINED, NONE)
                                .bare(ITEM, NOTHING, NONE)
                                .bare(ITEM, 0xFFFFFFFE, new byte[100])),
                stored(
                        "fragments-without-end",
                        object("i")
                                .longForm(PIXEL_DATA, "OB", UNDEFINED, NONE)
                                .bare(ITEM, NOTHING, NONE)
                                .bare(ITEM, 4, new byte[4])),
                deflated("deflated-noise", noise(5000)),
                deflated("deflated-cut-off", java.util.Arrays.copyOf(object("j").deflatedWithZeros(1 << 20), 300)));
    }

    private static List<Attack> floods() {
        return List.of(
                stored(
                        "sequences-100000-deep",
                        () -> object("k")
                                .times(
                                        DEEP,
                                        HostileDataSet.bare()
                                                .longForm(REFERENCED_SERIES, "SQ", UNDEFINED, NONE)
                                                .bare(ITEM, UNDEFINED, NONE))),
                stored("sequences-100000-deep-of-defined-length", () -> deepDefined()),
                stored(
                        "sequence-of-2000000-items",
                        () -> object("l")
                                .longForm(REFERENCED_SERIES, "SQ", UNDEFINED, NONE)
                                .times(2_000_000, HostileDataSet.bare().bare(ITEM, NOTHING, NONE))
                                .bare(SEQUENCE_END, NOTHING, NONE)),
                stored(
                        "elements-3000000",
                        () -> object("m")
                                .times(3_000_000, HostileDataSet.bare().shortForm(0x00081030, "LO", NOTHING, NONE))),
                stored(
                        "fragments-2000000",
                        () -> object("n")
                                .longForm(PIXEL_DATA, "OB", UNDEFINED, NONE)
                                .times(2_000_000, HostileDataSet.bare().bare(ITEM, NOTHING, NONE))
                                .bare(SEQUENCE_END, NOTHING, NONE)),
                stored("values-30000000-empty", () -> elements("o", 0x00091010, "LO", 480, text("\\", 64_000))),
                stored("values-10000000-short", () -> elements("p", 0x00091010, "LO", 320, text("a\\b\\", 64_000))),
                stored("numbers-8000000", () -> elements("q", 0x00091010, "US", 250, new byte[64_000])),
                stored("names-4000000", () -> elements("r", 0x00091010, "PN", 250, text("a=b=c\\", 64_002))),
                new Attack("headers-of-15-mb-at-once", AT_ONCE, DataSetAttacks::manyHeaders),
                harmless("sequences-in-unknown-values-that-lie", () -> unknownSequences()),
                harmless(
                        "character-sets-8000",
                        () -> object("s")
                                .shortForm(
                                        0x00080005, "CS", 64_000, text("ISO 2022 IR 87\\ISO 2022 IR 149\\", 64_000))),
                deflated(
                        "deflated-bomb",
                        () -> object("t")
                                .longForm(PIXEL_DATA, "OB", 0x40000000, NONE)
                                .deflatedWithZeros(1L << 30)),
                deflated("deflated-bomb-of-elements", () -> deflatedElements()));
    }

    private static List<Attack> identities() {
        return List.of(
                stored("uid-as-a-path", withUid("../../../../etc/cron.d/evil")),
                stored("uid-as-an-absolute-path", withUid("/etc/cron.d/evil")),
                stored("uid-with-percent-escapes", withUid("1.2.%2e%2e%2f%2e%2e%2f3")),
                stored("uid-with-nul", withUid("1.2\0/../../3")),
                stored("uid-with-shell-characters", withUid("1.2;touch /tmp/evil|`id`$(id)")),
                stored("uid-of-10-kb", withUid("1." + "2".repeat(10_000))),
                Attack.of("uid-announced-as-a-path", node -> {
                    try (HostilePeer peer = storing(node, DicomFile.EXPLICIT)) {
                        return peer.store("../../../etc/evil", object("u").bytes())
                                .refusal();
                    }
                }));
    }

    private static List<Attack> identifiers() {
        return List.of(
                find(
                        "find-identifier-of-4-mb",
                        HostileDataSet.bare().times(4000, HostileDataSet.bare().binary(PRIVATE, "OB", new byte[1000]))),
                find("find-identifier-length-of-60-mb", level().longForm(PRIVATE, "OB", 60_000_000, new byte[8])),
                find(
                        "find-identifier-100000-deep",
                        level().times(
                                        40_000,
                                        HostileDataSet.bare()
                                                .longForm(REFERENCED_SERIES, "SQ", UNDEFINED, NONE)
                                                .bare(ITEM, UNDEFINED, NONE))),
                find(
                        "find-identifier-of-900000-values",
                        level().times(
                                        14,
                                        HostileDataSet.bare().shortForm(0x00080061, "CS", 64_000, text("\\", 64_000)))),
                Attack.of(
                        "find-of-wrong-types", node -> asked(node, wrongTypes()).answer()),
                Attack.of("objects-refused-1000-times", DataSetAttacks::refusedOften),
                find("find-wildcards-16000", level().text(0x00100010, "PN", "*a".repeat(8000))),
                Attack.of("commitment-of-100000-objects", node -> {
                    HostileDataSet references = HostileDataSet.bare()
                            .text(0x00081195, "UI", "2.25.7")
                            .longForm(0x00081199, "SQ", UNDEFINED, NONE)
                            .times(100_000, HostileDataSet.bare().bare(ITEM, NOTHING, NONE))
                            .bare(SEQUENCE_END, NOTHING, NONE)
                            .times(20, HostileDataSet.bare().binary(PRIVATE, "OB", new byte[60_000]));
                    try (HostilePeer peer = HostilePeer.associated(node, HostilePeer.COMMITMENT, DicomFile.EXPLICIT)) {
                        RawCommand action = RawCommand.of(RawCommand.N_ACTION)
                                .withDataset()
                                .uid(RawCommand.REQUESTED_SOP_CLASS, HostilePeer.COMMITMENT)
                                .number(RawCommand.MESSAGE_ID, 1)
                                .uid(RawCommand.REQUESTED_SOP_INSTANCE, "1.2.840.10008.1.20.1.1")
                                .number(RawCommand.ACTION_TYPE, 1);
                        return peer.message(action, references.bytes()).refusal();
                    }
                }));
    }

    private static HostileDataSet object(String name) {
        return HostileDataSet.of("dataset " + name);
    }

    private static byte[] noise(int length) {
        byte[] noise = new byte[length];
        new Random(1).nextBytes(noise);
        return noise;
    }

    private static HostileDataSet level() {
        return HostileDataSet.bare().text(0x00080052, "CS", "STUDY");
    }

    private static byte[] text(String pattern, int length) {
        return HostilePeer.ascii(pattern.repeat(length / pattern.length()));
    }

    /** Elements of their own tags, so that none replaces another. */
    private static HostileDataSet elements(String name, int first, String vr, int count, byte[] value) {
        HostileDataSet object = object(name);
        for (int i = 0; i < count; i++) {
            object.shortForm(first + i, vr, value.length, value);
        }
        return object;
    }

    private static byte[] deflatedElements() {
        return object("v")
                .times(2_000_000, HostileDataSet.bare().shortForm(0x00081030, "LO", NOTHING, NONE))
                .deflatedWithZeros(0);
    }

    private static HostileDataSet deepDefined() {
        HostileDataSet object = object("w");
        for (int left = DEEP; left > 0; left--) {
            object.longForm(REFERENCED_SERIES, "SQ", left * 20 - 12, NONE).bare(ITEM, left * 20 - 20, NONE);
        }
        return object;
    }

    /** In items of an unknown VR, each with an element that claims 60 MB: what is looked into must not be believed. */
    private static HostileDataSet unknownSequences() {
        ByteBuffer lie = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        lie.putShort((short) 0xFFFE).putShort((short) 0xE000).putInt(0xFFFFFFFF);
        lie.putShort((short) 0x0009).putShort((short) 0x1001).putInt(60_000_000);
        HostileDataSet item =
                HostileDataSet.bare().bare(ITEM, 28, NONE).longForm(REFERENCED_SERIES, "UN", 16, lie.array());
        return object("x")
                .longForm(0x00081140, "SQ", UNDEFINED, NONE)
                .times(20_000, item)
                .bare(SEQUENCE_END, NOTHING, NONE);
    }

    private static HostileDataSet withUid(String uid) {
        return HostileDataSet.bare()
                .text(0x00080016, "UI", HostilePeer.SECONDARY_CAPTURE)
                .text(0x00080018, "UI", uid)
                .text(0x0020000D, "UI", uid)
                .text(0x0020000E, "UI", uid);
    }

    private static HostilePeer storing(NodeProcess node, String transferSyntax) throws IOException {
        return HostilePeer.associated(node, HostilePeer.SECONDARY_CAPTURE, transferSyntax);
    }

    private static Attack stored(String name, HostileDataSet dataset) {
        return stored(name, dataset.bytes());
    }

    /** Made when it is sent: it is large. */
    private static Attack stored(String name, Supplier<HostileDataSet> dataset) {
        return Attack.of(
                name,
                node -> store(node, DicomFile.EXPLICIT, dataset.get().bytes()).refusal());
    }

    private static Attack stored(String name, byte[] dataset) {
        return Attack.of(name, node -> store(node, DicomFile.EXPLICIT, dataset).refusal());
    }

    private static Attack deflated(String name, byte[] dataset) {
        return deflated(name, () -> dataset);
    }

    private static Attack deflated(String name, Supplier<byte[]> dataset) {
        return Attack.of(name, node -> store(node, DEFLATED, dataset.get()).refusal());
    }

    /** Bytes that may be kept as they are: harm would be memory, or time. */
    private static Attack harmless(String name, Supplier<HostileDataSet> dataset) {
        return Attack.of(
                name,
                node -> store(node, DicomFile.EXPLICIT, dataset.get().bytes()).answer());
    }

    private static Answered store(NodeProcess node, String transferSyntax, byte[] dataset) throws IOException {
        try (HostilePeer peer = storing(node, transferSyntax)) {
            peer.store("2.25.99", dataset);
            String answer = peer.answer();
            return new Answered(answer);
        }
    }

    private record Answered(String answer) {
        String refusal() {
            if (answer.startsWith("success")) {
                throw new AssertionError(answer);
            }
            return answer;
        }
    }

    private static Attack find(String name, HostileDataSet identifier) {
        return Attack.of(name, node -> asked(node, identifier).refusal());
    }

    private static Answered asked(NodeProcess node, HostileDataSet identifier) throws IOException {
        try (HostilePeer peer = HostilePeer.associated(node, HostilePeer.STUDY_ROOT_FIND, DicomFile.EXPLICIT)) {
            RawCommand find = RawCommand.of(C_FIND)
                    .withDataset()
                    .uid(RawCommand.AFFECTED_SOP_CLASS, HostilePeer.STUDY_ROOT_FIND)
                    .number(RawCommand.MESSAGE_ID, 1)
                    .number(RawCommand.PRIORITY, 0);
            return new Answered(peer.message(find, identifier.bytes()).answer());
        }
    }

    /** Sequences where text belongs, numbers where sequences belong. */
    private static HostileDataSet wrongTypes() {
        return level().longForm(0x00100010, "SQ", UNDEFINED, NONE)
                .bare(ITEM, NOTHING, NONE)
                .bare(SEQUENCE_END, NOTHING, NONE)
                .number(0x00100020, 7)
                .number(REFERENCED_SERIES, 7)
                .binary(0x0020000D, "OB", new byte[8]);
    }

    /** Each of them is within its bound, all together are more than the heap: some are told to come again. */
    private static String manyHeaders(NodeProcess node) throws Exception {
        List<FutureTask<String>> senders = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            byte[] dataset = elements("at once " + i, 0x00091010, "LO", 6, text("a\\b\\", 64_000))
                    .bytes();
            senders.add(new FutureTask<>(
                    () -> store(node, DicomFile.EXPLICIT, dataset).answer()));
        }
        senders.forEach(sender -> Thread.ofPlatform().daemon().start(sender));
        int kept = 0;
        int later = 0;
        for (FutureTask<String> sender : senders) {
            String answer = sender.get();
            kept += answer.startsWith("success") ? 1 : 0;
            later += answer.equals("status A700H") ? 1 : 0;
        }
        if (kept == 0 || kept + later < AT_ONCE) {
            throw new AssertionError(kept + " kept, " + later + " told to come again, of " + AT_ONCE);
        }
        return kept + " kept, " + later + " told to come again";
    }

    private static String refusedOften(NodeProcess node) throws IOException {
        byte[] noise = noise(50_000);
        for (int i = 0; i < 1000; i++) {
            try (HostilePeer peer = storing(node, DicomFile.EXPLICIT)) {
                peer.store("2.25.98", noise).refusal();
            }
        }
        return "refused each time";
    }
}
