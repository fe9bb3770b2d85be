package org.archipelago.acceptance;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who may use whom (docs/architecture.md, section 2). Rules are methods: rule fields are skipped by some runners. */
class ArchitectureTest {
    /** Fewer means that the import went wrong and every rule holds of nothing. */
    private static final int MINIMUM_CLASSES = 500;

    private static final List<String> MODULES = List.of(
            "command-side/contract",
            "command-side/domain",
            "command-side/keystore",
            "command-side/eventstore",
            "command-side/blobstore",
            "query-side",
            "federation",
            "site-node");

    private static final String[] PLATFORM = {"java..", "org.jspecify..", "org.slf4j.."};

    /** Which aggregate a command is for, and that a token is one. */
    private static final Set<String> AXON_OF_THE_CONTRACT = Set.of(
            "org.axonframework.modelling.command.TargetAggregateIdentifier",
            "org.axonframework.eventhandling.TrackingToken");

    private static JavaClasses imported;

    @BeforeAll
    static void importOnce() {
        imported = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages(
                        "org.archipelago.contract",
                        "org.archipelago.domain",
                        "org.archipelago.keystore",
                        "org.archipelago.eventstore",
                        "org.archipelago.blobstore",
                        "org.archipelago.query",
                        "org.archipelago.federation",
                        "org.archipelago.node");
    }

    @Test
    void everySourceFile_isLookedAt() throws IOException {
        assertThat(imported.size()).isGreaterThanOrEqualTo(MINIMUM_CLASSES);
        List<String> missing = new ArrayList<>();
        for (String module : MODULES) {
            Path sources = Path.of(System.getProperty("archipelago.root"), module, "src/main/java");
            try (Stream<Path> files = Files.walk(sources, FileVisitOption.FOLLOW_LINKS)) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .filter(file -> !file.endsWith("package-info.java"))
                        .map(file -> className(sources.relativize(file)))
                        .filter(name -> !imported.contain(name))
                        .forEach(missing::add);
            }
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void contract_knowsOnlyTheJdkJspecifyAndWhatAxonMustKnowOfIt() {
        classes()
                .that()
                .resideInAPackage("org.archipelago.contract..")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                                "org.archipelago.contract..", "java..", "javax.crypto..", "org.jspecify..")
                        .or(describe("Axon's markers of a contract", c -> AXON_OF_THE_CONTRACT.contains(c.getName()))))
                .check(imported);
    }

    @Test
    void domain_knowsOnlyContractAndAxon() {
        onlyUses("domain", "org.archipelago.contract..", "org.axonframework..");
    }

    @Test
    void keystore_knowsOnlyContractAndTheJdksCryptography() {
        onlyUses("keystore", "org.archipelago.contract..", "javax.crypto..");
    }

    @Test
    void blobstore_knowsOnlyContractAndItsEngines() {
        onlyUses(
                "blobstore",
                "org.archipelago.contract..",
                "com.sun.nio.file..", // O_DIRECT
                "javax.crypto..",
                "com.google.crypto.tink..",
                "com.google.errorprone.annotations..",
                "org.rocksdb..",
                "com.github.luben.zstd..");
    }

    @Test
    void eventstore_knowsOnlyContractKeysAndItsEngines() {
        onlyUses(
                "eventstore",
                "org.archipelago.contract..",
                "org.archipelago.keystore..",
                "javax.crypto..",
                "org.axonframework..",
                "com.fasterxml.jackson..",
                "com.github.luben.zstd..",
                "org.rocksdb..");
    }

    @Test
    void federation_knowsOnlyContractLogAndKeys() {
        onlyUses(
                "federation",
                "org.archipelago.contract..",
                "org.archipelago.eventstore..",
                "org.archipelago.keystore..",
                "com.google.crypto.tink..",
                "javax.crypto", // the type of a key's secret
                "javax.crypto.spec", // and how one is made of bytes
                "javax.security.auth.x500.."); // whose name a certificate bears
        slices().matching("org.archipelago.federation.(*)..")
                .should()
                .beFreeOfCycles()
                .check(imported);
    }

    @Test
    void querySideAndFederation_doNotKnowEachOther() {
        noClasses()
                .that()
                .resideInAPackage("org.archipelago.query..")
                .should()
                .dependOnClassesThat()
                // Of the domain, only how a patient's facts are read: index and output must agree on it.
                .resideInAnyPackage(
                        "org.archipelago.federation..",
                        "org.archipelago.domain",
                        "org.archipelago.domain.access..",
                        "org.archipelago.domain.quarantine..",
                        "org.archipelago.domain.site..",
                        "org.archipelago.domain.study..")
                .check(imported);
        noClasses()
                .that()
                .resideInAPackage("org.archipelago.federation..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.archipelago.query..")
                .check(imported);
    }

    @Test
    void nothingBelow_knowsTheNode() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.archipelago.node..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.archipelago.node..")
                .check(imported);
    }

    @Test
    void protocols_neverCallEachOther() {
        apart("dicomweb", "portal", "dimse", "association");
        apart("portal", "dicomweb", "dimse", "association");
        apart("dimse", "dicomweb", "portal");
        apart("association", "dimse", "dicomweb", "portal");
    }

    @Test
    void dicomToolkit_staysBehindItsWall() {
        onlyIn("org.aoju..", "org.archipelago.node.dicom..");
        onlyIn("org.opencv..", "org.archipelago.node.dicom.pixel..");
    }

    @Test
    void engines_stayBehindTheirContracts() {
        onlyIn("org.rocksdb..", "org.archipelago.eventstore..", "org.archipelago.blobstore..");
        onlyIn("com.google.crypto.tink..", "org.archipelago.blobstore..", "org.archipelago.federation.hpke..");
        onlyIn("co.elastic.clients..", "org.archipelago.query..");
        onlyIn("picocli..", "org.archipelago.node.cli..", "org.archipelago.node");
    }

    @Test
    void onlyTheRootOfTheNode_wires() {
        noClasses()
                .that()
                .resideInAPackage("org.archipelago.node.*..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.archipelago.node")
                .check(imported);
        slices().matching("org.archipelago.node.(*)..")
                .should()
                .beFreeOfCycles()
                .check(imported);
    }

    @Test
    void decisions_neverReadTheClockOrDrawLots() {
        noClasses()
                .that()
                .resideInAnyPackage("org.archipelago.contract..", "org.archipelago.domain..")
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(java.util.UUID.class, "randomUUID")
                .orShould()
                .callConstructor(java.util.Random.class)
                .check(imported);
    }

    private static void onlyUses(String module, String... packages) {
        Stream<String> own = Stream.of("org.archipelago." + module + "..");
        String[] allowed = Stream.of(own, Arrays.stream(PLATFORM), Arrays.stream(packages))
                .flatMap(names -> names)
                .toArray(String[]::new);
        classes()
                .that()
                .resideInAPackage("org.archipelago." + module + "..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(allowed)
                .allowEmptyShould(true)
                .check(imported);
    }

    private static void onlyIn(String library, String... places) {
        noClasses()
                .that()
                .resideOutsideOfPackages(places)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .check(imported);
    }

    private static void apart(String one, String... others) {
        noClasses()
                .that()
                .resideInAPackage("org.archipelago.node." + one + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(Arrays.stream(others)
                        .map(other -> "org.archipelago.node." + other + "..")
                        .toArray(String[]::new))
                .check(imported);
    }

    private static String className(Path relative) {
        String path = relative.toString();
        return path.substring(0, path.length() - ".java".length()).replace('/', '.');
    }
}
