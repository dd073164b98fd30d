package io.thalweg.benchmarks.anomaly;

import java.util.Locale;

/** Lines to the standard error, at most one every two seconds. */
final class Progress {

  private static final long INTERVAL = 2_000_000_000L;

  private final long start = System.nanoTime();
  private long last = start;

  /** Prints a message and the seconds so far, if the last line is two seconds old. */
  void at(String message) {
    long now = System.nanoTime();
    if (now - last >= INTERVAL) {
      last = now;
      System.err.printf(Locale.ROOT, "%6.0f s  %s%n", (now - start) / 1e9, message);
    }
  }
}
