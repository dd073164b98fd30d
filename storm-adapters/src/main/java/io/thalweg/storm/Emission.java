package io.thalweg.storm;

/** When the outputs of a {@link ProcessorBolt} leave it. */
public enum Emission {
  /** Once the state that they belong to is committed: nothing that was seen is ever undone. */
  AFTER_COMMIT,

  /**
   * At once, for those who need milliseconds. A worker that dies before the commit leaves outputs
   * behind that belong to no state: the events are applied again, and in another order they may
   * give other results. A sink that keeps versions converges all the same for answers that come
   * again under the same identity; a session or window that exists only in the lost state stays as
   * a ghost.
   */
  AT_ONCE
}
