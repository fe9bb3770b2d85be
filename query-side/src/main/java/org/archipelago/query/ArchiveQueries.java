package org.archipelago.query;

import java.util.List;
import java.util.Set;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.patient.PatientRecordId;

/** Search over what this site holds. Thread-safe. */
public interface ArchiveQueries {
    /** @throws org.archipelago.contract.ArchiveException INVALID_QUERY, SEARCH_UNAVAILABLE, POSITION_NOT_REACHED */
    QueryPage find(ArchiveQuery query);

    /**
     * Hands over every match once, in a stable order, however many there are: offset and limit of the query are not looked
     * at. What is stored meanwhile may be among them or not; it neither repeats nor displaces another match.
     *
     * @throws org.archipelago.contract.ArchiveException as {@link #find}; SEARCH_UNAVAILABLE also in the middle of the walk
     */
    <E extends Exception> void walk(ArchiveQuery query, MatchConsumer<E> consumer) throws E;

    /**
     * Paths of keys that have a value and yet constrain nothing, at this level or of series within which they vary: they count as
     * if they were empty (PS3.4 §C.2.2.1.3).
     *
     * @throws org.archipelago.contract.ArchiveException as {@link #find}
     */
    List<List<Integer>> unmatched(ArchiveQuery query);

    /** Takes matches one after another. */
    interface MatchConsumer<E extends Exception> {
        /** @return whether more are wanted */
        boolean take(AttributeSet match) throws E;

        /**
         * Asked again and again, also while nothing matches: before each page of documents and every few hundred headers.
         *
         * @return whether more are wanted; once they are not, nothing is handed over any more
         */
        default boolean isWanted() throws E {
            return true;
        }

        /** Whose the match is that is handed over next, as in {@link QueryPage#patients}; called before each. */
        default void concerns(Set<PatientRecordId> patients) {}
    }
}
