package io.thalweg.sketch;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Fifo;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * Estimated number of distinct values, read from a {@link DistinctSketch}.
 *
 * @param estimate the number of distinct values; 0 when empty
 * @param relativeStandardError the standard deviation of the estimate, relative to the true number
 */
public record DistinctCount(double estimate, double relativeStandardError) {

  /** 4096 registers: a relative standard error of 1.6 % in 4.4 KB. */
  private static final int PRECISION = 12;

  /**
   * An aggregate that counts distinct strings, with a relative standard error of 1.6 %.
   *
   * @param field reads the string from an event
   * @param <E> the events
   * @return a mergeable, commutative aggregate of 4.4 KB a state; merging is exact
   */
  public static <E> Aggregate<E, DistinctSketch, DistinctCount> ofTexts(
      Function<? super E, ? extends CharSequence> field) {
    return ofTexts(field, PRECISION, 0);
  }

  /**
   * An aggregate that counts distinct strings.
   *
   * @param field reads the string from an event
   * @param precision from 4 to 18: 2^precision registers
   * @param seed the seed of the hash
   * @param <E> the events
   * @return a mergeable, commutative aggregate of {@code 2^precision + 320} bytes a state; merging
   *     is exact
   * @throws IllegalArgumentException if the precision is out of range
   */
  public static <E> Aggregate<E, DistinctSketch, DistinctCount> ofTexts(
      Function<? super E, ? extends CharSequence> field, int precision, long seed) {
    requireNonNull(field, "field");
    return aggregate(
        event -> requireNonNull(field.apply(event), "text must not be null"),
        (sketch, event) -> sketch.add(field.apply(event)),
        precision,
        seed);
  }

  /**
   * An aggregate that counts distinct longs, with a relative standard error of 1.6 %.
   *
   * @param field reads the long from an event
   * @param <E> the events
   * @return a mergeable, commutative aggregate of 4.4 KB a state; merging is exact
   */
  public static <E> Aggregate<E, DistinctSketch, DistinctCount> ofLongs(
      ToLongFunction<? super E> field) {
    return ofLongs(field, PRECISION, 0);
  }

  /**
   * An aggregate that counts distinct longs.
   *
   * @param field reads the long from an event
   * @param precision from 4 to 18: 2^precision registers
   * @param seed the seed of the hash
   * @param <E> the events
   * @return a mergeable, commutative aggregate of {@code 2^precision + 320} bytes a state; merging
   *     is exact
   * @throws IllegalArgumentException if the precision is out of range
   */
  public static <E> Aggregate<E, DistinctSketch, DistinctCount> ofLongs(
      ToLongFunction<? super E> field, int precision, long seed) {
    requireNonNull(field, "field");
    return aggregate(
        field::applyAsLong,
        (sketch, event) -> sketch.add(field.applyAsLong(event)),
        precision,
        seed);
  }

  /**
   * Returns a FIFO of the exact number of distinct events inside, by their {@code equals}. O(1) an
   * event; 4 to 8 bytes for every event inside, and 24 to 64 bytes and the event for every distinct
   * one.
   *
   * @param <E> the events
   * @return an empty FIFO; its result is 0 when empty
   */
  public static <E> Fifo<E, Long> exactFifo() {
    return new DistinctFifo<>();
  }

  private static <E> Aggregate<E, DistinctSketch, DistinctCount> aggregate(
      Consumer<E> check, BiConsumer<DistinctSketch, E> add, int precision, long seed) {
    return Aggregate.of(
        () -> new DistinctSketch(precision, seed),
        check,
        add,
        DistinctSketch::merge,
        DistinctSketch::clear,
        DistinctSketch::toDistinctCount,
        DistinctSketch.codec(precision, seed));
  }
}
