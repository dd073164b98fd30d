package io.thalweg.examples.readings;

import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.Assertions;

/**
 * Reference implementation of the two formulas with lists and loops. It does not use the library.
 */
public final class NaiveDetector {

  private static final long SIZE = 10_000;

  /** Expected alert, with the index of its reading in the list. */
  public record ExpectedAlert(
      int index, Reading reading, double mean, double sd, double z, List<Double> recent) {}

  private NaiveDetector() {}

  /**
   * Returns the alerts of one device.
   *
   * @param readings all readings of the device, ordered by event time
   * @param book true for the formula of the book
   */
  public static List<ExpectedAlert> alerts(List<Reading> readings, boolean book) {
    List<ExpectedAlert> alerts = new ArrayList<>();
    List<Reading> seen = new ArrayList<>();
    for (int i = 0; i < readings.size(); i++) {
      Reading reading = readings.get(i);
      List<Double> window = new ArrayList<>();
      if (book) {
        seen.add(reading);
      }
      for (Reading other : seen) {
        long age = reading.timestamp() - other.timestamp();
        if (book ? age <= SIZE : age < SIZE) {
          window.add(other.value());
        }
      }
      if (!book) {
        seen.add(reading);
      }
      score(i, reading, window, book, alerts);
    }
    return alerts;
  }

  private static void score(
      int i, Reading reading, List<Double> window, boolean book, List<ExpectedAlert> alerts) {
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
    Assertions.assertThat(Math.abs(z - 2))
        .as("distance of the score from the threshold")
        .isGreaterThan(1e-9);
    if (z > 2) {
      List<Double> recent = new ArrayList<>(window);
      if (!book) {
        recent.add(reading.value());
      }
      recent = recent.subList(Math.max(0, recent.size() - 5), recent.size());
      alerts.add(new ExpectedAlert(i, reading, mean, scale, z, List.copyOf(recent)));
    }
  }
}
