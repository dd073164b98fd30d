package io.thalweg.storm;

/** Keys of the configuration of a topology or of its components. */
public final class ComponentSettings {

  /**
   * Largest number of uncommitted offsets of a spout, which bounds the records in flight. A spout
   * leaves it for the bolts of its topology.
   */
  public static final String MAX_UNCOMMITTED_OFFSETS = "thalweg.max.uncommitted.offsets";

  /**
   * True if a bolt may start without state although the consumer group of its spout has committed
   * offsets. Its results lack the records before these offsets.
   */
  public static final String ACCEPT_MISSING_STATE = "thalweg.accept.missing.state";

  private ComponentSettings() {}
}
