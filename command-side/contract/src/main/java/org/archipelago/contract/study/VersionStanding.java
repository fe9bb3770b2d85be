package org.archipelago.contract.study;

import org.archipelago.contract.dicom.SeriesInstanceUid;

/**
 * What an instance counts for while one of its versions is current.
 *
 * @param series in which the version is
 * @param person whose it is: number of a person of the study, see {@link StudyEvent.PersonDescribed}
 * @param says which of the named values it has
 */
public record VersionStanding(SeriesInstanceUid series, int person, NamedValues says) {}
