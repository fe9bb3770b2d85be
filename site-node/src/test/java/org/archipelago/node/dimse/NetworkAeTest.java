package org.archipelago.node.dimse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.AeTitle;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.association.AssociationRequestor;
import org.archipelago.node.association.CommandField;
import org.archipelago.node.association.CommandSet;
import org.archipelago.node.association.ProposedContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The AE title that answers for all sites. In these tests another site is 10 records behind. */
class NetworkAeTest {
    @TempDir
    Path directory;

    private static TestScu open(TestNode node, AeTitle calling, AeTitle called, String... abstractSyntaxes)
            throws IOException {
        List<ProposedContext> contexts = java.util.stream.IntStream.range(0, abstractSyntaxes.length)
                .mapToObj(i -> new ProposedContext(2 * i + 1, abstractSyntaxes[i], List.of(TestScu.EXPLICIT)))
                .toList();
        return new TestScu(AssociationRequestor.open(
                AssociationRequestor.Proposal.of(TestNode.HOST, node.port(), calling, called, contexts),
                TestNode.LIMITS));
    }

    private List<TestScu.Answer> find(AeTitle calling, AeTitle called) throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = open(node, calling, called, SopClasses.PATIENT_ROOT_FIND)) {
            AttributeSet patient = TestScu.keys("PATIENT", Tags.PATIENT_ID, "");
            scu.request(CommandField.C_FIND_RQ, SopClasses.PATIENT_ROOT_FIND, patient, Optional.empty());
            return scu.allAnswers();
        }
    }

    @Test
    void query_isAnswered() throws IOException {
        assertThat(find(TestNode.SCU, TestNode.NETWORK).getLast().status()).isZero();
    }

    private static AttributeSet study(String uid, String availability) {
        return AttributeSet.of(Map.of(
                Tags.STUDY_INSTANCE_UID, new Attribute(Vr.UI, List.of(new Value.Text(uid))),
                Tags.INSTANCE_AVAILABILITY, new Attribute(Vr.CS, List.of(new Value.Text(availability)))));
    }

    /** The title that was asked takes no retrievals. */
    @Test
    void whatIsHere_isRetrievedFromTheSitesOwnTitle_andWhatIsNotFromNone() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = open(node, TestNode.SCU, TestNode.NETWORK, SopClasses.STUDY_ROOT_FIND)) {
            node.archive.matches.add(study("1.2.77.1", "ONLINE"));
            node.archive.matches.add(study("1.2.77.2", "UNAVAILABLE"));
            AttributeSet all = TestScu.keys("STUDY", Tags.STUDY_INSTANCE_UID, "", Tags.RETRIEVE_AE_TITLE, "");
            scu.request(CommandField.C_FIND_RQ, SopClasses.STUDY_ROOT_FIND, all, Optional.empty());
            List<AttributeSet> rows = scu.allAnswers().stream()
                    .flatMap(answer -> answer.data().stream())
                    .toList();

            assertThat(rows)
                    .extracting(
                            row -> row.text(Tags.STUDY_INSTANCE_UID),
                            row -> row.text(Tags.INSTANCE_AVAILABILITY),
                            row -> row.text(Tags.RETRIEVE_AE_TITLE))
                    .containsExactly(
                            tuple(Optional.of("1.2.77.1"), Optional.of("ONLINE"), Optional.of("NODE")),
                            tuple(Optional.of("1.2.77.2"), Optional.of("UNAVAILABLE"), Optional.empty()));
            assertThat(rows.getLast().contains(Tags.RETRIEVE_AE_TITLE)).isTrue();
        }
    }

    @Test
    void incompleteAnswerToAStrictAe_endsWithAFailureThatSaysWhatIsMissing() throws IOException {
        List<TestScu.Answer> answers = find(TestNode.STRICT, TestNode.NETWORK);
        assertThat(answers.getLast().status()).isEqualTo(0xA700);
        assertThat(answers.getLast().command().text(CommandSet.ERROR_COMMENT).orElseThrow())
                .startsWith("NETWORK_INCOMPLETE");
        assertThat(answers).hasSameSizeAs(find(TestNode.SCU, TestNode.NETWORK));
    }

    @Test
    void strictAe_isToldNothingOfTheNetworkByTheSitesOwnTitle() throws IOException {
        assertThat(find(TestNode.STRICT, TestNode.NODE).getLast().status()).isZero();
    }

    @Test
    void networkTitle_takesNeitherObjectsNorRetrievals() throws IOException {
        try (TestNode node = TestNode.start(directory);
                TestScu scu = open(
                        node,
                        TestNode.SCU,
                        TestNode.NETWORK,
                        SopClasses.PATIENT_ROOT_FIND,
                        SopClasses.PATIENT_ROOT_GET,
                        SopClasses.PATIENT_ROOT_MOVE,
                        "1.2.840.10008.5.1.4.1.1.2")) {
            assertThat(scu.association.contexts())
                    .extracting(context -> context.abstractSyntax())
                    .containsExactly(SopClasses.PATIENT_ROOT_FIND);
        }
    }
}
