package io.thalweg.storm;

/**
 * Keys of the component configuration that a spout leaves for the bolts of its topology.
 *
 * <p>Public for the packages of the adapters only.
 */
public final class ComponentSettings {

  /** Largest number of uncommitted offsets of a spout, which bounds the records in flight. */
  public static final String MAX_UNCOMMITTED_OFFSETS = "thalweg.max.uncommitted.offsets";

  private ComponentSettings() {}
}
