package io.thalweg.rank;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.Milliseconds;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Aggregate of sums with exponential decay. Time is divided into half-lives, numbered from 0. An
 * amount is weighted by {@code 2^fraction}, from 1 to 2, where the fraction is its position within
 * its half-life; the sum is in units of {@code 2^(number of its half-life)}. To express a sum in
 * units of a later half-life changes only the exponent.
 */
final class DecayedSums<E> implements Aggregate<E, DecayedSums.State, Double> {

  /** Number of half-lives without an event after which a sum has expired. */
  static final int LIFE = 64;

  /** Half-life of an empty state. No event has it, since its timestamp would be reserved. */
  private static final long NONE = Long.MIN_VALUE;

  static final class State {
    double sum;

    /** The half-life of the newest event, which is the unit of the sum. */
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
    millis = Milliseconds.positive("half-life", halfLife);
    codec =
        Codec.of("thalweg.decayedsum in " + millis + " ms", DecayedSums::write, DecayedSums::read);
  }

  long time(E event) {
    return timestamp.applyAsLong(event);
  }

  /** Returns the number of the half-life of a time. */
  long halfLife(long time) {
    return Math.floorDiv(time, millis);
  }

  /** Returns the weight of an amount at a time in units of its half-life, from 1 to below 2. */
  private double weight(long time) {
    return Math.pow(2, (double) Math.floorMod(time, millis) / millis);
  }

  /** Returns the decayed sum at a time that is not before its half-life. */
  double at(State state, long time) {
    return aged(state.sum, state.halfLife, halfLife(time)) / weight(time);
  }

  /** Converts a sum to units of a later half-life. An age that underflows leaves 0. */
  private static double aged(double sum, long from, long to) {
    long age = to - from;
    return age < 0 || age > 3000 ? 0 : Math.scalb(sum, (int) -age);
  }

  /** Returns whether sums of one half-life have expired at another. */
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
    time(event);
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

  /** Returns the sum in units of its half-life; {@link #at} gives its value at a time. */
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
