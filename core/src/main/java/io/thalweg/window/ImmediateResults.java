package io.thalweg.window;

import io.thalweg.Output;
import io.thalweg.Pane;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The results that one event is answered with, to be given in the order of their windows. */
final class ImmediateResults<K, R> {

  private record ImmediateResult<R>(Pane pane, R value) {}

  private static final Comparator<ImmediateResult<?>> ORDER =
      Comparator.<ImmediateResult<?>>comparingLong(answer -> answer.pane.end())
          .thenComparingLong(answer -> answer.pane.start());

  private final List<ImmediateResult<R>> results = new ArrayList<>();

  void add(int query, long start, long end, R value) {
    results.add(
        new ImmediateResult<>(new Pane(query, start, end, Pane.Timing.ON_TIME, 0, true), value));
  }

  void emit(K key, Output<K, R> out) {
    if (results.size() > 1) {
      results.sort(ORDER);
    }
    for (int i = 0; i < results.size(); i++) {
      ImmediateResult<R> answer = results.get(i);
      out.emit(key, answer.pane, answer.value);
    }
    results.clear();
  }
}
