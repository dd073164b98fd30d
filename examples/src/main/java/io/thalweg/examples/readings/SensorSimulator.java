package io.thalweg.examples.readings;

import java.util.SplittableRandom;

/**
 * Sensors that are known to misbehave at times: the readings are even between 45 and 55, and one in
 * twenty, the planted anomalies, lies 20 to 50 higher. Values have two decimals. The same seed
 * gives the same values in the same order.
 *
 * <p>Thread-safety: one thread.
 */
public final class SensorSimulator {

  private static final double BASE = 50;
  private static final double SPREAD = 5;
  private static final double ANOMALIES = 0.05;

  private final String[] devices;
  private final SplittableRandom random;
  private boolean planted;

  /**
   * Sensors named {@code sensor-1} and so on.
   *
   * @param devices how many
   * @param seed decides every value
   * @throws IllegalArgumentException if there is no device
   */
  public SensorSimulator(int devices, long seed) {
    if (devices < 1) {
      throw new IllegalArgumentException("devices must be positive: " + devices);
    }
    this.devices = new String[devices];
    for (int i = 0; i < devices; i++) {
      this.devices[i] = "sensor-" + (i + 1);
    }
    this.random = new SplittableRandom(seed);
  }

  /**
   * Lets a random sensor speak.
   *
   * @param timestamp when
   * @return its reading
   */
  public Reading next(long timestamp) {
    return next(random.nextInt(devices.length), timestamp);
  }

  /**
   * Lets one sensor speak.
   *
   * @param device its place, from 0
   * @param timestamp when
   * @return its reading
   */
  public Reading next(int device, long timestamp) {
    double value = BASE + random.nextDouble(-SPREAD, SPREAD);
    planted = random.nextDouble() < ANOMALIES;
    if (planted) {
      value += random.nextDouble(20, 50);
    }
    return new Reading(devices[device], Math.round(value * 100) / 100.0, timestamp);
  }

  /**
   * Whether the reading that came last is a planted anomaly.
   *
   * @return true for one in twenty
   */
  public boolean planted() {
    return planted;
  }

  /**
   * The pause before the next reading of the book's example.
   *
   * @return 500 to 2000 milliseconds
   */
  public int bookPauseMillis() {
    return random.nextInt(500, 2001);
  }
}
