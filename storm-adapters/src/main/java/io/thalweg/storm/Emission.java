package io.thalweg.storm;

/** When the outputs of a {@link ProcessorBolt} leave it. */
public enum Emission {
  /** Once the state that they belong to is committed: nothing that was seen is ever undone. */
  AFTER_COMMIT,

  /**
   * At once, for those who need milliseconds. A worker that dies before the commit leaves outputs
   * behind that belong to no state: the events are applied again, and in another order they may
   * give other results. The state is not touched by that, and no result of it is lost.
   *
   * <p>In a sink that keeps the newest version of each id, every row of the state comes to be what
   * it is without failures: answers and windows come again under the same identity. A session that
   * existed in the lost state only, of some of the records, stays beside them as a ghost. A bolt
   * behind counts the answers that were lost with their state beside those that are given in their
   * place: each at least once.
   */
  AT_ONCE
}
