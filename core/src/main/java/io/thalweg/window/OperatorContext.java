package io.thalweg.window;

import io.thalweg.Milliseconds;

/** Configuration and state that all window groups of one operator share. */
final class OperatorContext<K, E, R> {

  final StatePool<E, R> pool;
  final KeyTable<K> keyTable;
  final long lateness;
  final AccumulationMode mode;

  /**
   * The time after its newest event at which a key of windows without an end expires; {@code
   * Long.MAX_VALUE} if keys never expire.
   */
  final long idle;

  /** The results for the current event. */
  final ImmediateResults<K, R> immediateResults = new ImmediateResults<>();

  long watermark = Long.MIN_VALUE;

  /**
   * Largest end of the windows that were forgotten with a smaller lateness, before a restore.
   * {@code Long.MIN_VALUE} if there are none. Their slices are gone, so that they stay forgotten.
   */
  long forgottenUpTo = Long.MIN_VALUE;

  /** True if changes are tracked for {@code saveChanges}: from its first call on. */
  boolean tracksChanges;

  OperatorContext(
      StatePool<E, R> pool, KeyTable<K> keyTable, long lateness, AccumulationMode mode, long idle) {
    this.pool = pool;
    this.keyTable = keyTable;
    this.lateness = lateness;
    this.mode = mode;
    this.idle = idle;
  }

  boolean isForgotten(long end) {
    return watermark >= forgottenAt(end);
  }

  /** Returns the watermark at which a window with this end is forgotten. */
  long forgottenAt(long end) {
    return end <= forgottenUpTo ? Long.MIN_VALUE : Milliseconds.plus(end, lateness);
  }

  /** Returns the largest end of the forgotten windows, by the watermark or by a restore. */
  long lastForgottenEnd() {
    return Math.max(forgottenUpTo, Milliseconds.minus(watermark, lateness));
  }

  boolean expiresKeys() {
    return idle < Long.MAX_VALUE;
  }

  boolean discards() {
    return mode == AccumulationMode.DISCARDING;
  }

  boolean retracts() {
    return mode == AccumulationMode.RETRACTING;
  }
}
