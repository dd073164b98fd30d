package io.thalweg.examples.readings;

import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.Assertions;

/**
 * The two formulas written down once more, with lists and loops: what the topology's alerts are
 * compared with. Uses nothing of the library.
 */
public final class NaiveDetector {

  private static final long SIZE = 10_000;

  /** An alert, with the place of its reading in the list. */
  public record Expected(
      int index, Reading reading, double mean, double sd, double z, List<Double> recent) {}

  private NaiveDetector() {}

  /**
   * The alerts of one device.
   *
   * @param readings all its readings, by event time
   */
  public static List<Expected> alerts(List<Reading> readings, boolean book) {
    List<Expected> alerts = new ArrayList<>();
    List<Reading> taken = new ArrayList<>();
    for (int i = 0; i < readings.size(); i++) {
      Reading reading = readings.get(i);
      List<Double> window = new ArrayList<>();
      if (book) {
        taken.add(reading);
      }
      for (Reading other : taken) {
        long age = reading.timestamp() - other.timestamp();
        if (book ? age <= SIZE : age < SIZE) {
          window.add(other.value());
        }
      }
      if (!book) {
        taken.add(reading);
      }
      judge(i, reading, window, book, alerts);
    }
    return alerts;
  }

  private static void judge(
      int i, Reading reading, List<Double> window, boolean book, List<Expected> alerts) {
    int n = window.size();
    if (n < (book ? 5 : 10)) {
      return;
    }
    double sum = 0;
    for (double value : window) {
      sum += value;
    }
    double mean = sum / n;
    double squares = 0;
    for (double value : window) {
      squares += (value - mean) * (value - mean);
    }
    double sd = Math.sqrt(squares / (book ? n : n - 1));
    if (sd == 0 && book) {
      return;
    }
    double scale = book ? sd : Math.max(sd, 1e-9);
    double z = Math.abs(reading.value() - mean) / scale;
    Assertions.assertThat(Math.abs(z - 2)).as("rounding must not decide").isGreaterThan(1e-9);
    if (z > 2) {
      List<Double> recent = new ArrayList<>(window);
      if (!book) {
        recent.add(reading.value());
      }
      recent = recent.subList(Math.max(0, recent.size() - 5), recent.size());
      alerts.add(new Expected(i, reading, mean, scale, z, List.copyOf(recent)));
    }
  }
}
