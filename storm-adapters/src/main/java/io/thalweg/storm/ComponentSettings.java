package io.thalweg.storm;

/** Keys of the component configuration that a spout leaves for the bolts of its topology. */
public final class ComponentSettings {

  /** Largest number of uncommitted offsets of a spout, which bounds the records in flight. */
  public static final String MAX_UNCOMMITTED_OFFSETS = "thalweg.max.uncommitted.offsets";

  private ComponentSettings() {}
}
