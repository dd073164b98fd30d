package io.thalweg.benchmarks.anomaly;

import io.thalweg.anomaly.DetectorSpec;
import io.thalweg.anomaly.Detectors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The detectors of the tables by their short names: ours, then the rivals. */
final class Candidates {

  private static final Map<String, Supplier<DetectorSpec>> ALL = new LinkedHashMap<>();

  static {
    ALL.put("decayedz-.01", () -> Detectors.decayedZ(0.01));
    ALL.put("decayedz-.002", () -> Detectors.decayedZ(0.002));
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
    for (String arg : args) {
      if (arg.startsWith("--detectors=")) {
        return List.of(arg.substring("--detectors=".length()).split(","));
      }
      if (arg.equals("--quick")) {
        names.removeIf(name -> name.startsWith("rcf"));
      }
    }
    return names;
  }

  static boolean quick(String... args) {
    return List.of(args).contains("--quick");
  }
}
