package io.thalweg.benchmarks.anomaly;

import io.thalweg.anomaly.DetectorSpec;
import io.thalweg.anomaly.Detectors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The detectors of the tables by their short names: ours, then the rivals. */
final class Candidates {

  private static final Duration DAY = Duration.ofDays(1);
  private static final int SLOTS = 288;
  private static final Map<String, Supplier<DetectorSpec>> ALL = new LinkedHashMap<>();

  static {
    ALL.put("standard", Detectors::standard);
    ALL.put("decayedz-.01", () -> Detectors.decayedZ(0.01));
    ALL.put("decayedz-.002", () -> Detectors.decayedZ(0.002));
    ALL.put("decayedz-.002-.02", () -> Detectors.decayedZ(0.002, 0.02));
    ALL.put("trailingz-1000", () -> Detectors.trailingZ(1_000));
    ALL.put("robustz-1000", () -> Detectors.robustZ(1_000));
    ALL.put("hampel-200", () -> Detectors.hampel(200, 3));
    ALL.put("neighbour-8000", () -> Detectors.nearestNeighbour(8_000));
    ALL.put("histogram-2000", () -> Detectors.histogram(2_000));
    ALL.put("seasonal-day", () -> Detectors.seasonal(DAY, SLOTS));
    ALL.put("holtwinters-day", () -> Detectors.holtWinters(DAY, SLOTS));
    ALL.put("autoregression-4", () -> Detectors.autoregression(4));
    ALL.put("rateofchange-.01", () -> Detectors.rateOfChange(0.01));
    ALL.put("book-20", () -> new DetectorSpec("book-20", () -> new BookZScore(20)));
    ALL.put("gaussian", () -> new DetectorSpec("gaussian", WindowedGaussian::new));
    ALL.put("hstrees", () -> new DetectorSpec("hstrees", HalfSpaceTrees::new));
    ALL.put("rcf-1", () -> new DetectorSpec("rcf-1", () -> new CutForest(1)));
    ALL.put("rcf-8", () -> new DetectorSpec("rcf-8", () -> new CutForest(8)));
  }

  private Candidates() {}

  /** The names of all. */
  static List<String> names() {
    return List.copyOf(ALL.keySet());
  }

  static DetectorSpec named(String name) {
    Supplier<DetectorSpec> spec = ALL.get(name);
    if (spec == null) {
      throw new IllegalArgumentException("no detector " + name + ", there are " + ALL.keySet());
    }
    return spec.get();
  }

  /** The names after {@code --detectors=}, or all but the slow ones with {@code --quick}. */
  static List<String> chosen(String... args) {
    List<String> names = new ArrayList<>(names());
    if (quick(args)) {
      names.removeIf(name -> name.startsWith("rcf"));
    }
    return chosen(names, args);
  }

  /** The names after {@code --detectors=}, or others. */
  static List<String> chosen(List<String> otherwise, String... args) {
    for (String arg : args) {
      if (arg.startsWith("--detectors=")) {
        return List.of(arg.substring("--detectors=".length()).split(","));
      }
    }
    return otherwise;
  }

  static boolean quick(String... args) {
    return List.of(args).contains("--quick");
  }
}
