package io.thalweg.storm.testing;

/** The steps of a task from a commit to the next, at each of which it can die or stop for long. */
public enum CommitStep {
  /** Everything is applied, nothing of it committed. */
  BEFORE_COMMIT,
  /** Committed, nothing emitted. */
  AFTER_COMMIT,
  /** One or several outputs emitted, but not all, if there are several. */
  EMITTING,
  /** All outputs emitted, nothing acked. */
  BEFORE_ACK,
  /** One or several inputs acked, but not all, if there are several. */
  ACKING
}
