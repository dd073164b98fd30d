package io.thalweg.window;

import io.thalweg.Output;
import io.thalweg.Pane;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Results of count and trailing windows, for the current event or for keys that expire. They are
 * emitted in the order of their windows.
 */
final class ImmediateResults<K, R> {

  private record ImmediateResult<K, R>(K key, Pane pane, R value) {}

  private static final Comparator<ImmediateResult<?, ?>> ORDER =
      Comparator.<ImmediateResult<?, ?>>comparingLong(result -> result.pane.end())
          .thenComparingLong(result -> result.pane.start());

  private final List<ImmediateResult<K, R>> results = new ArrayList<>();

  void add(K key, int query, long start, long end, R value) {
    results.add(
        new ImmediateResult<>(
            key, new Pane(query, start, end, Pane.Timing.ON_TIME, 0, true), value));
  }

  void emit(Output<K, R> out) {
    if (results.size() > 1) {
      results.sort(ORDER);
    }
    for (int i = 0; i < results.size(); i++) {
      ImmediateResult<K, R> result = results.get(i);
      out.emit(result.key, result.pane, result.value);
    }
    results.clear();
  }
}
