package io.thalweg.sketch;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import java.util.List;
import java.util.function.Function;

/**
 * The most frequent keys, with bounds on how often each came, read from a {@link
 * HeavyHittersSketch}.
 *
 * @param total how many events there were
 * @param counters the keys held, the most frequent first
 * @param maxUntracked no key that is not held came more often than this
 * @param <K> the keys
 */
public record HeavyHitters<K>(long total, List<Counter<K>> counters, long maxUntracked) {

  /**
   * How often a key came.
   *
   * @param key the key
   * @param most it came at most so often
   * @param error it came at least {@code most - error} times
   * @param <K> the keys
   */
  public record Counter<K>(K key, long most, long error) {

    /**
     * How often the key came for certain.
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
   * @param total how many events there were
   * @param counters the keys held, the most frequent first
   * @param maxUntracked no key that is not held came more often than this
   */
  public HeavyHitters {
    counters = List.copyOf(counters);
  }

  /**
   * An aggregate of the most frequent keys of the events.
   *
   * @param field reads the key from an event
   * @param keys the codec of the keys
   * @param capacity how many keys are held, from 1 to 2^20; a key that came more often than total /
   *     capacity is among them
   * @param <E> the events
   * @param <K> the keys, with {@code equals} and {@code hashCode} by value
   * @return a mergeable aggregate of about 70 bytes and a key for each held
   * @throws IllegalArgumentException if the capacity is out of range
   */
  public static <E, K> Aggregate<E, HeavyHittersSketch<K>, HeavyHitters<K>> over(
      Function<? super E, ? extends K> field, Codec<K> keys, int capacity) {
    requireNonNull(field, "field");
    requireNonNull(keys, "keys");
    return Aggregate.of(
        () -> new HeavyHittersSketch<>(capacity),
        (sketch, event) -> sketch.add(field.apply(event)),
        HeavyHittersSketch::merge,
        HeavyHittersSketch::clear,
        HeavyHittersSketch::toHeavyHitters,
        HeavyHittersSketch.codec(keys, capacity));
  }

  /**
   * How many places of the ranking are certain: each of those keys surely came at least as often as
   * every key after it, held or not.
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
