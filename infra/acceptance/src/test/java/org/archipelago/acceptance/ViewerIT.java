package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** OHIF, as the node serves it, in a real browser. Screenshots are kept in target/screenshots to be looked at. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ViewerIT {
    private static final int MIN_GREY_LEVELS = 24;
    private static final double MIN_LIT = 0.02;
    private static final double MIN_PAPER = 0.3;
    private static final double MIN_INK = 0.0005;
    private static final String DOCUMENT = "document.querySelector('object[type=\"application/pdf\"]')";
    private static final String LARGEST_CANVAS = "[...document.querySelectorAll('.cornerstone-canvas,canvas')]"
            + ".sort((a,b)=>b.clientWidth*b.clientHeight-a.clientWidth*a.clientHeight)[0]";

    @TempDir
    static Path home;

    private NodeProcess node;
    private Devtools browser;
    private Path screenshots;

    /** @param coloured whether some pixels must not be grey */
    record View(String name, List<PhantomObject> images, boolean coloured) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<View> views() {
        return Stream.of(
                new View("CT", Samples.ct("viewer", 6), false),
                new View("MR", Samples.mr("viewer", 4), false),
                new View("US", Samples.ultrasound("viewer", 2), true));
    }

    @BeforeAll
    void start() throws Exception {
        // The directory is the last thing that it says.
        String viewer = Program.of(Checkout.file("infra/ohif/fetch").toString())
                .within(Duration.ofMinutes(5))
                .run()
                .succeeded()
                .output()
                .strip()
                .lines()
                .reduce("", (_, line) -> line);
        screenshots = Files.createDirectories(Checkout.target().resolve("screenshots"));
        node = NodeProcess.configured(
                        home.resolve("node"), SharedElasticsearch.get().url())
                .configure("viewer: { directory: \"" + viewer + "\" }")
                .shortLived()
                .start();
        browser = new Devtools(home.resolve("browser"));
    }

    @AfterAll
    void stop() {
        if (browser != null) {
            browser.close();
        }
        if (node != null) {
            node.close();
        }
    }

    @ParameterizedTest
    @MethodSource("views")
    void study_isShown(View view) throws Exception {
        storeAndAwait(view.images());
        browser.open(node.http("/viewer/viewer?StudyInstanceUIDs="
                + view.images().getFirst().study().value()));
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofSeconds(1))
                .untilAsserted(() -> {
                    // The middle: the image, without the text that the viewer writes into the corners.
                    BufferedImage canvas = part(capture(view.name()), LARGEST_CANVAS, 0.25, 0.25, 0.75, 0.75);
                    assertThat(lit(canvas)).as(this::context).isGreaterThan(MIN_LIT);
                    assertThat(levels(canvas)).as(this::context).hasSizeGreaterThan(MIN_GREY_LEVELS);
                    assertThat(coloured(canvas) > 0.005)
                            .as("colour in " + view.name())
                            .isEqualTo(view.coloured());
                });
    }

    @Test
    void pdf_isShown() throws Exception {
        List<PhantomObject> report = Samples.pdf("viewer");
        storeAndAwait(report);
        browser.open(node.http(
                "/viewer/viewer?StudyInstanceUIDs=" + report.getFirst().study().value()));
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofSeconds(1))
                .untilAsserted(() -> {
                    String source = browser.evaluate("(" + DOCUMENT + "||{}).data || ''")
                            .asText();
                    assertThat(source).as(this::context).isNotEmpty();
                    assertThat(browser.evaluate("fetch(" + quoted(source) + ").then(async r=>"
                                            + "r.headers.get('Content-Type')+' '+(await r.text()))")
                                    .asText())
                            .startsWith("application/pdf %PDF-")
                            .contains("This document belongs to an invented patient.");
                    BufferedImage shown = part(capture("PDF"), DOCUMENT, 0.35, 0.1, 0.95, 0.95);
                    assertThat(share(shown, rgb -> grey(rgb) > 250))
                            .as(this::context)
                            .isGreaterThan(MIN_PAPER);
                    assertThat(share(shown, rgb -> grey(rgb) < 30))
                            .as(this::context)
                            .isGreaterThan(MIN_INK);
                });
    }

    /** Two patients in one study: the first image is shown, and above it that it is not all there is to know. */
    @Test
    void openConflict_isShownAboveTheImages() throws Exception {
        List<PhantomObject> images = Samples.ct("viewerconflict", 1);
        storeAndAwait(images);
        String study = images.getFirst().study().value();
        browser.open(node.http("/viewer/viewer?StudyInstanceUIDs=" + study));
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofSeconds(1))
                .untilAsserted(
                        () -> assertThat(lit(part(capture("no-conflict"), LARGEST_CANVAS, 0.25, 0.25, 0.75, 0.75)))
                                .as(this::context)
                                .isGreaterThan(MIN_LIT));
        assertThat(browser.evaluate("document.getElementById('archipelago-conflicts') === null")
                        .asBoolean())
                .isTrue();
        Samples.storeAll(node, List.of(ofAnotherPatient(study)));
        browser.open(node.http("/viewer/viewer?StudyInstanceUIDs=" + study));
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofSeconds(1))
                .untilAsserted(() -> {
                    capture("conflict");
                    assertThat(browser.evaluate(
                                            "(document.getElementById('archipelago-conflicts')||{}).innerText || ''")
                                    .asText())
                            .as(this::context)
                            .contains("One open conflict", "Look at the study");
                    // What is on top at the middle of the link is the link.
                    assertThat(browser.evaluate("(()=>{const a=document.querySelector('#archipelago-conflicts a');"
                                            + "const b=a.getBoundingClientRect();"
                                            + "return document.elementFromPoint(b.x+b.width/2,b.y+b.height/2)===a"
                                            + " ? a.getAttribute('href') : ''})()")
                                    .asText())
                            .isEqualTo("/studies/" + study);
                });
    }

    @Test
    void conflict_isDecidedOnThePageOfTheStudy() throws Exception {
        String study = "2.25.8801";
        DicomWeb web = new DicomWeb(node);
        Samples.storeAll(node, List.of(described(study, "CHEST")));
        // Nothing identifies who sends by HTTP, so it is no correction.
        assertThat(web.store(described(study, "PELVIS").part10()).statusCode()).isEqualTo(200);
        browser.open(node.http("/studies/" + study));
        Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            capture("decision");
            assertThat(browser.evaluate("document.querySelector('table.differences').innerText")
                            .asText())
                    .as(this::context)
                    .contains("Study Description", "CHEST", "PELVIS");
        });
        browser.evaluate("(()=>{const f=document.querySelector('form.decision');"
                + "f.querySelectorAll('input[type=radio]')[1].click();"
                + "f.querySelector('input[name=reason]').value='seen on the workstation';"
                + "f.querySelector('button').click();return 1})()");
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(new String(
                                node.get(node.http("/api/studies/" + study + "/conflicts"))
                                        .body(),
                                StandardCharsets.UTF_8))
                        .as(this::context)
                        .isEqualTo("[]"));
        browser.open(node.http("/studies/" + study));
        Awaitility.await().atMost(Duration.ofSeconds(40)).untilAsserted(() -> {
            capture("decided");
            assertThat(browser.evaluate("document.body.innerText").asText())
                    .as(this::context)
                    .contains("Conflict 1 resolved: seen on the workstation")
                    .doesNotContain("open conflict");
        });
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(
                                web.search("/studies?StudyInstanceUID=" + study + "&includefield=StudyDescription"))
                        .extracting(row -> DicomWeb.value(row, "00081030"))
                        .containsExactly("PELVIS"));
    }

    private static DicomFile described(String study, String description) {
        String instance = study + ".1.1";
        byte[] dataset = new ExplicitVr()
                .text(0x00080016, "UI", CtImage.SOP_CLASS)
                .text(0x00080018, "UI", instance)
                .text(0x00080060, "CS", "CT")
                .text(0x00081030, "LO", description)
                .text(0x00100010, "PN", "DECIDED^ANNA")
                .text(0x00100020, "LO", "DECIDED-1")
                .text(0x0020000D, "UI", study)
                .text(0x0020000E, "UI", study + ".1")
                .encoded();
        return DicomFile.received(CtImage.SOP_CLASS, instance, DicomFile.EXPLICIT, dataset);
    }

    private static DicomFile ofAnotherPatient(String study) {
        String instance = study + ".99.1";
        byte[] dataset = new ExplicitVr()
                .text(0x00080016, "UI", CtImage.SOP_CLASS)
                .text(0x00080018, "UI", instance)
                .text(0x00080060, "CS", "CT")
                .text(0x00100010, "PN", "OTHER^PATIENT")
                .text(0x00100020, "LO", "OTHER-99")
                .text(0x00100030, "DA", "19010101")
                .text(0x0020000D, "UI", study)
                .text(0x0020000E, "UI", study + ".99")
                .encoded();
        return DicomFile.received(CtImage.SOP_CLASS, instance, DicomFile.EXPLICIT, dataset);
    }

    /** The viewer asks the index what there is of a study, once. */
    private void storeAndAwait(List<PhantomObject> images) throws IOException {
        Samples.storeAll(node, Samples.facts(images));
        DicomWeb web = new DicomWeb(node);
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(web.search("/studies?StudyInstanceUID="
                                + images.getFirst().study().value()))
                        .extracting(study -> DicomWeb.value(study, "00201208"))
                        .containsExactly(Integer.toString(images.size())));
    }

    @Test
    void studyList_showsThePatients() throws Exception {
        Samples.storeAll(
                node,
                Samples.facts(List.of(
                        Samples.ct("viewerlist", 1).getFirst(),
                        Samples.mr("viewerlist", 1).getFirst(),
                        Samples.ultrasound("viewerlist", 1).getFirst())));
        browser.open(node.http("/viewer/"));
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofSeconds(1))
                .untilAsserted(() -> {
                    Files.write(screenshots.resolve("list.png"), browser.screenshot());
                    assertThat(browser.evaluate("document.body.innerText").asText())
                            .as(this::context)
                            .containsIgnoringCase("Smith")
                            .containsIgnoringCase("Müller")
                            .containsIgnoringCase("Nováková")
                            .contains("DEMO-1004", "DEMO-1002", "DEMO-1003", "A701001", "A702001", "A703001");
                });
    }

    private BufferedImage capture(String name) throws IOException {
        byte[] png = browser.screenshot();
        Files.write(screenshots.resolve(name + ".png"), png);
        return ImageIO.read(new ByteArrayInputStream(png));
    }

    /** A part of an element of the page, in shares of its width and height. */
    private BufferedImage part(
            BufferedImage page, String element, double left, double top, double right, double bottom) {
        String box = browser.evaluate("(()=>{const e=" + element + ";if(!e)return '';const b=e.getBoundingClientRect();"
                        + "return [b.x,b.y,b.width,b.height].map(Math.round).join(',')})()")
                .asText();
        assertThat(box).as(this::context).isNotEmpty();
        int[] b = Stream.of(box.split(",")).mapToInt(Integer::parseInt).toArray();
        Rectangle part = new Rectangle(
                        b[0] + (int) (b[2] * left), b[1] + (int) (b[3] * top), (int) (b[2] * (right - left)), (int)
                                (b[3] * (bottom - top)))
                .intersection(new Rectangle(page.getWidth(), page.getHeight()));
        assertThat(part.isEmpty())
                .as("no canvas where the screenshot was taken")
                .isFalse();
        return page.getSubimage(part.x, part.y, part.width, part.height);
    }

    private static double lit(BufferedImage image) {
        return share(image, rgb -> grey(rgb) > 40);
    }

    private static double coloured(BufferedImage image) {
        return share(image, rgb -> Math.abs((rgb >> 16 & 0xFF) - (rgb & 0xFF)) > 60);
    }

    private static Set<Integer> levels(BufferedImage image) {
        Set<Integer> levels = new HashSet<>();
        share(image, rgb -> levels.add(grey(rgb)));
        return levels;
    }

    private static double share(BufferedImage image, java.util.function.IntPredicate counts) {
        long hits = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                hits += counts.test(image.getRGB(x, y)) ? 1 : 0;
            }
        }
        return (double) hits / ((long) image.getWidth() * image.getHeight());
    }

    private static int grey(int rgb) {
        return ((rgb >> 16 & 0xFF) + (rgb >> 8 & 0xFF) + (rgb & 0xFF)) / 3;
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "%27") + "'";
    }

    private String context() {
        String console = browser.console();
        return console.substring(Math.max(0, console.length() - 4000)) + "\n" + node.log();
    }
}
