package io.thalweg.examples.readings;

import io.thalweg.Processor;
import io.thalweg.anomaly.AlertPolicy;
import io.thalweg.anomaly.Anomaly;
import io.thalweg.anomaly.Detectors;
import io.thalweg.anomaly.ZScore;
import java.io.Serializable;
import java.time.Duration;

/**
 * Settings of the detector: a z-score over the last ten seconds of a device, or the standard
 * detector of the library.
 *
 * @param preset the formula
 * @param threshold the number of standard deviations that makes an anomaly, above 0
 * @param falseAlerts for {@link Preset#STANDARD} in place of a threshold: the share of ordinary
 *     readings that are anomalous by chance, above 0 and below 1
 */
public record Detector(Preset preset, double threshold, double falseAlerts)
    implements Serializable {

  /** Length of the window that a reading is compared with. */
  public static final Duration WINDOW = Duration.ofSeconds(10);

  /** The formulas. */
  public enum Preset {
    /** Scores a reading against the window before it; sample standard deviation. */
    DEFAULT,
    /** The formula of the book's example: the window contains the reading that it judges. */
    BOOK,
    /** The standard detector, with alerts by their probability. */
    STANDARD
  }

  /**
   * Creates settings with the default share of false alerts.
   *
   * @param preset the formula
   * @param threshold the number of standard deviations that makes an anomaly
   * @throws IllegalArgumentException if the threshold is not above 0 and finite
   */
  public Detector(Preset preset, double threshold) {
    this(preset, threshold, AlertPolicy.RATE);
  }

  /**
   * Checks the numbers.
   *
   * @param preset the formula
   * @param threshold the number of standard deviations that makes an anomaly
   * @param falseAlerts the share of ordinary readings that are anomalous by chance
   * @throws IllegalArgumentException if the threshold is not above 0 and finite, or the share is
   *     not above 0 and below 1
   */
  public Detector {
    if (!(threshold > 0) || Double.isInfinite(threshold)) {
      throw new IllegalArgumentException("threshold must be above 0 and finite: " + threshold);
    }
    if (!(falseAlerts > 0 && falseAlerts < 1)) {
      throw new IllegalArgumentException(
          "false-alerts must be above 0 and below 1: " + falseAlerts);
    }
  }

  /**
   * Creates the detector.
   *
   * @return a detector without state
   */
  public Processor<String, Reading, Anomaly> create() {
    if (preset == Preset.STANDARD) {
      return new DetectedAnomalies(Detectors.standard(), falseAlerts);
    }
    ZScore.Builder<Reading> z = ZScore.over(Reading::value).last(WINDOW).threshold(threshold);
    return (preset == Preset.BOOK ? z.bookCompatible() : z).build();
  }
}
