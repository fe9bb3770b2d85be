package org.archipelago.node.portal;

import jakarta.servlet.Filter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.archipelago.node.audit.AccessRecorder;
import org.archipelago.node.network.NetworkView;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.node.web.Callers;
import org.archipelago.node.web.Disclosures;
import org.archipelago.node.web.WebFeature;
import org.archipelago.query.ArchiveQueries;
import org.springframework.context.support.StaticMessageSource;
import org.thymeleaf.spring6.SpringTemplateEngine;
import org.thymeleaf.spring6.view.ThymeleafViewResolver;
import org.thymeleaf.templatemode.TemplateMode;
import org.thymeleaf.templateresolver.ClassLoaderTemplateResolver;

/**
 * The first face: pages, the API that does all that they do, and the viewer.
 *
 * @param siteLabel as people call the site
 * @param localIssuer the domain that a bare Patient ID or Accession Number means
 * @param network empty: this site answers for itself alone
 * @param quarantined empty: nobody may fetch quarantined objects
 * @param maxListed entries of one page of a history or list
 * @param viewer the directory that {@code infra/ohif/fetch} printed; the node runs without it
 */
public record Portal(
        String siteLabel,
        String localIssuer,
        Optional<Path> viewer,
        ArchiveQueries queries,
        Optional<NetworkView> network,
        Retrieval retrieval,
        AccessRecorder access,
        Callers callers,
        StudyHistory history,
        StudyMarks marks,
        StudyConflicts conflicts,
        QuarantineList quarantine,
        Optional<QuarantinedObjects> quarantined,
        AccessHistory accessHistory,
        Thumbnails thumbnails,
        ThumbnailSettings thumbnailSettings,
        NodeStatus status,
        StudyPlaces places,
        int maxListed)
        implements WebFeature {
    @Override
    public List<Object> beans() {
        Disclosures disclosures = new Disclosures(access, callers);
        StudySearch search = new StudySearch(queries, marks, localIssuer, Optional.empty());
        StudyDetails details = new StudyDetails(queries, retrieval, marks, localIssuer);
        Optional<NetworkSearch> ofNetwork = network.map(view -> new NetworkSearch(
                view,
                new StudySearch(view.queries(), marks, localIssuer, Optional.of(view.site())),
                marks,
                localIssuer));
        ThymeleafViewResolver views = views();
        return List.of(
                new PageController(this, search, ofNetwork, details, disclosures, views),
                new NetworkController(ofNetwork, disclosures),
                new ApiController(this, search, details, disclosures),
                new ConflictController(this, details, disclosures, callers),
                new ThumbnailController(retrieval, thumbnails, thumbnailSettings, disclosures),
                new AssetController(),
                new ViewerController(viewer, siteLabel, network.isPresent()),
                views);
    }

    @Override
    public List<Filter> filters() {
        return List.of(new PageHeaders());
    }

    private static ThymeleafViewResolver views() {
        ClassLoaderTemplateResolver templates = new ClassLoaderTemplateResolver(Portal.class.getClassLoader());
        templates.setPrefix("templates/");
        templates.setSuffix(".html");
        templates.setTemplateMode(TemplateMode.HTML);
        templates.setCharacterEncoding("UTF-8");
        templates.setCacheable(true);
        SpringTemplateEngine engine = new SpringTemplateEngine();
        engine.setTemplateResolver(templates);
        engine.setMessageSource(new StaticMessageSource());
        ThymeleafViewResolver views = new ThymeleafViewResolver();
        views.setTemplateEngine(engine);
        views.setCharacterEncoding("UTF-8");
        return views;
    }
}
