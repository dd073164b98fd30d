package io.thalweg.window;

/** What a result of a window says about the results that it gave before. */
public enum AccumulationMode {
  /** Each result replaces the one before. */
  ACCUMULATING,
  /** Each result holds only what came since the one before; nothing new, no result. */
  DISCARDING,
  /**
   * As accumulating, and each result carries the one it replaces; a session that gave a result and
   * is absorbed by a larger one is retracted together with the larger one's first result.
   */
  RETRACTING
}
