package io.thalweg.window;

/** Relation of a result of a window to the previous results of the same window. */
public enum AccumulationMode {
  /** Accumulation: each result replaces the previous one. */
  ACCUMULATING,
  /**
   * Discarding: each result holds only the events since the previous one. Without new events there
   * is no result.
   */
  DISCARDING,
  /**
   * Retraction: as accumulating, and each result carries the value that it replaces. When a session
   * that has emitted a result merges into a larger one, its result is retracted together with the
   * first result of the larger session.
   */
  RETRACTING
}
