package org.archipelago.node.network;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** How current the network view is, site by site: what is missing must never look as if it did not exist. */
public record Completeness(List<SiteStanding> sites) {
    /** Name of the HTTP header. */
    public static final String HEADER = "Archipelago-Completeness";

    private static final int MAX_WARNING_CHARS = 1_000;

    public Completeness {
        sites = List.copyOf(sites);
    }

    public boolean isComplete() {
        return gaps().isEmpty();
    }

    /** Of every site of which something may be missing, what. */
    public List<String> gaps() {
        return sites.stream()
                .filter(site -> !site.gaps().isEmpty())
                .map(site -> site.label() + ": " + String.join(", ", site.gaps()))
                .toList();
    }

    /** In one line for people; empty when nothing is known to be missing. */
    public Optional<String> sentence() {
        if (isComplete()) {
            return Optional.empty();
        }
        String all = "The answer may lack what other sites hold. " + String.join("; ", gaps());
        return Optional.of(all.length() > MAX_WARNING_CHARS ? all.substring(0, MAX_WARNING_CHARS) : all);
    }

    /** A list of structured fields (RFC 8941 §3.1): one string for each site, with its figures as parameters. Empty without other sites. */
    public String header() {
        return sites.stream().map(Completeness::field).collect(Collectors.joining(", "));
    }

    private static String field(SiteStanding site) {
        StringBuilder field = new StringBuilder("\"" + site.label() + "\"");
        field.append(";site=\"").append(site.site()).append('"');
        field.append(";records=").append(site.records());
        field.append(";known=").append(site.knownRecords());
        site.unreadableRecords().ifPresent(count -> field.append(";unreadable=").append(count));
        if (site.unsignedRecords() > 0) {
            field.append(";unsigned=").append(site.unsignedRecords());
        }
        field.append(";reachable=").append(site.reachable() ? "?1" : "?0");
        if (!site.member()) {
            field.append(";member=?0");
        }
        site.contactAgeSeconds().ifPresent(age -> field.append(";age=").append(age));
        return field.toString();
    }
}
