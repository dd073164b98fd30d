package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Values of the first events, up to a limit, collected by {@link Aggregates#collect}.
 *
 * @param values the values, in the order of the events
 * @param omitted the number of further events, whose values were not kept
 * @param <V> the values
 */
public record Collected<V>(List<V> values, long omitted) {

  /**
   * Makes an immutable value.
   *
   * @param values the values, in the order of the events
   * @param omitted the number of further events, not negative
   * @throws IllegalArgumentException if the number is negative
   */
  public Collected {
    values = List.copyOf(values);
    if (omitted < 0) {
      throw new IllegalArgumentException("omitted must not be negative: " + omitted);
    }
  }

  private static final int GREATEST_LIMIT = 1 << 20;

  static <E, V> Aggregate<E, ?, Collected<V>> aggregate(
      int limit, Function<? super E, ? extends V> value, Codec<V> values) {
    if (limit < 1 || limit > GREATEST_LIMIT) {
      throw new IllegalArgumentException(
          "limit must be from 1 to " + GREATEST_LIMIT + ": " + limit);
    }
    requireNonNull(value, "value");
    requireNonNull(values, "values");
    return Aggregate.of(
        () -> new State<V>(limit),
        event -> Aggregates.checkValue("collect", value.apply(event)),
        (state, event) -> state.add(value.apply(event)),
        State::merge,
        State::clear,
        state -> new Collected<>(state.values, state.omitted),
        Codec.of(
            "thalweg.collect of " + values.name(),
            (state, out) -> state.write(values, out),
            in -> new State<V>(limit).read(values, in)));
  }

  /** Accumulator of the values. */
  private static final class State<V> {

    private final int limit;
    private final ArrayList<V> values = new ArrayList<>();
    private long omitted;

    State(int limit) {
      this.limit = limit;
    }

    void add(V value) {
      if (values.size() < limit) {
        values.add(value);
      } else {
        omitted++;
      }
    }

    void merge(State<V> later) {
      for (V value : later.values) {
        add(value);
      }
      omitted += later.omitted;
    }

    void clear() {
      values.clear();
      omitted = 0;
    }

    void write(Codec<V> codec, DataOutput out) throws IOException {
      out.writeInt(limit);
      out.writeLong(omitted);
      out.writeInt(codec.version());
      out.writeInt(values.size());
      for (V value : values) {
        codec.write(value, out);
      }
    }

    State<V> read(Codec<V> codec, DataInput in) throws IOException {
      int written = in.readInt();
      if (written != limit) {
        throw new IOException("limit must be " + limit + ", as configured: " + written);
      }
      omitted = in.readLong();
      int version = Codec.readVersion(codec, in);
      int size = in.readInt();
      if (size < 0 || size > limit) {
        throw new IOException("size must be from 0 to " + limit + ": " + size);
      }
      if (omitted < 0 || (omitted > 0 && size < limit)) {
        throw new IOException("omitted must be 0 below the limit, and not negative: " + omitted);
      }
      for (int i = 0; i < size; i++) {
        values.add(codec.read(in, version));
      }
      return this;
    }
  }
}
