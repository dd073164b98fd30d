package io.thalweg.examples.sensors;

import io.thalweg.anomaly.ZScore;
import io.thalweg.examples.readings.Detector;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Command-line options of the detector. */
final class DetectorOptions {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--detector",
      paramLabel = "NAME",
      description = {
        "default: a reading against the ten seconds before it, sample standard deviation;",
        "book: the book's formula, the reading in its own window (default: default)."
      })
  private Detector.Preset preset = Detector.Preset.DEFAULT;

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
