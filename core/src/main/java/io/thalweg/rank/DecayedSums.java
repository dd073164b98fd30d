package io.thalweg.rank;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Sums that lose half their weight each half-life. Time is counted in half-lives from 0: an amount
 * weighs {@code 2^fraction} of the half-life it falls in, from 1 to 2, and the sum is worth {@code
 * 2^(its half-life)} of that. To go to a later half-life is to change the exponent.
 */
final class DecayedSums<E> implements Aggregate<E, DecayedSums.State, Double> {

  /** After how many half-lives without an event a sum is over. */
  static final int LIFE = 64;

  /** Where no event falls: its time would be reserved. */
  private static final long NONE = Long.MIN_VALUE;

  static final class State {
    double sum;

    /** The half-life of the newest event, of which the sum is in units. */
    long halfLife = NONE;
  }

  private final ToDoubleFunction<? super E> amount;
  private final ToLongFunction<? super E> timestamp;
  private final long millis;

  /** The name includes the half-life, which is the same for all states and is not written. */
  private final Codec<State> codec;

  DecayedSums(
      ToDoubleFunction<? super E> amount, ToLongFunction<? super E> timestamp, Duration halfLife) {
    this.amount = requireNonNull(amount, "amount");
    this.timestamp = requireNonNull(timestamp, "timestamp");
    if (halfLife.compareTo(Duration.ofMillis(1)) < 0
        || halfLife.compareTo(Duration.ofMillis(Long.MAX_VALUE)) > 0) {
      throw new IllegalArgumentException("half-life must be from 1 ms to 2^63 - 1 ms: " + halfLife);
    }
    millis = halfLife.toMillis();
    codec =
        Codec.of("thalweg.decayedsum in " + millis + " ms", DecayedSums::write, DecayedSums::read);
  }

  long time(E event) {
    return timestamp.applyAsLong(event);
  }

  /** In which half-life a time falls. */
  long halfLife(long time) {
    return Math.floorDiv(time, millis);
  }

  /** What the amounts at a time weigh in units of its half-life, from 1 to below 2. */
  private double weight(long time) {
    return Math.pow(2, (double) Math.floorMod(time, millis) / millis);
  }

  /** What is left of a sum at a time that is not before its half-life. */
  double at(State state, long time) {
    return aged(state.sum, state.halfLife, halfLife(time)) / weight(time);
  }

  /** A sum in units of a later half-life. An age beyond the doubles leaves nothing. */
  private static double aged(double sum, long from, long to) {
    long age = to - from;
    return age < 0 || age > 3000 ? 0 : Math.scalb(sum, (int) -age);
  }

  /** Whether one half-life is so much older than another that its sums are over. */
  static boolean isOver(long halfLife, long newest) {
    long age = newest - halfLife;
    return halfLife < newest && (age < 0 || age > LIFE);
  }

  @Override
  public State create() {
    return new State();
  }

  @Override
  public void check(E event) {
    double value = amount.applyAsDouble(event);
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("amount must be finite: " + value);
    }
  }

  @Override
  public void add(State state, E event) {
    long time = time(event);
    add(state, amount.applyAsDouble(event) * weight(time), halfLife(time));
  }

  private void add(State state, double sum, long halfLife) {
    if (state.halfLife == NONE || isOver(state.halfLife, halfLife)) {
      state.sum = sum;
      state.halfLife = halfLife;
    } else if (halfLife >= state.halfLife) {
      state.sum = aged(state.sum, state.halfLife, halfLife) + sum;
      state.halfLife = halfLife;
    } else if (!isOver(halfLife, state.halfLife)) {
      state.sum += aged(sum, halfLife, state.halfLife);
    }
  }

  @Override
  public void merge(State target, State source) {
    if (source.halfLife != NONE) {
      add(target, source.sum, source.halfLife);
    }
  }

  @Override
  public void clear(State state) {
    state.sum = 0;
    state.halfLife = NONE;
  }

  /** The sum in units of its half-life: what it is worth depends on the time that is asked for. */
  @Override
  public Double result(State state) {
    return state.sum;
  }

  @Override
  public Codec<State> codec() {
    return codec;
  }

  private static void write(State state, DataOutput out) throws IOException {
    out.writeDouble(state.sum);
    out.writeLong(state.halfLife);
  }

  private static State read(DataInput in) throws IOException {
    State state = new State();
    state.sum = in.readDouble();
    state.halfLife = in.readLong();
    return state;
  }
}
