package io.thalweg.sketch;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * Upper bounds of the frequencies of keys, read from a {@link FrequencySketch}, which documents the
 * error.
 *
 * <p>Immutable; two are equal if their bounds are equal for all keys.
 */
public final class Frequencies {

  private final FrequencySketch sketch;

  Frequencies(FrequencySketch sketch) {
    this.sketch = sketch;
  }

  /**
   * An aggregate of the frequencies of strings in the events.
   *
   * @param field reads the string from an event
   * @param width counters a row, from 2 to 2^24, rounded up to a power of two: the error is at most
   *     {@code e / width} of the total
   * @param depth rows, from 1 to 16: the error is larger with a probability of {@code e^-depth}
   * @param seed the seed of the hash
   * @param <E> the events
   * @return a mergeable, commutative aggregate of {@code 8 width depth} bytes a state; merging is
   *     exact
   * @throws IllegalArgumentException if width or depth are out of range
   */
  public static <E> Aggregate<E, FrequencySketch, Frequencies> ofTexts(
      Function<? super E, ? extends CharSequence> field, int width, int depth, long seed) {
    requireNonNull(field, "field");
    return aggregate(
        event -> requireNonNull(field.apply(event), "text must not be null"),
        (sketch, event) -> sketch.add(field.apply(event), 1),
        width,
        depth,
        seed);
  }

  /**
   * An aggregate of the frequencies of longs in the events.
   *
   * @param field reads the long from an event
   * @param width counters a row, from 2 to 2^24, rounded up to a power of two: the error is at most
   *     {@code e / width} of the total
   * @param depth rows, from 1 to 16: the error is larger with a probability of {@code e^-depth}
   * @param seed the seed of the hash
   * @param <E> the events
   * @return a mergeable, commutative aggregate of {@code 8 width depth} bytes a state; merging is
   *     exact
   * @throws IllegalArgumentException if width or depth are out of range
   */
  public static <E> Aggregate<E, FrequencySketch, Frequencies> ofLongs(
      ToLongFunction<? super E> field, int width, int depth, long seed) {
    requireNonNull(field, "field");
    return aggregate(
        field::applyAsLong,
        (sketch, event) -> sketch.add(field.applyAsLong(event), 1),
        width,
        depth,
        seed);
  }

  /**
   * Returns the number of events.
   *
   * @return the exact total
   */
  public long total() {
    return sketch.total();
  }

  /**
   * Returns an upper bound of the frequency of a key.
   *
   * @param key the key
   * @return a number that is not less than the true frequency
   */
  public long upperBound(long key) {
    return sketch.upperBound(key);
  }

  /**
   * Returns an upper bound of the frequency of a key.
   *
   * @param key the key
   * @return a number that is not less than the true frequency
   */
  public long upperBound(CharSequence key) {
    return sketch.upperBound(key);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Frequencies that && sketch.same(that.sketch);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(sketch.total());
  }

  @Override
  public String toString() {
    return "Frequencies[total=" + sketch.total() + "]";
  }

  private static <E> Aggregate<E, FrequencySketch, Frequencies> aggregate(
      Consumer<E> check, BiConsumer<FrequencySketch, E> add, int width, int depth, long seed) {
    return Aggregate.of(
        () -> new FrequencySketch(width, depth, seed),
        check,
        add,
        FrequencySketch::merge,
        FrequencySketch::clear,
        FrequencySketch::toFrequencies,
        FrequencySketch.codec(width, depth, seed));
  }
}
