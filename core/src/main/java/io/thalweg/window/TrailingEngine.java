package io.thalweg.window;

import io.thalweg.KeyedState;
import io.thalweg.Milliseconds;
import io.thalweg.StateReader;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * The trailing buffers of all keys, with the rules on lateness and expiry: the common part of
 * {@link TrailingWindow} and of a trailing query inside {@link WindowedAggregator}.
 */
final class TrailingEngine<K, E, R> {

  final TrailingBuffer.TrailingSpec<E, R> spec;
  final KeyedState<K, TrailingBuffer<E, R>> buffers;
  private final TrailingStateIo<K, E, R> format;
  private long events;

  /**
   * Creates an engine.
   *
   * @param idle the time after its newest event at which a key expires, by count; {@code
   *     Long.MAX_VALUE} if it never does. By time, a key expires when no window contains its events
   */
  TrailingEngine(TrailingBuffer.TrailingSpec<E, R> spec, long idle, int maxKeys) {
    this.spec = spec;
    boolean expires = spec.n == 0 || idle < Long.MAX_VALUE;
    Duration expiry =
        Duration.ofMillis(spec.n > 0 ? idle : Milliseconds.plus(spec.size, spec.lateness));
    this.format = new TrailingStateIo<>(spec, spec.n > 0 && expires);
    this.buffers =
        new KeyedState<>(spec::create, format, expires ? expiry : KeyedState.FOREVER, maxKeys);
  }

  /**
   * Returns true if an event is late, by the watermark or by the newest event of its key. There are
   * no late events by count.
   *
   * @param entry the entry of its key; null if there is none
   */
  boolean isLate(KeyedState.Entry<K, TrailingBuffer<E, R>> entry, long timestamp, long watermark) {
    return spec.n == 0
        && (watermark == Long.MAX_VALUE
            || Milliseconds.plus(timestamp, spec.lateness) < watermark
            || entry != null && !entry.state().admits(timestamp));
  }

  /**
   * Adds an event that is not late.
   *
   * @return the statistic over the window of the event; null if the window is empty
   */
  R add(KeyedState.Entry<K, TrailingBuffer<E, R>> entry, long timestamp, E event) {
    TrailingBuffer<E, R> buffer = entry.state();
    buffers.update(entry, timestamp);
    events -= buffer.size();
    R result = buffer.add(timestamp, event);
    events += buffer.size();
    return result;
  }

  /** Removes the buffers that the watermark has expired and passes them to an action. */
  void expire(long watermark, Consumer<? super KeyedState.Entry<K, TrailingBuffer<E, R>>> action) {
    buffers.expire(
        watermark,
        entry -> {
          events -= entry.state().size();
          action.accept(entry);
        });
  }

  /** Returns the number of events held for all keys. */
  long events() {
    return events;
  }

  /** Returns the number of timers, one for each key by time. */
  long timers() {
    return spec.n == 0 ? buffers.size() : 0;
  }

  /** Reads saved buffers, for {@link #addAll}. */
  List<KeyedState.Entry<K, TrailingBuffer<E, R>>> read(StateReader<K> from) {
    return buffers.read(from);
  }

  /**
   * Reads the buffers that were saved at a watermark, for {@link #addAll}.
   *
   * @throws IllegalArgumentException if one of them had expired
   */
  List<KeyedState.Entry<K, TrailingBuffer<E, R>>> read(StateReader<K> from, long watermark) {
    List<KeyedState.Entry<K, TrailingBuffer<E, R>>> read = read(from);
    for (KeyedState.Entry<K, TrailingBuffer<E, R>> entry : read) {
      long expiry = buffers.expiry(entry.state().newest());
      if (spec.n == 0 && expiry <= watermark) {
        throw new IllegalArgumentException(
            "%s: damaged record: a buffer that expires at %d must not be saved at watermark %d"
                .formatted(format.name(), expiry, watermark));
      }
    }
    return read;
  }

  /** Adds restored buffers. */
  void addAll(List<KeyedState.Entry<K, TrailingBuffer<E, R>>> restored) {
    buffers.addAll(restored);
    restored.forEach(entry -> events += entry.state().size());
  }
}
