package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.federation.member.SiteDescriptor;
import org.archipelago.node.cli.NetworkOperations.AcceptedPeer;
import org.archipelago.node.cli.NetworkOperations.Peer;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.configuration.ConfigurationException;
import org.archipelago.node.configuration.ConfigurationFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two sites whose nodes are stopped; beside a running one, {@link RunningNodeTest}. */
class PeerCommandsTest {
    private final LocalNetworkOperations operations = new LocalNetworkOperations(Clock.systemUTC());

    @TempDir
    Path temp;

    private NodeAddress north;
    private NodeAddress harbor;

    @BeforeEach
    void sites() {
        north = Sites.address(temp, "north");
        harbor = Sites.address(temp, "harbor");
        Sites.create(north);
        Sites.create(harbor);
    }

    private static String fingerprint(byte[] descriptor) {
        return SiteDescriptor.parse(descriptor).fingerprint().toString();
    }

    private byte[] reply(byte[] invitation) {
        return operations
                .accept(harbor, invitation, fingerprint(invitation))
                .reply()
                .orElseThrow();
    }

    private static org.assertj.core.api.ThrowingConsumer<Throwable> refusedWith(ArchiveError error) {
        return thrown -> assertThat(((ArchiveException) thrown).error()).isEqualTo(error);
    }

    @Test
    void invitationAndReply_makeEachAPeerOfTheOther() {
        byte[] reply = reply(operations.invite(north));
        AcceptedPeer accepted = operations.accept(north, reply, fingerprint(reply));
        assertThat(accepted.reply()).isEmpty();
        assertThat(operations.peers(north)).extracting(Peer::label).containsExactly("harbor");
        assertThat(operations.peers(harbor)).extracting(Peer::label).containsExactly("north");
        assertThat(operations.peers(north))
                .extracting(Peer::fingerprint)
                .containsExactly(operations.initialise(harbor).fingerprint());
    }

    @Test
    void descriptorUnderAnotherFingerprint_isRefused() {
        byte[] invitation = operations.invite(north);
        assertThatThrownBy(() -> operations.accept(harbor, invitation, "00".repeat(32)))
                .satisfies(refusedWith(ArchiveError.NOT_VERIFIED));
        assertThat(operations.peers(harbor)).isEmpty();
    }

    @Test
    void replyToNoInvitationOfOurs_isRefused() {
        NodeAddress valley = Sites.address(temp, "valley");
        Sites.create(valley);
        byte[] reply = reply(operations.invite(north));
        assertThatThrownBy(() -> operations.accept(valley, reply, fingerprint(reply)))
                .satisfies(refusedWith(ArchiveError.CONFLICTING_STATE));
    }

    @Test
    void reply_makesNoPeerASecondTime() {
        byte[] reply = reply(operations.invite(north));
        operations.accept(north, reply, fingerprint(reply));
        operations.remove(north, operations.initialise(harbor).siteId(), "closed");
        assertThat(operations.peers(north)).isEmpty();
        assertThatThrownBy(() -> operations.accept(north, reply, fingerprint(reply)))
                .satisfies(refusedWith(ArchiveError.CONFLICTING_STATE));
    }

    private static void loseIssuer(NodeAddress node) throws IOException {
        String text = Files.readString(node.configuration());
        Files.writeString(node.configuration(), text.replaceAll(", defaultIssuer: [^ ]+", ""));
    }

    @Test
    void siteWithoutAnIssuerOfItsOwn_invitesAndAcceptsNobody() throws IOException {
        loseIssuer(north);
        assertThatThrownBy(() -> operations.invite(north))
                .satisfies(refusedWith(ArchiveError.CONFLICTING_STATE))
                .hasMessageContaining("site.defaultIssuer");
        byte[] invitation = operations.invite(harbor);
        assertThatThrownBy(() -> operations.accept(north, invitation, fingerprint(invitation)))
                .satisfies(refusedWith(ArchiveError.CONFLICTING_STATE));
    }

    @Test
    void memberWithoutAnIssuerOfItsOwn_doesNotStart() throws IOException {
        byte[] reply = reply(operations.invite(north));
        operations.accept(north, reply, fingerprint(reply));
        loseIssuer(north);
        Configuration configuration = ConfigurationFile.read(north.configuration());
        assertThatThrownBy(() ->
                        ArchiveNode.start(configuration, Clock.systemUTC()).close())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("site.defaultIssuer");
        operations.remove(north, operations.initialise(harbor).siteId(), "closed");
    }

    @Test
    void ownDescriptor_isRefused() {
        byte[] invitation = operations.invite(north);
        assertThatThrownBy(() -> operations.accept(north, invitation, fingerprint(invitation)))
                .satisfies(refusedWith(ArchiveError.INVALID_REQUEST));
    }

    @Test
    void siteThatTakesCalls_saysWhere() {
        assertThat(List.of(
                        "address: 127.0.0.1, port: 8442",
                        "address: '::1', port: 1",
                        "address: 0.0.0.0, publicAddress: 'north.example:9'"))
                .extracting(
                        given -> configured(given).federation().toldAddress().orElseThrow())
                .containsExactly("127.0.0.1:8442", "[::1]:1", "north.example:9");
        assertThatThrownBy(() -> configured("address: 0.0.0.0")).hasMessageContaining("federation.publicAddress");
    }

    private Configuration configured(String federation) {
        return ConfigurationFile.parse(
                "data: d\nsite: { defaultIssuer: NORTH }\nfederation: { " + federation + " }\n", temp, "test");
    }
}
