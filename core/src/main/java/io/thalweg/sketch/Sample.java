package io.thalweg.sketch;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.Milliseconds;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/**
 * Random sample of events, of a fixed size, read from a {@link Reservoir}.
 *
 * @param count the number of events
 * @param events the drawn events, in random order; all events while they fit
 * @param <E> the events
 */
public record Sample<E>(long count, List<E> events) {

  /**
   * Makes an immutable value.
   *
   * @param count the number of events
   * @param events the drawn events
   */
  public Sample {
    events = List.copyOf(events);
  }

  /**
   * An aggregate that draws a uniform sample: all sets of this size are equally likely.
   *
   * @param id reads a number that identifies the event, such as its {@linkplain #id partition and
   *     offset}. Events of one number are not independent. The number and the seed determine
   *     whether the event is drawn, so equal input gives equal samples, in any order and with any
   *     merges
   * @param events the codec of the events
   * @param size the number of events to draw, from 1 to 2^20
   * @param seed the seed of the random choices
   * @param <E> the events
   * @return a mergeable, commutative aggregate; merging is exact
   * @throws IllegalArgumentException if the size is out of range
   */
  public static <E> Aggregate<E, Reservoir<E>, Sample<E>> uniform(
      ToLongFunction<? super E> id, Codec<E> events, int size, long seed) {
    requireNonNull(id, "id");
    requireNonNull(events, "events");
    return of(
        id::applyAsLong,
        (reservoir, event) ->
            reservoir.add(event, Reservoir.logOfExponential(Hash.of(id.applyAsLong(event), seed))),
        events,
        size);
  }

  /**
   * An aggregate that draws a sample in which the probability of an event is halved each half-life
   * of event time.
   *
   * @param id reads a number that identifies the event, such as its {@linkplain #id partition and
   *     offset}. Events of one number are not independent. The number, the seed and the time
   *     determine whether the event is drawn, so equal input gives equal samples, in any order and
   *     with any merges
   * @param timestamp reads the event's time in milliseconds
   * @param halfLife the age at which the probability of an event is halved, in whole milliseconds
   * @param events the codec of the events
   * @param size the number of events to draw, from 1 to 2^20
   * @param seed the seed of the random choices
   * @param <E> the events
   * @return a mergeable, commutative aggregate; merging is exact
   * @throws IllegalArgumentException if half-life or size are out of range
   */
  public static <E> Aggregate<E, Reservoir<E>, Sample<E>> decayed(
      ToLongFunction<? super E> id,
      ToLongFunction<? super E> timestamp,
      Duration halfLife,
      Codec<E> events,
      int size,
      long seed) {
    requireNonNull(id, "id");
    requireNonNull(timestamp, "timestamp");
    requireNonNull(events, "events");
    double perMilli = Math.log(2) / Milliseconds.positive("half-life", halfLife);
    return of(
        event -> {
          id.applyAsLong(event);
          timestamp.applyAsLong(event);
        },
        (reservoir, event) ->
            reservoir.add(
                event,
                Reservoir.logOfExponential(Hash.of(id.applyAsLong(event), seed))
                    - timestamp.applyAsLong(event) * perMilli),
        events,
        size);
  }

  /**
   * Returns a number that identifies an event by its partition and its offset. An offset alone does
   * not, because each partition has the same offsets. Numbers differ within a partition; of n
   * events of different partitions two have the same number with a probability of about {@code n² /
   * 2^65}.
   *
   * @param partition the partition
   * @param offset the offset within the partition
   * @return a number, for {@link #uniform} and {@link #decayed}
   */
  public static long id(int partition, long offset) {
    return Hash.of(offset, partition);
  }

  private static <E> Aggregate<E, Reservoir<E>, Sample<E>> of(
      Consumer<E> check, BiConsumer<Reservoir<E>, E> add, Codec<E> events, int size) {
    return Aggregate.of(
        () -> new Reservoir<>(size),
        check,
        add,
        Reservoir::merge,
        Reservoir::clear,
        Reservoir::toSample,
        Reservoir.codec(events, size));
  }
}
