package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import org.archipelago.node.dicom.phantom.Phantoms;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomStudy;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The portal's pages as a person sees them, in a real browser. Screenshots are kept in target/screenshots to be looked at. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PortalIT {
    private static final List<PhantomStudy> STUDIES = new Phantoms(1, LocalDate.of(2026, 1, 15)).studies();
    /** The MR, the US and the chest with its report: they need little time. */
    private static final List<PhantomStudy> STORED = STUDIES.subList(2, 5);

    /** Draws an image of the page and counts its levels of grey: one that is blank has one. */
    private static final String LEVELS =
            "(i=>{const c=document.createElement('canvas');c.width=i.naturalWidth;c.height=i.naturalHeight;"
                    + "const x=c.getContext('2d');x.drawImage(i,0,0);const d=x.getImageData(0,0,c.width,c.height).data;"
                    + "const s=new Set();for(let k=0;k<d.length;k+=4)s.add((d[k]+d[k+1]+d[k+2])/3|0);return s.size})";

    @TempDir
    static Path home;

    private NodeProcess node;
    private Devtools browser;
    private Path screenshots;

    @BeforeAll
    void start() throws Exception {
        screenshots = Files.createDirectories(Checkout.target().resolve("screenshots"));
        node = NodeProcess.configured(
                        home.resolve("node"), SharedElasticsearch.get().url())
                .shortLived()
                .start();
        for (PhantomStudy study : STORED) {
            Samples.storeAll(node, objects(study));
        }
        browser = new Devtools(home.resolve("browser"));
    }

    private static List<DicomFile> objects(PhantomStudy study) {
        return study.objects()
                .get()
                .map(object -> DicomFile.of(study.title(), object.file()))
                .toList();
    }

    @AfterAll
    void stop() {
        if (browser != null) {
            browser.close();
        }
        if (node != null) {
            node.close();
            STORED.forEach(study -> node.assertLogTellsNothingOf(objects(study)));
        }
    }

    @Test
    void searchPage_listsStudiesAndNarrowsThemAsOneTypes() throws Exception {
        eventually("portal-search", "/", () -> {
            assertThat(text("main"))
                    .contains("Müller", "Nováková", "Smith")
                    .contains("MR brain", "Echocardiography", "Chest PA")
                    .contains("DEMO-1002", "DEMO-1003", "DEMO-1004");
            assertThat(rows()).isEqualTo(3);
        });
        assertFits();
        browser.evaluate("(()=>{const q=document.querySelector('#q');q.value='novakova';"
                + "q.dispatchEvent(new Event('input',{bubbles:true}))})()");
        Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(rows()).isEqualTo(1);
            assertThat(text("#results")).contains("Nováková").doesNotContain("Smith");
        });
        capture("portal-narrowed");
    }

    @Test
    void studyPage_showsItsPatientItsImagesAndItsHistory() throws Exception {
        PhantomObject first = STORED.getFirst().objects().get().findFirst().orElseThrow();
        eventually("portal-study", "/studies/" + first.study(), () -> {
            assertThat(text("main"))
                    .contains("Müller", "MR brain", "DEMO-1002", "A700003", "1 series, 24 objects")
                    .contains("T1 axial", STORED.getFirst().count() + " objects")
                    .contains("The first object of this study arrived.");
            assertThat(browser.evaluate("[...document.querySelectorAll('ul.series img')].map(" + LEVELS + ").join(',')")
                            .asText())
                    .isNotEmpty()
                    .satisfies(levels -> assertThat(levels.split(","))
                            .allSatisfy(
                                    count -> assertThat(Integer.parseInt(count)).isGreaterThan(24)));
        });
        assertFits();
    }

    @Test
    void accessPage_namesWhoLooked() throws Exception {
        PhantomObject first = STORED.getLast().objects().get().findFirst().orElseThrow();
        eventually(
                "portal-chest",
                "/studies/" + first.study(),
                () -> assertThat(text("main")).contains("Smith", "Chest PA", "Report"));
        eventually(
                "portal-access",
                "/studies/" + first.study() + "/access",
                () -> assertThat(text("main")).contains("Who has looked", "127.0.0.1"));
    }

    /** Spring would log the address and the value, either of which may be a patient's. */
    @Test
    void whatWasAskedForInVain_isNotInTheLog() throws Exception {
        assertThat(node.get(node.http("/?offset=MUELLER"), "Accept", "text/html")
                        .statusCode())
                .isEqualTo(400);
        assertThat(node.get(node.http("/studies/1.2.99/nothing/MUELLER"), "Accept", "text/html")
                        .statusCode())
                .isEqualTo(404);
        assertThat(node.get(node.http("/api/export/objects"), "Accept", "application/json")
                        .statusCode())
                .isBetween(400, 404);
        assertThat(node.log()).doesNotContain("MUELLER").doesNotContain("springframework");
    }

    /** Loads the page until it shows what is asked for, since the index follows the log. */
    private void eventually(String name, String path, ThrowingRunnable shows) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofSeconds(1))
                .untilAsserted(() -> {
                    browser.open(node.http(path));
                    Awaitility.await().atMost(Duration.ofSeconds(8)).untilAsserted(shows);
                    capture(name);
                });
    }

    /** Styled, and nothing sticks out to the right of the window. */
    private void assertFits() {
        assertThat(browser.evaluate("getComputedStyle(document.querySelector('header.top')).borderBottomStyle")
                        .asText())
                .isEqualTo("solid");
        assertThat(browser.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
                        .asBoolean())
                .isTrue();
    }

    private int rows() {
        return browser.evaluate("document.querySelectorAll('#results tbody tr').length")
                .asInt();
    }

    private String text(String selector) {
        return browser.evaluate("(document.querySelector('" + selector + "')||{}).innerText || ''")
                .asText();
    }

    private void capture(String name) throws IOException {
        Files.write(screenshots.resolve(name + ".png"), browser.screenshot());
    }
}
