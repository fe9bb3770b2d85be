package org.archipelago.node.dimse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.EnumSet;
import java.util.Optional;
import org.archipelago.contract.Actor;
import org.archipelago.contract.AeTitle;
import org.archipelago.node.association.Peer;
import org.archipelago.node.dimse.DimseConfiguration.Permission;
import org.archipelago.node.dimse.DimseConfiguration.RemoteAe;
import org.junit.jupiter.api.Test;

class ImportIssuerTest {
    private static final Optional<String> SAID =
            ImportIssuer.identity("ELSEWHERE").name();

    @Test
    void issuer_isHeededFromTheCommandLineOnLoopback() throws UnknownHostException {
        assertThat(caller("ARCHIPELAGO-CLI", "127.0.0.1", SAID, Optional.empty())
                        .defaultIssuer())
                .contains("ELSEWHERE");
    }

    @Test
    void issuer_isNotHeededFromAnybodyElse() throws UnknownHostException {
        assertThat(caller("ARCHIPELAGO-CLI", "192.0.2.1", SAID, Optional.empty())
                        .defaultIssuer())
                .isEmpty();
        assertThat(caller("CT1", "127.0.0.1", SAID, Optional.empty()).defaultIssuer())
                .isEmpty();
        assertThat(caller("CT1", "127.0.0.1", SAID, Optional.of("SOUTH")).defaultIssuer())
                .contains("SOUTH");
        assertThat(caller("ARCHIPELAGO-CLI", "127.0.0.1", Optional.of("somebody"), Optional.empty())
                        .defaultIssuer())
                .isEmpty();
        assertThat(caller("ARCHIPELAGO-CLI", "127.0.0.1", Optional.of("issuer:" + "X".repeat(65)), Optional.empty())
                        .defaultIssuer())
                .isEmpty();
    }

    @Test
    void imports_areNotTakenForOneSource() throws UnknownHostException {
        Actor imported =
                caller("ARCHIPELAGO-CLI", "127.0.0.1", SAID, Optional.empty()).device();
        assertThat(imported.isSameSource(imported)).isFalse();
        assertThat(imported.name()).isEqualTo("ARCHIPELAGO-CLI");
    }

    @Test
    void aeTitle_isASource() throws UnknownHostException {
        Actor scanner =
                caller("CT1", "127.0.0.1", Optional.empty(), Optional.empty()).device();
        Actor configured = caller("CT2", "127.0.0.1", Optional.empty(), Optional.of("SOUTH"))
                .device();
        assertThat(scanner.isSameSource(scanner)).isTrue();
        assertThat(configured.isSameSource(configured)).isTrue();
        assertThat(scanner.isSameSource(configured)).isFalse();
    }

    @Test
    void unusableIssuer_isRefused() {
        assertThatThrownBy(() -> ImportIssuer.identity(" ")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ImportIssuer.identity("X".repeat(65))).isInstanceOf(IllegalArgumentException.class);
    }

    private static Caller caller(String calling, String peer, Optional<String> user, Optional<String> configuredIssuer)
            throws UnknownHostException {
        AeTitle title = new AeTitle(calling);
        Optional<RemoteAe> configured = configuredIssuer.map(issuer -> new RemoteAe(
                title,
                "localhost",
                104,
                true,
                EnumSet.of(Permission.STORE),
                Optional.of(issuer),
                Optional.empty(),
                false));
        return new Caller(
                title,
                new AeTitle("NORTH"),
                new Peer(InetAddress.getByName(peer), false),
                configured,
                EnumSet.of(Permission.STORE),
                user);
    }
}
