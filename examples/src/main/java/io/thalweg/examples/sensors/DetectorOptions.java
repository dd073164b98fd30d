package io.thalweg.examples.sensors;

import io.thalweg.anomaly.AlertPolicy;
import io.thalweg.anomaly.ZScore;
import io.thalweg.examples.readings.Detector;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Command-line options of the detector. */
final class DetectorOptions {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--detector",
      paramLabel = "NAME",
      converter = PresetName.class,
      description = {
        "default: a reading against the ten seconds before it, sample standard deviation;",
        "book: the book's formula, the reading in its own window;",
        "standard: the standard detector of the library, alerts by --false-alerts (default:"
            + " default)."
      })
  private Detector.Preset preset = Detector.Preset.DEFAULT;

  @Option(
      names = "--threshold",
      paramLabel = "Z",
      description = "Standard deviations that make an anomaly (default: ${DEFAULT-VALUE}).")
  private double threshold = ZScore.THRESHOLD;

  @Option(
      names = "--false-alerts",
      paramLabel = "P",
      description =
          "Share of ordinary readings that --detector standard may report by chance (default:"
              + " ${DEFAULT-VALUE}).")
  private double falseAlerts = AlertPolicy.RATE;

  /** Converter of the name of a formula, in the spelling of the help. */
  static final class PresetName implements ITypeConverter<Detector.Preset> {

    @Override
    public Detector.Preset convert(String name) {
      return switch (name.toLowerCase(Locale.ROOT)) {
        case "default" -> Detector.Preset.DEFAULT;
        case "book" -> Detector.Preset.BOOK;
        case "standard" -> Detector.Preset.STANDARD;
        default -> throw new TypeConversionException("must be default, book or standard: " + name);
      };
    }
  }

  Detector detector() {
    try {
      return new Detector(preset, threshold, falseAlerts);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), "--" + e.getMessage(), e);
    }
  }
}
