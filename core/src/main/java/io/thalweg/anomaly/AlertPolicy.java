package io.thalweg.anomaly;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * Decides about readings with a known probability: a reading is anomalous, an incident opens, it
 * closes.
 *
 * <pre>{@code
 * AlertPolicy policy =
 *     AlertPolicy.rate(1e-4) // one false alert in 10,000 readings
 *         .direction(Direction.UP)
 *         .ignoreWithin(0.5) // degrees
 *         .open(2, 3) // two of three readings
 *         .coolDown(Duration.ofMinutes(10));
 * }</pre>
 *
 * <ol>
 *   <li>A reading is anomalous if its tail probability is at most the rate, its deviation has the
 *       {@link #direction}, and it is not within the deviation to {@linkplain #ignoreWithin
 *       ignore}.
 *   <li>An incident opens when {@code k} of the last {@code n} readings are anomalous.
 *   <li>It closes after a number of ordinary readings in a row, with a probability above ten times
 *       the rate (hysteresis).
 *   <li>In the {@link #coolDown} after it, another one opens only at a higher score.
 *   <li>Anomalous readings are not learnt, at most {@link #exclude} in a row. A new level is so
 *       learnt after that number of readings.
 * </ol>
 *
 * <p>Immutable: each method returns another policy.
 *
 * @param rate the highest tail probability of an anomalous reading, from above 0 to below 1
 * @param direction the side of the expected value on which readings are anomalous
 * @param minDeviation the deviation from the expected value up to which a reading is ordinary
 * @param minRelativeDeviation the same as a share of the expected value
 * @param anomalous the number {@code k} of anomalous readings that open an incident
 * @param of the number {@code n} of readings among which they are, at most 64
 * @param closeAfter the number of ordinary readings in a row that close an incident
 * @param coolDown the time after an incident in which another needs a higher score
 * @param exclude the greatest number of anomalous readings in a row that are not learnt
 */
public record AlertPolicy(
    double rate,
    Direction direction,
    double minDeviation,
    double minRelativeDeviation,
    int anomalous,
    int of,
    int closeAfter,
    Duration coolDown,
    int exclude) {

  /** The default rate: one false alert in 10,000 readings. */
  public static final double RATE = 1e-4;

  /** A reading is ordinary again above this multiple of the rate. */
  static final double HYSTERESIS = 10;

  /** Side of the expected value. */
  public enum Direction {

    /** Values above the expected one. */
    UP,

    /** Values below the expected one. */
    DOWN,

    /** Values on both sides. */
    BOTH
  }

  /**
   * Creates a policy; {@link #rate(double)} has the defaults.
   *
   * @throws IllegalArgumentException if a value is out of range
   */
  public AlertPolicy {
    requireNonNull(direction, "direction");
    requireNonNull(coolDown, "coolDown");
    require(rate > 0 && rate < 1, "rate must be above 0 and below 1", rate);
    notNegative("minDeviation", minDeviation);
    notNegative("minRelativeDeviation", minRelativeDeviation);
    require(anomalous >= 1 && anomalous <= of, "k must be from 1 to n", anomalous);
    require(of <= 64, "n must be at most 64", of);
    require(closeAfter >= 1, "closeAfter must be positive", closeAfter);
    require(!coolDown.isNegative(), "coolDown must not be negative", coolDown);
    require(exclude >= 0, "exclude must not be negative", exclude);
  }

  private static void notNegative(String name, double value) {
    require(value >= 0 && value < Double.POSITIVE_INFINITY, name + " must not be negative", value);
  }

  private static void require(boolean condition, String rule, Object value) {
    if (!condition) {
      throw new IllegalArgumentException(rule + ": " + value);
    }
  }

  /**
   * Returns the default policy: both directions, no deviation ignored, one reading opens, five
   * close, no cool-down, and up to 20 anomalous readings in a row are not learnt.
   *
   * @return a policy with the rate {@value #RATE}
   */
  public static AlertPolicy standard() {
    return rate(RATE);
  }

  /**
   * Returns the default policy with another rate.
   *
   * @param rate the rate of false alerts: the share of readings that are anomalous by chance
   * @return a policy
   * @throws IllegalArgumentException if it is not between 0 and 1
   */
  public static AlertPolicy rate(double rate) {
    return new AlertPolicy(rate, Direction.BOTH, 0, 0, 1, 1, 5, Duration.ZERO, 20);
  }

  /**
   * Sets the side on which readings are anomalous.
   *
   * @param direction the side
   * @return another policy
   */
  public AlertPolicy direction(Direction direction) {
    return new AlertPolicy(
        rate,
        direction,
        minDeviation,
        minRelativeDeviation,
        anomalous,
        of,
        closeAfter,
        coolDown,
        exclude);
  }

  /**
   * Ignores readings near the expected value.
   *
   * @param deviation the greatest deviation that is ignored, in the unit of the values
   * @return another policy
   */
  public AlertPolicy ignoreWithin(double deviation) {
    return new AlertPolicy(
        rate,
        direction,
        deviation,
        minRelativeDeviation,
        anomalous,
        of,
        closeAfter,
        coolDown,
        exclude);
  }

  /**
   * Ignores readings near the expected value.
   *
   * @param share the greatest deviation that is ignored, as a share of the expected value, such as
   *     0.05
   * @return another policy
   */
  public AlertPolicy ignoreWithinShare(double share) {
    return new AlertPolicy(
        rate, direction, minDeviation, share, anomalous, of, closeAfter, coolDown, exclude);
  }

  /**
   * Opens an incident when k of n readings are anomalous.
   *
   * @param k the number of anomalous readings
   * @param n the number of readings, at most 64
   * @return another policy
   */
  public AlertPolicy open(int k, int n) {
    return new AlertPolicy(
        rate, direction, minDeviation, minRelativeDeviation, k, n, closeAfter, coolDown, exclude);
  }

  /**
   * Closes an incident after a number of ordinary readings in a row.
   *
   * @param readings the number of readings, positive
   * @return another policy
   */
  public AlertPolicy closeAfter(int readings) {
    return new AlertPolicy(
        rate,
        direction,
        minDeviation,
        minRelativeDeviation,
        anomalous,
        of,
        readings,
        coolDown,
        exclude);
  }

  /**
   * Sets the time after an incident in which another one opens only at a higher score.
   *
   * @param time the event time after the end of an incident
   * @return another policy
   */
  public AlertPolicy coolDown(Duration time) {
    return new AlertPolicy(
        rate,
        direction,
        minDeviation,
        minRelativeDeviation,
        anomalous,
        of,
        closeAfter,
        time,
        exclude);
  }

  /**
   * Sets the greatest number of anomalous readings in a row that are not learnt.
   *
   * @param readings the number of readings; 0 to learn all
   * @return another policy
   */
  public AlertPolicy exclude(int readings) {
    return new AlertPolicy(
        rate,
        direction,
        minDeviation,
        minRelativeDeviation,
        anomalous,
        of,
        closeAfter,
        coolDown,
        readings);
  }

  /**
   * Returns whether a reading is anomalous.
   *
   * @param value the value
   * @param expected the expected value; NaN if unknown, the deviation is then not considered
   * @param probability the tail probability; NaN if unknown, the reading is then ordinary
   * @return true if the reading is anomalous
   */
  public boolean isAnomalous(double value, double expected, double probability) {
    if (!(probability <= rate)) {
      return false;
    }
    if (Double.isNaN(expected)) {
      return true;
    }
    double deviation = value - expected;
    if (Math.abs(deviation) <= Math.max(minDeviation, minRelativeDeviation * Math.abs(expected))
        && (minDeviation > 0 || minRelativeDeviation > 0)) {
      return false;
    }
    return switch (direction) {
      case UP -> deviation > 0;
      case DOWN -> deviation < 0;
      case BOTH -> true;
    };
  }
}
