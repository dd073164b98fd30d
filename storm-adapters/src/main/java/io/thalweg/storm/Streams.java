package io.thalweg.storm;

/** Names of the streams between the components of a topology. */
public final class Streams {

  /** Stream of events whose windows were all forgotten before they arrived. */
  public static final String LATE = "late";

  /** Stream of records that cannot be decoded or are rejected by a processor. */
  public static final String DEAD_LETTER = "dead-letter";

  /** Stream of heartbeats, which carry the watermark. */
  public static final String WATERMARK = "watermark";

  /** Stream of the ticks of {@link TickSpout}. */
  public static final String TICK = "tick";

  private Streams() {}
}
