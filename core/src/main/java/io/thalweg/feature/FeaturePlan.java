package io.thalweg.feature;

import io.thalweg.Aggregate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Computation of the features of a set: the states of a key, shared by features that count the same
 * events, and the readers. Each operator has a plan of its own, with scratch memory.
 */
final class FeaturePlan<E> {

  /** The events that a state counts, and its windows. */
  private record Place(int where, WindowSpan span) {}

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
      List<Aggregate<EventValues<?>, Object, Object>> aggregates = new ArrayList<>();
      statistics.forEach(statistic -> aggregates.add(statistic.aggregate()));
      WindowSpan span = place.span;
      return switch (span.kind()) {
        case TILED ->
            new Tiles.TilesSpec(place.where, span.hop(), span.size() / span.hop(), aggregates);
        case TUMBLING -> new SingleTile.TileSpec(place.where, span.size(), aggregates);
        default -> new SingleTile.TileSpec(place.where, 0, aggregates);
      };
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
  private final FeatureSpec.Phase[] phases;

  FeaturePlan(List<FeatureSpec<E>> features, Predicate<? super E> answering, long lateness) {
    this.values = new EventValues<>(answering);
    this.lateness = lateness;
    readers = new FeatureReader[features.size()];
    phases = new FeatureSpec.Phase[features.size()];
    for (int i = 0; i < readers.length; i++) {
      readers[i] = features.get(i).compile().apply(this);
      phases[i] = features.get(i).phase();
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
    Place place = new Place(where, buffered ? new WindowSpan(span.kind(), 0, 0) : span);
    Pending state =
        pending.computeIfAbsent(
            place,
            key ->
                new Pending(
                    place,
                    buffered
                        ? new BufferSpec.Builder(where, span.kind() == WindowSpan.Kind.LAST, lateness)
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
    for (int i = 0; i < readers.length; i++) {
      if (phases[i] == phase) {
        double value = readers[i].number(of, values, numbers);
        numbers[i] = Double.isInfinite(value) ? Double.NaN : value;
        if (texts != null) {
          texts[i] = readers[i].text(of, values);
        }
      }
    }
  }
}
