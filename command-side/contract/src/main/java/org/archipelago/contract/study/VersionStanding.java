package org.archipelago.contract.study;

import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopClassUid;

/**
 * What an instance counts for while one of its versions is current.
 *
 * @param series in which the version is
 * @param sopClass of the version
 * @param person whose it is: number of a person of the study, see {@link StudyEvent.PersonDescribed}
 * @param says which of the named values it has
 */
public record VersionStanding(SeriesInstanceUid series, SopClassUid sopClass, int person, NamedValues says) {}
