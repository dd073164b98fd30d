package io.thalweg.sketch;

import java.io.IOException;

/** Checks of the numbers in a saved sketch. */
final class StateChecks {

  private StateChecks() {}

  /** Rejects a record that was written under another configuration. */
  static void requireEqual(String name, long configured, long written) throws IOException {
    if (written != configured) {
      throw new IOException(name + " must be " + configured + ", as configured: " + written);
    }
  }

  /** Returns a number that must have a minimum. */
  static long requireAtLeast(String name, long minimum, long written) throws IOException {
    if (written < minimum) {
      throw new IOException(name + " must be at least " + minimum + ": " + written);
    }
    return written;
  }
}
