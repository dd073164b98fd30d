package io.thalweg.anomaly;

/**
 * Range of the values that a {@link Detector} expects. Mutable, so that one object serves all
 * readings. Not thread-safe.
 */
public final class ExpectedRange {

  private double centre = Double.NaN;
  private double low = Double.NaN;
  private double high = Double.NaN;

  /** Creates a range without an expectation: all NaN. */
  public ExpectedRange() {}

  /**
   * Sets the range.
   *
   * @param centre the most likely value; NaN if none is expected
   * @param low the lower end, at most the centre; -∞ if unbounded
   * @param high the upper end, at least the centre; ∞ if unbounded
   */
  public void set(double centre, double low, double high) {
    this.centre = centre;
    this.low = low;
    this.high = high;
  }

  /** Sets the range to no expectation: all NaN. */
  public void clear() {
    set(Double.NaN, Double.NaN, Double.NaN);
  }

  /**
   * Reduces the range to its common part with another one, and keeps the centre within it. A range
   * without an expectation takes the other one.
   *
   * @param other the other range
   */
  public void intersect(ExpectedRange other) {
    intersect(other.centre, other.low, other.high);
  }

  /** As {@link #intersect(ExpectedRange)}. */
  void intersect(double centre, double low, double high) {
    if (Double.isNaN(this.centre)) {
      set(centre, low, high);
    } else if (!Double.isNaN(centre)) {
      this.low = Math.max(this.low, low);
      this.high = Math.min(this.high, high);
      if (this.low > this.high) { // nothing in common: the boundary between the two
        this.low = this.high = (this.low + this.high) / 2;
      }
      this.centre = Math.min(this.high, Math.max(this.low, this.centre));
    }
  }

  /**
   * Returns the most likely value.
   *
   * @return the centre; NaN if none is expected
   */
  public double centre() {
    return centre;
  }

  /**
   * Returns the lower end.
   *
   * @return the lower end; NaN if none is expected
   */
  public double low() {
    return low;
  }

  /**
   * Returns the upper end.
   *
   * @return the upper end; NaN if none is expected
   */
  public double high() {
    return high;
  }
}
