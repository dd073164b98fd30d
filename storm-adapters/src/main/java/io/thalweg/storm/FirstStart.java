package io.thalweg.storm;

import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Check of a task whose saved state has no heartbeats: its sources must be read for the first time.
 * Otherwise the state is elsewhere, for example in a SQLite file of another host, and the results
 * would lack all records before.
 *
 * <p>A heartbeat is confirmed after every task behind the spout has committed it. A task without
 * any heartbeat, behind a spout that had one confirmed, therefore has not the state that was
 * committed. The spout had one confirmed in this start if its heartbeats name it, and in an earlier
 * start if it resumes: its consumer group has committed offsets after a heartbeat was confirmed. A
 * task that died before its first commit is not refused.
 *
 * <p>The check ends when every spout task was heard. Until then the task commits nothing: it would
 * ack records that the missing state must count.
 */
final class FirstStart {

  private static final Logger LOG = LoggerFactory.getLogger(FirstStart.class);

  private final String component;
  private final StateStore.Shard shard;
  private final boolean acceptsMissingState;
  private final Set<Integer> unheardSpouts;

  /**
   * Starts the check.
   *
   * @param component the bolt
   * @param shard the shard of the task
   * @param spoutTasks the spout tasks whose heartbeats the task receives
   * @param acceptsMissingState true if missing state is logged only
   */
  FirstStart(
      String component,
      StateStore.Shard shard,
      Set<Integer> spoutTasks,
      boolean acceptsMissingState) {
    this.component = component;
    this.shard = shard;
    this.acceptsMissingState = acceptsMissingState;
    unheardSpouts = new HashSet<>(spoutTasks);
  }

  /**
   * Adds a heartbeat.
   *
   * @throws FencedException if its spout had a heartbeat confirmed, but by the successor of this
   *     task: the state that was committed then is not missing
   * @throws IllegalStateException if its spout had a heartbeat confirmed, and missing state is not
   *     accepted
   */
  void add(Heartbeat heartbeat) {
    Heartbeat.Incarnation spout = heartbeat.id().incarnation();
    boolean committedBefore = spout.resumes() || heartbeat.confirmed() >= 0;
    if (!unheardSpouts.remove(spout.spout()) || !committedBefore) {
      return;
    }
    shard.requireHeld();
    if (!acceptsMissingState) {
      throw new IllegalStateException(
          ("%s: the state store must have the state of the records before the committed offsets, but"
                  + " has none for this task: give it the database that had it (host, url, table"
                  + " prefix, name of topology and component), delete the offsets of the consumer group to"
                  + " read its topics again, or set %s to true to start without these records")
              .formatted(component, ComponentSettings.ACCEPT_MISSING_STATE));
    }
    LOG.warn(
        "{} starts without state, and without the records before the committed offsets: {} is true",
        component,
        ComponentSettings.ACCEPT_MISSING_STATE);
  }

  /** Returns true if every spout task was heard. */
  boolean isPassed() {
    return unheardSpouts.isEmpty();
  }
}
