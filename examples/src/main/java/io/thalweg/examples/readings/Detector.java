package io.thalweg.examples.readings;

import io.thalweg.Processor;
import io.thalweg.anomaly.Anomaly;
import io.thalweg.anomaly.ZScore;
import java.io.Serializable;
import java.time.Duration;

/**
 * Settings of the detector: a z-score over the last ten seconds of a device.
 *
 * @param preset the formula
 * @param threshold the number of standard deviations that makes an anomaly, above 0
 */
public record Detector(Preset preset, double threshold) implements Serializable {

  /** Length of the window that a reading is compared with. */
  public static final Duration WINDOW = Duration.ofSeconds(10);

  /** The two formulas. */
  public enum Preset {
    /** Scores a reading against the window before it; sample standard deviation. */
    DEFAULT,
    /** The formula of the book's example: the window contains the reading that it judges. */
    BOOK
  }

  /**
   * Checks the threshold.
   *
   * @param preset the formula
   * @param threshold the number of standard deviations that makes an anomaly
   * @throws IllegalArgumentException if the threshold is not above 0 and finite
   */
  public Detector {
    if (!(threshold > 0) || Double.isInfinite(threshold)) {
      throw new IllegalArgumentException("threshold must be above 0 and finite: " + threshold);
    }
  }

  /**
   * Creates the detector.
   *
   * @return a detector without state
   */
  public Processor<String, Reading, Anomaly> create() {
    ZScore.Builder<Reading> z = ZScore.over(Reading::value).last(WINDOW).threshold(threshold);
    return (preset == Preset.BOOK ? z.bookCompatible() : z).build();
  }
}
