package io.thalweg.window;

import io.thalweg.Output;
import io.thalweg.Pane;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The results that one event is answered with, to be given in the order of their windows. */
final class Answers<K, R> {

  private record Answer<R>(Pane at, R value) {}

  private static final Comparator<Answer<?>> ORDER =
      Comparator.<Answer<?>>comparingLong(answer -> answer.at.end())
          .thenComparingLong(answer -> answer.at.start());

  private final List<Answer<R>> answers = new ArrayList<>();

  void add(int query, long start, long end, R value) {
    answers.add(new Answer<>(new Pane(query, start, end, Pane.Timing.ON_TIME, 0, true), value));
  }

  void emit(K key, Output<K, R> out) {
    if (answers.size() > 1) {
      answers.sort(ORDER);
    }
    for (int i = 0; i < answers.size(); i++) {
      Answer<R> answer = answers.get(i);
      out.emit(key, answer.at, answer.value);
    }
    answers.clear();
  }
}
