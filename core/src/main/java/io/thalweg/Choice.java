package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Aggregate that keeps the value of the event of the greatest rank. The smallest of a quantity
 * {@code x} is the greatest of {@code ~x}, which reverses the order of all {@code long}s.
 */
abstract class Choice<E, V> implements Aggregate<E, Choice.State<V>, V> {

  private final String name;
  private final ToLongFunction<? super E> rank;

  /** Of equal ranks, true takes the one added last, false keeps the one added first. */
  private final boolean last;

  private final Codec<V> values;
  private final Codec<State<V>> codec;

  private Choice(String name, ToLongFunction<? super E> rank, boolean last, Codec<V> values) {
    this.name = name;
    this.rank = rank;
    this.last = last;
    this.values = requireNonNull(values, "values");
    this.codec = Codec.of("thalweg." + name + " of " + values.name(), this::write, this::read);
  }

  static <E> Aggregate<E, ?, Double> first(
      ToLongFunction<? super E> time, ToDoubleFunction<? super E> number) {
    requireNonNull(time, "time");
    return new OfNumber<E>("first", event -> ~time.applyAsLong(event), false, number);
  }

  static <E> Aggregate<E, ?, Double> last(
      ToLongFunction<? super E> time, ToDoubleFunction<? super E> number) {
    return new OfNumber<E>("last", requireNonNull(time, "time"), true, number);
  }

  static <E, V> Aggregate<E, ?, V> first(
      ToLongFunction<? super E> time, Function<? super E, ? extends V> value, Codec<V> values) {
    requireNonNull(time, "time");
    return new OfValue<E, V>("first", event -> ~time.applyAsLong(event), false, value, values);
  }

  static <E, V> Aggregate<E, ?, V> last(
      ToLongFunction<? super E> time, Function<? super E, ? extends V> value, Codec<V> values) {
    return new OfValue<E, V>("last", requireNonNull(time, "time"), true, value, values);
  }

  static <E, V> Aggregate<E, ?, V> maxBy(
      ToDoubleFunction<? super E> score, Function<? super E, ? extends V> value, Codec<V> values) {
    requireNonNull(score, "score");
    return new OfValue<E, V>(
        "maxBy", event -> rank("maxBy", score.applyAsDouble(event)), false, value, values);
  }

  static <E, V> Aggregate<E, ?, V> minBy(
      ToDoubleFunction<? super E> score, Function<? super E, ? extends V> value, Codec<V> values) {
    requireNonNull(score, "score");
    return new OfValue<E, V>(
        "minBy", event -> ~rank("minBy", score.applyAsDouble(event)), false, value, values);
  }

  /** Returns a long whose order is that of {@link Double#compare}. */
  private static long rank(String rule, double score) {
    if (Double.isNaN(score)) {
      throw new IllegalArgumentException(rule + " needs a score of each event: NaN");
    }
    long bits = Double.doubleToLongBits(score);
    return bits ^ ((bits >> 63) & Long.MAX_VALUE);
  }

  /** Reads the value of an event into a state. */
  abstract void read(State<V> state, E event);

  /** Returns the value of a state that is not empty. */
  abstract V value(State<V> state);

  /** Sets the value of a state. */
  abstract void set(State<V> state, V value);

  @Override
  public State<V> create() {
    return new State<>();
  }

  @Override
  public void check(E event) {
    rank.applyAsLong(event);
    checkValue(event);
  }

  /** Rejects an event without a value. */
  abstract void checkValue(E event);

  @Override
  public void add(State<V> state, E event) {
    long offered = rank.applyAsLong(event);
    if (state.gives(offered, last)) {
      read(state, event);
      state.rank = offered;
      state.present = true;
    }
  }

  @Override
  public void merge(State<V> target, State<V> source) {
    if (source.present && target.gives(source.rank, last)) {
      target.value = source.value;
      target.number = source.number;
      target.rank = source.rank;
      target.present = true;
    }
  }

  @Override
  public void clear(State<V> state) {
    state.present = false;
    state.rank = 0;
    state.value = null;
    state.number = 0;
  }

  @Override
  public V result(State<V> state) {
    return state.present ? value(state) : null;
  }

  @Override
  public Codec<State<V>> codec() {
    return codec;
  }

  private void write(State<V> state, DataOutput out) throws IOException {
    out.writeBoolean(state.present);
    if (state.present) {
      out.writeLong(state.rank);
      Codec.writeNested(values, value(state), out);
    }
  }

  private State<V> read(DataInput in) throws IOException {
    State<V> state = new State<>();
    state.present = in.readBoolean();
    if (state.present) {
      state.rank = in.readLong();
      set(state, Codec.readNested(values, in));
    }
    return state;
  }

  @Override
  public String toString() {
    return name;
  }

  /** The chosen event: its rank and its value, which is an object or a number. */
  static final class State<V> {

    private boolean present;
    private long rank;
    private V value;
    private double number;

    /** Returns true if the state gives way to an event added later. */
    boolean gives(long offered, boolean last) {
      return !present || offered > rank || (last && offered == rank);
    }
  }

  private static final class OfValue<E, V> extends Choice<E, V> {

    private final Function<? super E, ? extends V> value;

    OfValue(
        String name,
        ToLongFunction<? super E> rank,
        boolean last,
        Function<? super E, ? extends V> value,
        Codec<V> values) {
      super(name, rank, last, values);
      this.value = requireNonNull(value, "value");
    }

    @Override
    void checkValue(E event) {
      Aggregates.checkValue(toString(), value.apply(event));
    }

    @Override
    void read(State<V> state, E event) {
      state.value = value.apply(event);
    }

    @Override
    V value(State<V> state) {
      return state.value;
    }

    @Override
    void set(State<V> state, V value) {
      state.value = value;
    }
  }

  private static final class OfNumber<E> extends Choice<E, Double> {

    private final ToDoubleFunction<? super E> number;

    OfNumber(
        String name,
        ToLongFunction<? super E> rank,
        boolean last,
        ToDoubleFunction<? super E> number) {
      super(name, rank, last, Codec.DOUBLE);
      this.number = requireNonNull(number, "number");
    }

    @Override
    void checkValue(E event) {
      number.applyAsDouble(event);
    }

    @Override
    void read(State<Double> state, E event) {
      state.number = number.applyAsDouble(event);
    }

    @Override
    Double value(State<Double> state) {
      return state.number;
    }

    @Override
    void set(State<Double> state, Double value) {
      state.number = value;
    }
  }
}
