package io.thalweg.storm;

/** Moment at which a {@link ProcessorBolt} emits its outputs. */
public enum Emission {
  /**
   * Emission after the commit of the state to which the outputs belong. No output is ever undone.
   */
  AFTER_COMMIT,

  /**
   * Immediate emission, for a latency of milliseconds. If a worker dies before the commit, the
   * emitted outputs belong to no state: the events are applied again, and in another order they may
   * have other results. The state is not affected, and no result of it is lost.
   *
   * <p>A sink that keeps the newest version of each id converges to the rows of a run without
   * failures, since answers and windows are emitted again with the same id. Two effects remain: a
   * session that existed in the lost state only stays as an additional row, and a downstream bolt
   * counts the lost answers as well as those that replace them.
   */
  AT_ONCE
}
