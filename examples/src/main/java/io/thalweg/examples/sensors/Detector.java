package io.thalweg.examples.sensors;

import io.thalweg.Processor;
import io.thalweg.anomaly.Anomaly;
import io.thalweg.anomaly.ZScore;
import io.thalweg.examples.readings.Reading;
import java.io.Serializable;
import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

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

  /** Command-line options of the detector. */
  static final class Options {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
        names = "--detector",
        paramLabel = "NAME",
        description = {
          "default: a reading against the ten seconds before it, sample standard deviation;",
          "book: the book's formula, the reading in its own window (default: default)."
        })
    private Preset preset = Preset.DEFAULT;

    @Option(
        names = "--threshold",
        paramLabel = "Z",
        description = "Standard deviations that make an anomaly (default: ${DEFAULT-VALUE}).")
    private double threshold = ZScore.THRESHOLD;

    Detector detector() {
      try {
        return new Detector(preset, threshold);
      } catch (IllegalArgumentException e) {
        throw new ParameterException(command.commandLine(), "--" + e.getMessage(), e);
      }
    }
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
