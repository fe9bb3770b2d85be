package org.archipelago.contract.study;

/** Names a conflict within its study copy, from 1. */
public record ConflictId(int value) {}
