package io.thalweg.sketch;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import java.util.List;
import java.util.function.Function;

/**
 * Most frequent keys with bounds of their frequencies, read from a {@link HeavyHittersSketch}.
 *
 * @param total the number of events
 * @param counters the tracked keys, the most frequent first
 * @param maxUntracked upper bound of the frequency of keys that are not tracked
 * @param <K> the keys
 */
public record HeavyHitters<K>(long total, List<Counter<K>> counters, long maxUntracked) {

  /**
   * Bounds of the frequency of a key.
   *
   * @param key the key
   * @param most the upper bound
   * @param error the width of the bounds: the lower bound is {@code most - error}
   * @param <K> the keys
   */
  public record Counter<K>(K key, long most, long error) {

    /**
     * Returns the lower bound of the frequency.
     *
     * @return {@code most - error}
     */
    public long least() {
      return most - error;
    }
  }

  /**
   * Makes an immutable value.
   *
   * @param total the number of events
   * @param counters the tracked keys, the most frequent first
   * @param maxUntracked upper bound of the frequency of keys that are not tracked
   */
  public HeavyHitters {
    counters = List.copyOf(counters);
  }

  /**
   * An aggregate of the most frequent keys of the events.
   *
   * @param field reads the key from an event
   * @param keys the codec of the keys
   * @param capacity the number of keys to track, from 1 to 2^20; a key with more than total /
   *     capacity events is among them
   * @param <E> the events
   * @param <K> the keys, with {@code equals} and {@code hashCode} by value
   * @return a mergeable aggregate of about 70 bytes and a key for each tracked one
   * @throws IllegalArgumentException if the capacity is out of range
   */
  public static <E, K> Aggregate<E, HeavyHittersSketch<K>, HeavyHitters<K>> over(
      Function<? super E, ? extends K> field, Codec<K> keys, int capacity) {
    requireNonNull(field, "field");
    requireNonNull(keys, "keys");
    return Aggregate.of(
        () -> new HeavyHittersSketch<>(capacity),
        event -> requireNonNull(field.apply(event), "key must not be null"),
        (sketch, event) -> sketch.add(field.apply(event)),
        HeavyHittersSketch::merge,
        HeavyHittersSketch::clear,
        HeavyHittersSketch::toHeavyHitters,
        HeavyHittersSketch.codec(keys, capacity));
  }

  /**
   * Returns the most frequent keys, of which the first {@link #certainPlaces} are certain.
   *
   * @param k the number of keys, not negative
   * @return the first {@code k} tracked keys, or all if fewer are tracked
   * @throws IllegalArgumentException if {@code k} is negative
   */
  public List<Counter<K>> top(int k) {
    if (k < 0) {
      throw new IllegalArgumentException("k must not be negative: " + k);
    }
    return counters.subList(0, Math.min(k, counters.size()));
  }

  /**
   * Returns the number of leading places that are certain: the key of such a place is at least as
   * frequent as every key after it, tracked or not.
   *
   * @return a number of places, from 0
   */
  public int certainPlaces() {
    for (int i = 0; i < counters.size(); i++) {
      long next = i + 1 < counters.size() ? counters.get(i + 1).most() : maxUntracked;
      if (counters.get(i).least() < Math.max(next, maxUntracked)) {
        return i;
      }
    }
    return counters.size();
  }
}
