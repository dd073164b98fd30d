package io.thalweg.storm.testing;

/** Steps of a task between two commits, at each of which a fault can kill or stop it. */
public enum CommitStep {
  /** All events are applied, none is committed. */
  BEFORE_COMMIT,
  /** The commit is complete, nothing is emitted. */
  AFTER_COMMIT,
  /** At least one output is emitted, but not all if there are several. */
  EMITTING,
  /** All outputs are emitted, nothing is acked. */
  BEFORE_ACK,
  /** At least one input is acked, but not all if there are several. */
  ACKING
}
