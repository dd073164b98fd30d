package io.thalweg.examples.replay;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Values of {@code --set key=value}. Each key that is asked for is known; all others are faults.
 */
final class Settings {

  private final Map<String, String> values = new TreeMap<>();
  private final List<String> known = new ArrayList<>();

  Settings(Map<String, String> values) {
    values.forEach((key, value) -> this.values.put(key.toLowerCase(Locale.ROOT), value));
  }

  /** Returns the text of a key, or the default. */
  String text(String key, String standard) {
    known.add(key);
    return values.getOrDefault(key, standard);
  }

  /** Returns one of several words. */
  String word(String key, String standard, String... words) {
    String word = text(key, standard).toLowerCase(Locale.ROOT);
    require(Arrays.asList(words).contains(word), key, "one of " + String.join(", ", words));
    return word;
  }

  double number(String key, double standard) {
    try {
      return Double.parseDouble(text(key, Double.toString(standard)));
    } catch (NumberFormatException e) {
      throw fault(key, "a number");
    }
  }

  int whole(String key, int standard) {
    try {
      return Integer.parseInt(text(key, Integer.toString(standard)));
    } catch (NumberFormatException e) {
      throw fault(key, "a whole number");
    }
  }

  boolean has(String key) {
    return values.containsKey(key);
  }

  /** Returns true if the value of a key is a duration, such as {@code 10m}. */
  boolean isDuration(String key) {
    return TimeSpan.matches(values.getOrDefault(key, ""));
  }

  Duration duration(String key, String standard) {
    try {
      return TimeSpan.parse(text(key, standard));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--set " + key + ' ' + e.getMessage(), e);
    }
  }

  void require(boolean condition, String key, String rule) {
    if (!condition) {
      throw fault(key, rule);
    }
  }

  private IllegalArgumentException fault(String key, String rule) {
    return new IllegalArgumentException(
        "--set " + key + " must be " + rule + ": " + values.get(key));
  }

  /**
   * Checks that every key given is known.
   *
   * @throws IllegalArgumentException if one is not, with the known ones
   */
  void checkKnown() {
    for (String key : values.keySet()) {
      if (!known.contains(key)) {
        throw new IllegalArgumentException(
            "--set must name one of " + String.join(", ", new TreeSet<>(known)) + ": " + key);
      }
    }
  }
}
