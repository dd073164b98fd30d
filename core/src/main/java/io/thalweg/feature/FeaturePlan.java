package io.thalweg.feature;

import io.thalweg.Aggregate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Computation of the features of a set: the states of a key, shared by features that count the same
 * events, and the readers. Each operator has a plan of its own, with scratch memory.
 */
final class FeaturePlan<E> {

  /** The events that a state counts, its windows, and the statistic if it has no other one. */
  private record Place(int where, WindowSpan span, Statistic only) {}

  /** Description of a state, complete once all statistics are added. */
  private static final class Pending {
    final Place place;
    final BufferSpec.Builder buffer;
    final List<Statistic> statistics = new ArrayList<>();

    Pending(Place place, BufferSpec.Builder buffer) {
      this.place = place;
      this.buffer = buffer;
    }

    FeatureState.Spec complete() {
      if (buffer != null) {
        return buffer.build();
      }
      WindowSpan span = place.span;
      if (place.only != null) {
        return new DistinctTexts.TextsSpec(
            place.where, place.only.a(), span.tile(), span.tilesBefore());
      }
      List<Aggregate<EventValues<?>, Object, Object>> aggregates = new ArrayList<>();
      statistics.forEach(statistic -> aggregates.add(statistic.aggregate()));
      return span.tilesBefore() > 0
          ? new Tiles.TilesSpec(place.where, span.tile(), span.tilesBefore(), aggregates)
          : new SingleTile.TileSpec(place.where, span.tile(), aggregates);
    }
  }

  /** Place of a statistic: the number of the state, and its own number there. */
  record Slot(int state, int statistic) {
    Object result(FeatureState[] states, EventValues<?> at) {
      return states[state].result(statistic, at);
    }
  }

  private final EventValues<E> values;
  private final long lateness;
  private final Map<Object, Pending> pending = new LinkedHashMap<>();
  private final FeatureState.Spec[] states;
  private final FeatureReader[] readers;

  /** The numbers of the features of each phase, in ascending order. */
  private final int[][] phases = new int[FeatureSpec.Phase.values().length][];

  FeaturePlan(List<FeatureSpec<E>> features, Predicate<? super E> answering, long lateness) {
    this.values = new EventValues<>(answering);
    this.lateness = lateness;
    readers = new FeatureReader[features.size()];
    for (int i = 0; i < readers.length; i++) {
      readers[i] = features.get(i).compile().apply(this);
    }
    for (FeatureSpec.Phase phase : FeatureSpec.Phase.values()) {
      phases[phase.ordinal()] =
          IntStream.range(0, readers.length)
              .filter(i -> features.get(i).phase() == phase)
              .toArray();
    }
    states = pending.values().stream().map(Pending::complete).toArray(FeatureState.Spec[]::new);
  }

  /** Returns the values of the event in process, to which fields are added. */
  EventValues<E> values() {
    return values;
  }

  /** Returns the place of a statistic over the events of a predicate in a window. */
  Slot slot(int where, WindowSpan span, Statistic statistic) {
    boolean buffered = span.isBuffered();
    Place place =
        new Place(
            where,
            buffered ? new WindowSpan(span.kind(), 0, 0) : span,
            statistic.kind() == Statistic.Kind.DISTINCT ? statistic : null);
    Pending state =
        pending.computeIfAbsent(
            place,
            key ->
                new Pending(
                    place,
                    buffered
                        ? new BufferSpec.Builder(
                            where, span.kind() == WindowSpan.Kind.LAST, lateness)
                        : null));
    int number = List.copyOf(pending.values()).indexOf(state);
    if (buffered) {
      return new Slot(number, state.buffer.statistic(span.size(), statistic));
    }
    if (!state.statistics.contains(statistic)) {
      state.statistics.add(statistic);
    }
    return new Slot(number, state.statistics.indexOf(statistic));
  }

  /** Returns new states of a key. */
  FeatureState[] create() {
    FeatureState[] created = new FeatureState[states.length];
    for (int i = 0; i < created.length; i++) {
      created[i] = states[i].create();
    }
    return created;
  }

  int features() {
    return readers.length;
  }

  /** Moves the states that the event in process concerns to its time. */
  void seek(FeatureState[] of) {
    boolean all = values.isAsked();
    for (int i = 0; i < of.length; i++) {
      if (all || values.isAccepted(states[i].where)) {
        of[i].seek(values);
      }
    }
  }

  /** Adds the event in process. */
  void add(FeatureState[] of) {
    for (int i = 0; i < of.length; i++) {
      if (values.isAccepted(states[i].where)) {
        of[i].add(values);
      }
    }
  }

  /**
   * Reads the features of a phase.
   *
   * @param numbers receives the numbers
   * @param texts receives the texts; null if they are not wanted
   */
  void read(FeatureSpec.Phase phase, FeatureState[] of, double[] numbers, String[] texts) {
    for (int i : phases[phase.ordinal()]) {
      double value = readers[i].number(of, values, numbers);
      numbers[i] = Double.isInfinite(value) ? Double.NaN : value;
      if (texts != null) {
        texts[i] = readers[i].text(of, values);
      }
    }
  }
}
