package io.thalweg.storm.testing;

import io.thalweg.storm.StateStore;
import java.util.List;
import java.util.Set;

/**
 * Settings of a run; {@link Simulation} describes each of them.
 *
 * @param logs the records of each partition
 * @param lastArrival the time of the last record
 * @param idleAdvanceMillis negative if event time does not follow the clock
 * @param off the safeguards that are switched off
 */
record RunSettings(
    long seed,
    List<List<TopicRecord>> logs,
    long lastArrival,
    long disorderMillis,
    long idleMillis,
    long idleAdvanceMillis,
    int timeoutMillis,
    long untilMillis,
    StateStore store,
    Set<Safeguard> off) {

  boolean has(Safeguard safeguard) {
    return !off.contains(safeguard);
  }

  /** Returns whether the run ends at a given time, in the middle of the stream. */
  boolean isEndless() {
    return untilMillis >= 0;
  }
}
