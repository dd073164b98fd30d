package io.thalweg.examples.readings;

import java.util.SplittableRandom;

/**
 * Simulated sensors with planted anomalies. Values are uniform between 45 and 55; one in twenty is
 * an anomaly, 20 to 50 higher. Values have two decimals. The same seed gives the same sequence.
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
   * Creates sensors named {@code sensor-1}, {@code sensor-2} and so on.
   *
   * @param devices the number of sensors
   * @param seed the seed of the random numbers
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
   * Returns the next reading of a random sensor.
   *
   * @param timestamp the event time
   * @return the reading
   */
  public Reading next(long timestamp) {
    return next(random.nextInt(devices.length), timestamp);
  }

  /**
   * Returns the next reading of one sensor.
   *
   * @param device the index of the sensor, from 0
   * @param timestamp the event time
   * @return the reading
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
   * Returns whether the last reading is a planted anomaly.
   *
   * @return true for one in twenty
   */
  public boolean planted() {
    return planted;
  }

  /**
   * Returns a random pause between two readings, as in the book's example.
   *
   * @return 500 to 2000 milliseconds
   */
  public int bookPauseMillis() {
    return random.nextInt(500, 2001);
  }
}
