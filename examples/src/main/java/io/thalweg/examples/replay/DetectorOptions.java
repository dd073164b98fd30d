package io.thalweg.examples.replay;

import io.thalweg.Processor;
import io.thalweg.anomaly.AlertPolicy;
import io.thalweg.anomaly.AnomalyDetection;
import io.thalweg.anomaly.Detection;
import io.thalweg.anomaly.DetectorSpec;
import io.thalweg.anomaly.Detectors;
import io.thalweg.file.Reading;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Command-line options of the detector and of its alerts. */
final class DetectorOptions {

  private static final String NAMES =
      "standard, autoregression, decayedz, hampel, histogram, holtwinters, nearestneighbour,"
          + " rateofchange, robustz, seasonal, trailingz, zscore, book";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--detector",
      paramLabel = "NAME",
      description =
          "Detector: "
              + NAMES
              + " (default: ${DEFAULT-VALUE}). docs/replay.md lists their settings.")
  private String detector = "standard";

  @Option(
      names = "--rate",
      paramLabel = "P",
      description =
          "Share of ordinary readings that may alert by chance, such as 1e-4: one in 10,000"
              + " (default: ${DEFAULT-VALUE}). zscore and book have a threshold instead.")
  private double rate = AlertPolicy.RATE;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Setting of the detector or of its alerts; may be repeated.")
  private Map<String, String> settings = new LinkedHashMap<>();

  /** Returns the name of the detector. */
  String name() {
    return detector.toLowerCase(Locale.ROOT);
  }

  /** Returns the rate of alerts by chance. */
  double rate() {
    return rate;
  }

  /**
   * Returns a factory of detections without state.
   *
   * @throws ParameterException if an option is wrong
   */
  Supplier<Processor<String, Reading, Detection>> detection() {
    try {
      return detection(new Settings(settings));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }

  private Supplier<Processor<String, Reading, Detection>> detection(Settings set) {
    String name = name();
    Supplier<Processor<String, Reading, Detection>> factory;
    if (name.equals("zscore") || name.equals("book")) {
      if (command.commandLine().getParseResult().hasMatchedOption("--rate")) {
        throw new IllegalArgumentException(
            "--rate must be left out with --detector " + name + ": use --set threshold=Z");
      }
      ZScoreDetection.Formula formula = ZScoreDetection.Formula.of(set, name.equals("book"));
      factory = () -> new ZScoreDetection(formula);
    } else {
      AnomalyDetection.Builder<Reading> builder =
          AnomalyDetection.of(spec(name, set), Reading::number).policy(policy(set));
      if (set.word("silence", "on", "on", "off").equals("off")) {
        builder.withoutSilence();
      }
      if (set.word("stuck", "on", "on", "off").equals("off")) {
        builder.withoutStuck();
      }
      factory = builder::build;
    }
    set.checkKnown();
    return factory;
  }

  private static DetectorSpec spec(String name, Settings set) {
    return switch (name) {
      case "standard" -> Detectors.standard();
      case "autoregression" -> Detectors.autoregression(set.whole("order", 8));
      case "decayedz" ->
          set.has("slow")
              ? Detectors.decayedZ(set.number("slow", 0.002), set.number("fast", 0.05))
              : Detectors.decayedZ(set.number("share", 0.01));
      case "hampel" -> Detectors.hampel(set.whole("n", 100), set.number("threshold", 3));
      case "histogram" -> Detectors.histogram(set.whole("n", 2_000));
      case "holtwinters" ->
          Detectors.holtWinters(set.duration("period", "1d"), set.whole("phases", 96));
      case "nearestneighbour" -> Detectors.nearestNeighbour(set.whole("n", 4_000));
      case "rateofchange" -> Detectors.rateOfChange(set.number("share", 0.01));
      case "robustz" -> Detectors.robustZ(set.whole("n", 1_000));
      case "seasonal" -> Detectors.seasonal(set.duration("period", "1d"), set.whole("phases", 96));
      case "trailingz" -> Detectors.trailingZ(set.whole("n", 1_000));
      default ->
          throw new IllegalArgumentException("--detector must be one of " + NAMES + ": " + name);
    };
  }

  private AlertPolicy policy(Settings set) {
    AlertPolicy.Builder policy = AlertPolicy.rate(rate);
    policy.direction(
        switch (set.word("direction", "both", "both", "up", "down")) {
          case "up" -> AlertPolicy.Direction.UP;
          case "down" -> AlertPolicy.Direction.DOWN;
          default -> AlertPolicy.Direction.BOTH;
        });
    policy.ignoreWithin(set.number("ignore", 0)).ignoreWithinShare(set.number("ignore-share", 0));
    String open = set.text("open", "1/1");
    set.require(open.matches("\\d{1,2}/\\d{1,2}"), "open", "k/n, such as 2/3");
    String[] parts = open.split("/");
    policy.open(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
    return policy
        .closeAfter(set.whole("close-after", 5))
        .coolDown(set.duration("cool-down", "0s"))
        .exclude(set.whole("exclude", 20))
        .build();
  }
}
