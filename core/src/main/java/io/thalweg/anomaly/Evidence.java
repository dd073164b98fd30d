package io.thalweg.anomaly;

import java.util.Locale;

/** Phrases of {@link Detector#evidence}. */
final class Evidence {

  private Evidence() {}

  static String deviations(double count, boolean above) {
    return String.format(
        Locale.ROOT, "%.1f standard deviations %s the mean", count, above ? "above" : "below");
  }
}
