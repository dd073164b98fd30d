package io.thalweg.anomaly;

import static java.util.Objects.requireNonNull;

import io.thalweg.Milliseconds;
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
 *         .coolDown(Duration.ofMinutes(10))
 *         .build();
 * }</pre>
 *
 * <ol>
 *   <li>A reading is anomalous if its tail probability is at most the rate, its deviation has the
 *       {@linkplain Builder#direction direction}, and it is not within the deviation to {@linkplain
 *       Builder#ignoreWithin ignore}.
 *   <li>An incident {@linkplain Builder#open opens} when k of the last n readings are anomalous.
 *   <li>It {@linkplain Builder#closeAfter closes} after a number of ordinary readings in a row,
 *       with a probability above {@value #HYSTERESIS} times the rate (hysteresis).
 *   <li>In the {@linkplain Builder#coolDown cool-down} after it, another one opens only at a higher
 *       score.
 *   <li>Anomalous readings, and those of an incident that are not ordinary, are not learnt, up to a
 *       {@linkplain Builder#exclude number}. One of these exclusions comes back with every {@value
 *       #RECOVERY} ordinary readings. So a new level is learnt after that number of readings, and a
 *       new pattern after some more.
 * </ol>
 *
 * <p>Immutable.
 */
public final class AlertPolicy {

  /** The default rate: one false alert in 10,000 readings. */
  public static final double RATE = 1e-4;

  /** The multiple of the rate above which a reading of an incident is ordinary. */
  public static final double HYSTERESIS = 10;

  /** The number of ordinary readings after which one more anomalous reading is not learnt. */
  public static final int RECOVERY = 50;

  private final double rate;
  private final Direction direction;
  private final double minDeviation;
  private final double minShare;
  private final int anomalous;
  private final int window;
  private final int closeAfter;
  private final long coolDown;
  private final int exclude;

  private AlertPolicy(Builder builder) {
    rate = builder.rate;
    direction = builder.direction;
    minDeviation = builder.minDeviation;
    minShare = builder.minShare;
    anomalous = builder.anomalous;
    window = builder.window;
    closeAfter = builder.closeAfter;
    coolDown = builder.coolDown;
    exclude = builder.exclude;
  }

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
   * Returns the default policy: the rate {@value #RATE} in both directions, one reading opens an
   * incident, five close it, no deviation is ignored, there is no cool-down, and up to 20 anomalous
   * readings are not learnt.
   *
   * @return the policy
   */
  public static AlertPolicy standard() {
    return rate(RATE).build();
  }

  /**
   * Returns a builder of a policy.
   *
   * @param rate the rate of false alerts, the highest tail probability of an anomalous reading;
   *     above 0 and below 1
   * @return a builder with the defaults otherwise
   * @throws IllegalArgumentException if the rate is out of range
   */
  public static Builder rate(double rate) {
    return new Builder(rate);
  }

  /** Builder of a policy. */
  public static final class Builder {
    private final double rate;
    private Direction direction = Direction.BOTH;
    private double minDeviation;
    private double minShare;
    private int anomalous = 1;
    private int window = 1;
    private int closeAfter = 5;
    private long coolDown;
    private int exclude = 20;

    private Builder(double rate) {
      require(rate > 0 && rate < 1, "rate must be above 0 and below 1", rate);
      this.rate = rate;
    }

    private static void require(boolean condition, String rule, Object value) {
      if (!condition) {
        throw new IllegalArgumentException(rule + ": " + value);
      }
    }

    private static double notNegative(String name, double value) {
      require(
          value >= 0 && value < Double.POSITIVE_INFINITY,
          name + " must not be negative and be finite",
          value);
      return value;
    }

    /**
     * Sets the side of the expected value on which readings are anomalous.
     *
     * @param direction the side; by default both
     * @return this builder
     */
    public Builder direction(Direction direction) {
      this.direction = requireNonNull(direction, "direction");
      return this;
    }

    /**
     * Ignores readings near the expected value.
     *
     * @param deviation the greatest deviation that is ignored, in the unit of the values, not
     *     negative
     * @return this builder
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public Builder ignoreWithin(double deviation) {
      minDeviation = notNegative("deviation", deviation);
      return this;
    }

    /**
     * Ignores readings near the expected value, in relation to it. With {@link #ignoreWithin}, the
     * greater of the two deviations is ignored.
     *
     * @param share the greatest deviation that is ignored, as a share of the expected value, such
     *     as 0.05; not negative
     * @return this builder
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public Builder ignoreWithinShare(double share) {
      minShare = notNegative("share", share);
      return this;
    }

    /**
     * Opens an incident when k of n readings are anomalous.
     *
     * @param k the number of anomalous readings, from 1 to n; by default 1
     * @param n the number of readings, from 1 to 64; by default 1
     * @return this builder
     * @throws IllegalArgumentException if a number is out of range
     */
    public Builder open(int k, int n) {
      require(n >= 1 && n <= 64, "n must be from 1 to 64", n);
      require(k >= 1 && k <= n, "k must be from 1 to n", k);
      anomalous = k;
      window = n;
      return this;
    }

    /**
     * Sets the number of ordinary readings in a row that close an incident.
     *
     * @param readings the number, positive; by default 5
     * @return this builder
     * @throws IllegalArgumentException if it is not positive
     */
    public Builder closeAfter(int readings) {
      require(readings >= 1, "readings must be positive", readings);
      closeAfter = readings;
      return this;
    }

    /**
     * Sets the time after an incident in which another one opens only at a higher score.
     *
     * @param time the event time in whole milliseconds, not negative; by default 0
     * @return this builder
     * @throws IllegalArgumentException if it is negative or no whole number
     */
    public Builder coolDown(Duration time) {
      coolDown = Milliseconds.notNegative("time", time);
      return this;
    }

    /**
     * Sets the greatest number of anomalous readings that are not learnt. One more comes back with
     * every {@value AlertPolicy#RECOVERY} ordinary readings.
     *
     * @param readings the number, not negative; 0 to learn every reading; by default 20
     * @return this builder
     * @throws IllegalArgumentException if it is negative
     */
    public Builder exclude(int readings) {
      require(readings >= 0, "readings must not be negative", readings);
      exclude = readings;
      return this;
    }

    /**
     * Creates the policy.
     *
     * @return the policy
     */
    public AlertPolicy build() {
      return new AlertPolicy(this);
    }
  }

  /**
   * Returns the rate of false alerts.
   *
   * @return the highest tail probability of an anomalous reading
   */
  public double rate() {
    return rate;
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
    if (Math.abs(deviation) <= Math.max(minDeviation, minShare * Math.abs(expected))
        && (minDeviation > 0 || minShare > 0)) {
      return false;
    }
    return switch (direction) {
      case UP -> deviation > 0;
      case DOWN -> deviation < 0;
      case BOTH -> true;
    };
  }

  /** Returns true if the last readings, newest in bit 0 and 1 if anomalous, open an incident. */
  boolean opens(long last) {
    return Long.bitCount(last & -1L >>> 64 - window) >= anomalous;
  }

  /** Returns true if a reading of an incident is ordinary. */
  boolean isOrdinary(double probability) {
    return probability > HYSTERESIS * rate;
  }

  int closeAfter() {
    return closeAfter;
  }

  /** Returns the cool-down in milliseconds. */
  long coolDown() {
    return coolDown;
  }

  int exclude() {
    return exclude;
  }
}
