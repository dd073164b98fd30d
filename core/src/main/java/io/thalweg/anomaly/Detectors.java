package io.thalweg.anomaly;

/**
 * Detectors of the library. Each method returns the specification of one; docs/anomaly.md compares
 * them.
 */
public final class Detectors {

  /** The number of values that a detector learns before it judges one, unless stated otherwise. */
  public static final int MIN_VALUES = 20;

  private Detectors() {}

  /**
   * Returns a detector by the exponentially weighted mean and standard deviation: {@code score =
   * |value - mean| / max(s, 1e-8 |mean|)}. It has 24 bytes of state and takes about 10 ns a value.
   *
   * @param share the weight of the newest value, from above 0 to 1; its memory is about {@code 1 /
   *     share} values
   * @return the specification
   * @throws IllegalArgumentException if the share is out of range
   */
  public static DetectorSpec decayedZ(double share) {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("share must be above 0 and at most 1: " + share);
    }
    return new DetectorSpec(
        "thalweg.decayedz(" + share + ")", () -> new DecayedZ(share, MIN_VALUES));
  }
}
