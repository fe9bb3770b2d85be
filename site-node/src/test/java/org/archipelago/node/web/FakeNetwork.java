package org.archipelago.node.web;

import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.node.network.Completeness;
import org.archipelago.node.network.NetworkView;
import org.archipelago.node.network.SiteStanding;
import org.archipelago.query.ArchiveQueries;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.HolderAttributes;
import org.archipelago.query.HolderAttributes.Holder;
import org.archipelago.query.QueryPage;

/** What a fake archive holds, as if another site held it, too, and were behind. */
public final class FakeNetwork {
    public static final SiteId NORTH = new SiteId(new UUID(1, 1));
    public static final SiteId HARBOR = new SiteId(new UUID(2, 2));

    /** Under the UID of who has this Patient ID, the other site holds somebody else's objects, too. */
    public static final String OF_TWO_PEOPLE = "two people";

    private FakeNetwork() {}

    public static NetworkView of(ArchiveQueries local) {
        return new NetworkView(
                NORTH,
                new Queries(local),
                () -> new Completeness(List.of(new SiteStanding(
                        HARBOR, "harbor", true, OptionalLong.of(2), 90, 100, OptionalLong.of(3), "", 0))));
    }

    private record Queries(ArchiveQueries local) implements ArchiveQueries {
        @Override
        public QueryPage find(ArchiveQuery query) {
            QueryPage page = local.find(query);
            return new QueryPage(
                    page.matches().stream()
                            .map(match -> match.with(HolderAttributes.write(List.of(
                                    new Holder(NORTH, "north", 2, List.of(), false),
                                    new Holder(
                                            HARBOR, "harbor", 2, List.of(Tags.PATIENT_NAME), isOfTwoPeople(match))))))
                            .toList(),
                    page.more(),
                    page.position(),
                    page.patients(),
                    page.inConflict());
        }

        private static boolean isOfTwoPeople(AttributeSet match) {
            return match.text(Tags.PATIENT_ID).filter(OF_TWO_PEOPLE::equals).isPresent();
        }

        @Override
        public <E extends Exception> void walk(ArchiveQuery query, MatchConsumer<E> consumer) throws E {
            local.walk(query, consumer);
        }

        @Override
        public List<List<Integer>> unmatched(ArchiveQuery query) {
            return local.unmatched(query);
        }
    }
}
