package io.thalweg.window;

/**
 * Partial aggregate of one key and slice, as it is saved.
 *
 * @param inEarlyResult true if all its events are part of early results
 * @param state the state of the aggregate
 */
record SavedPartial(boolean inEarlyResult, Object state) {}
