package org.archipelago.node.dimse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.AeTitle;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.node.association.AssociateRequest;
import org.archipelago.node.association.AssociationLimits;
import org.archipelago.node.association.AssociationPolicy.Decision;
import org.archipelago.node.association.ContextAnswer;
import org.archipelago.node.association.ContextAnswer.Result;
import org.archipelago.node.association.ExtendedNegotiation;
import org.archipelago.node.association.Peer;
import org.archipelago.node.association.ProposedContext;
import org.archipelago.node.association.Rejection;
import org.archipelago.node.association.RoleSelection;
import org.archipelago.node.association.UserInformation;
import org.archipelago.node.dimse.DimseConfiguration.Permission;
import org.archipelago.node.dimse.DimseConfiguration.RemoteAe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContextNegotiationTest {
    private static final String CT = DimseServerTest.CT;
    private static final String J2K = "1.2.840.10008.1.2.4.90";
    private static final Peer LOOPBACK = new Peer(InetAddress.ofLiteral("127.0.0.1"), false);

    @TempDir
    Path directory;

    private static final Peer ELSEWHERE = new Peer(InetAddress.ofLiteral("192.0.2.7"), false);

    private static Decision decide(
            Set<Permission> permissions,
            Peer from,
            List<String> preferred,
            List<RoleSelection> roles,
            ProposedContext... contexts) {
        DimseConfiguration configuration = new DimseConfiguration(
                List.of(),
                List.of(new RemoteAe(
                        new AeTitle("KNOWN"),
                        "192.0.2.7",
                        104,
                        true,
                        permissions,
                        Optional.empty(),
                        Optional.empty(),
                        false)),
                Set.of(Permission.ECHO),
                "SITE",
                Set.of(new SopClassUid("1.2.3.4")),
                preferred,
                AssociationLimits.DEFAULTS,
                TestNode.SERVICE_LIMITS,
                Optional.empty());
        CallerPolicy policy = new CallerPolicy(
                configuration,
                Set.of(TestNode.NODE),
                Optional.empty(),
                uid -> uid.value().equals(CT),
                (_, _) -> {});
        return policy.decide(
                new AssociateRequest(
                        1,
                        "NODE",
                        permissions.isEmpty() ? "STRANGER" : "KNOWN",
                        AssociateRequest.DICOM_APPLICATION_CONTEXT,
                        List.of(contexts),
                        new UserInformation(
                                0,
                                "1.2",
                                Optional.empty(),
                                Optional.empty(),
                                roles,
                                List.of(new ExtendedNegotiation(
                                        SopClasses.STUDY_ROOT_FIND, new byte[] {1, 1, 1, 1, 1})),
                                List.of(),
                                Optional.empty(),
                                false)),
                from);
    }

    /** Its host name may resolve to something else the next time it is asked for. */
    @Test
    void callerOfTheDecision_isTheCallerWhoIsServed() throws IOException {
        List<Caller> served = new ArrayList<>();
        DimseConfiguration configuration = new DimseConfiguration(
                List.of(),
                List.of(),
                Set.of(Permission.ECHO),
                "SITE",
                Set.of(),
                List.of(),
                AssociationLimits.DEFAULTS,
                TestNode.SERVICE_LIMITS,
                Optional.empty());
        CallerPolicy policy = new CallerPolicy(
                configuration, Set.of(TestNode.NODE), Optional.empty(), _ -> false, (_, caller) -> served.add(caller));
        Decision decision = policy.decide(
                new AssociateRequest(
                        1,
                        "NODE",
                        "STRANGER",
                        AssociateRequest.DICOM_APPLICATION_CONTEXT,
                        List.of(context(SopClasses.VERIFICATION, TestScu.IMPLICIT)),
                        new UserInformation(
                                0,
                                "1.2",
                                Optional.empty(),
                                Optional.empty(),
                                List.of(),
                                List.of(),
                                List.of(),
                                Optional.empty(),
                                false)),
                LOOPBACK);
        try (TestNode node = TestNode.start(directory);
                TestScu scu = TestScu.open(node.port(), SopClasses.VERIFICATION)) {
            ((Decision.Accept) decision).handler().handle(scu.association);
        }
        assertThat(served).singleElement().satisfies(caller -> {
            assertThat(caller.calling().value()).isEqualTo("STRANGER");
            assertThat(caller.may(Permission.ECHO)).isTrue();
            assertThat(caller.may(Permission.STORE)).isFalse();
        });
    }

    private static List<ContextAnswer> answers(Set<Permission> permissions, ProposedContext... contexts) {
        return ((Decision.Accept) decide(permissions, LOOPBACK, List.of(), List.of(), contexts)).contexts();
    }

    private static ProposedContext context(String abstractSyntax, String... syntaxes) {
        return new ProposedContext(1, abstractSyntax, List.of(syntaxes));
    }

    @Test
    void contexts_areAnsweredByTheTable() {
        Set<Permission> all = Set.of(Permission.values());
        record Row(ProposedContext proposed, Set<Permission> permissions, Result result, String syntax) {}
        List<Row> table = List.of(
                new Row(context(CT, J2K, TestScu.IMPLICIT), all, Result.ACCEPTANCE, J2K),
                new Row(context(CT, "1.2.99.private"), all, Result.ACCEPTANCE, "1.2.99.private"),
                new Row(context(CT, "no uid/", J2K), all, Result.ACCEPTANCE, J2K),
                new Row(context(CT, "no uid/"), all, Result.TRANSFER_SYNTAXES_NOT_SUPPORTED, "no uid/"),
                new Row(context("1.2.3.4", J2K), all, Result.ACCEPTANCE, J2K),
                new Row(context("1.2.3.5", J2K), all, Result.ABSTRACT_SYNTAX_NOT_SUPPORTED, J2K),
                new Row(context("no uid/", J2K), all, Result.ABSTRACT_SYNTAX_NOT_SUPPORTED, J2K),
                new Row(context(CT, J2K), Set.of(Permission.ECHO), Result.USER_REJECTION, J2K),
                new Row(context(SopClasses.VERIFICATION, TestScu.IMPLICIT), all, Result.ACCEPTANCE, TestScu.IMPLICIT),
                new Row(
                        context(SopClasses.STUDY_ROOT_FIND, TestScu.IMPLICIT, TestScu.EXPLICIT),
                        all,
                        Result.ACCEPTANCE,
                        TestScu.EXPLICIT),
                new Row(context(SopClasses.STUDY_ROOT_FIND, J2K), all, Result.TRANSFER_SYNTAXES_NOT_SUPPORTED, J2K),
                new Row(
                        context(SopClasses.STUDY_ROOT_FIND, TestScu.IMPLICIT),
                        Set.of(Permission.RETRIEVE),
                        Result.USER_REJECTION,
                        TestScu.IMPLICIT));
        for (Row row : table) {
            assertThat(answers(row.permissions(), row.proposed()))
                    .as(row.toString())
                    .containsExactly(new ContextAnswer(1, row.result(), row.syntax()));
        }
    }

    @Test
    void preferredSyntax_winsOverTheSendersOrder() {
        Decision decision = decide(
                Set.of(Permission.STORE),
                LOOPBACK,
                List.of(TestScu.EXPLICIT),
                List.of(),
                context(CT, J2K, TestScu.EXPLICIT));
        assertThat(((Decision.Accept) decision).contexts())
                .containsExactly(ContextAnswer.accepted(1, TestScu.EXPLICIT));
    }

    @Test
    void receiverWithoutStorePermission_getsItsContextForGetOnly() {
        Decision.Accept accept = (Decision.Accept) decide(
                Set.of(Permission.RETRIEVE),
                LOOPBACK,
                List.of(),
                List.of(new RoleSelection(CT, true, true)),
                context(CT, J2K));
        assertThat(accept.roles()).containsExactly(new RoleSelection(CT, false, true));
        assertThat(accept.contexts()).containsExactly(ContextAnswer.accepted(1, J2K));
    }

    @Test
    void extendedNegotiation_grantsFuzzyNamesAlone() {
        Decision.Accept accept =
                (Decision.Accept) decide(Set.of(Permission.QUERY), LOOPBACK, List.of(), List.of(), context(CT, J2K));
        assertThat(accept.extended())
                .containsExactly(new ExtendedNegotiation(SopClasses.STUDY_ROOT_FIND, new byte[] {0, 0, 1, 0, 0}));
    }

    @Test
    void callers_areTakenByTitleAndAddress() {
        ProposedContext echo = context(SopClasses.VERIFICATION, TestScu.IMPLICIT);
        Decision.Reject rejected = new Decision.Reject(Rejection.CALLING_AE_NOT_RECOGNIZED);
        Set<Permission> known = Set.of(Permission.ECHO);
        assertThat(decide(known, ELSEWHERE, List.of(), List.of(), echo)).isInstanceOf(Decision.Accept.class);
        assertThat(decide(known, new Peer(InetAddress.ofLiteral("192.0.2.8"), false), List.of(), List.of(), echo))
                .isEqualTo(rejected);
        assertThat(decide(Set.of(), ELSEWHERE, List.of(), List.of(), echo)).isEqualTo(rejected);
        assertThat(decide(Set.of(), LOOPBACK, List.of(), List.of(), echo)).isInstanceOf(Decision.Accept.class);
        assertThat(decide(Set.of(), new Peer(ELSEWHERE.address(), true), List.of(), List.of(), echo))
                .isInstanceOf(Decision.Accept.class);
    }
}
