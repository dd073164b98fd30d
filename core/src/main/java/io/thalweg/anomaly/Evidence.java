package io.thalweg.anomaly;

import java.util.Locale;

/** Phrases of {@link Detector#evidence}. */
final class Evidence {

  /** Numbers from here on are not told apart. */
  private static final double MANY = 1_000;

  private Evidence() {}

  static String deviations(double count, boolean above, String forecast) {
    String side = above ? "above" : "below";
    return number(count) + " standard deviations " + side + " the " + forecast;
  }

  /** Returns a number with one decimal, or a bound if it is large. */
  static String number(double number) {
    return number >= MANY ? "over 1000" : String.format(Locale.ROOT, "%.1f", number);
  }
}
