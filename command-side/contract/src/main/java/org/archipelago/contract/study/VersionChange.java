package org.archipelago.contract.study;

/** Another version of an instance is current than the one before. */
public record VersionChange(VersionStanding from, VersionStanding to) {}
