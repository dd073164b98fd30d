package io.thalweg.storm.testing;

import java.util.ArrayList;
import java.util.List;

/** Log of a run, one line per event with its time. */
final class Trace {

  private final Clock clock;
  private final List<String> lines = new ArrayList<>();

  Trace(Clock clock) {
    this.clock = clock;
  }

  void add(Object... words) {
    StringBuilder line = new StringBuilder().append(clock.now()).append(" ms");
    for (Object word : words) {
      line.append(' ').append(word);
    }
    lines.add(line.toString());
  }

  List<String> lines() {
    return List.copyOf(lines);
  }
}
