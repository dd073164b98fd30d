package io.thalweg.join;

import io.thalweg.Codec;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * Buffer of the events of one stream, by key and timestamp. Each key and timestamp has a bucket,
 * which is one record of the saved state.
 *
 * <p>Cost: O(log n) for the n timestamps of a key. Memory: about 150 bytes a bucket besides its
 * events. Not thread-safe.
 */
final class EventBuffer<K, E> {

  /** Events of one key and timestamp, in order of arrival. */
  static final class Bucket<K, E> {
    final K key;
    final long timestamp;

    /** Position of the bucket among all buckets, in order of their creation. */
    private final long number;

    private final List<E> events = new ArrayList<>(1);
    private boolean removed;

    private Bucket(K key, long timestamp, long number) {
      this.key = key;
      this.timestamp = timestamp;
      this.number = number;
    }

    List<E> events() {
      return events;
    }

    E last() {
      return events.get(events.size() - 1);
    }
  }

  private final Codec<Bucket<K, E>> codec;
  private final Map<K, TreeMap<Long, Bucket<K, E>>> keys = new HashMap<>();
  private final Set<Bucket<K, E>> changed = new LinkedHashSet<>();
  private final List<Bucket<K, E>> removed = new ArrayList<>();
  private boolean tracksChanges;
  private long created;
  private int size;

  EventBuffer(Codec<E> events) {
    codec =
        Codec.of(
            "thalweg.join.bucket of " + events.name(),
            (bucket, out) -> {
              out.writeLong(bucket.number);
              out.writeInt(bucket.events.size());
              for (E event : bucket.events) {
                Codec.writeNested(events, event, out);
              }
            },
            in -> {
              Bucket<K, E> bucket = new Bucket<>(null, 0, in.readLong());
              int count = in.readInt();
              if (count < 1) {
                throw new IllegalArgumentException("a bucket must have an event: " + count);
              }
              for (int i = 0; i < count; i++) {
                bucket.events.add(Codec.readNested(events, in));
              }
              return bucket;
            });
  }

  /** Returns the number of events. */
  int size() {
    return size;
  }

  /** Returns the number of keys with events. */
  int keys() {
    return keys.size();
  }

  boolean hasKey(K key) {
    return keys.containsKey(key);
  }

  /** Returns the buckets of a key by timestamp; empty if it has none. Not to be changed. */
  NavigableMap<Long, Bucket<K, E>> of(K key) {
    TreeMap<Long, Bucket<K, E>> buckets = keys.get(key);
    return buckets == null ? Collections.emptyNavigableMap() : buckets;
  }

  /**
   * Adds an event.
   *
   * @return the new bucket of its key and timestamp; null if there was one
   */
  Bucket<K, E> add(K key, long timestamp, E event) {
    TreeMap<Long, Bucket<K, E>> buckets = keys.computeIfAbsent(key, k -> new TreeMap<>());
    Bucket<K, E> bucket = buckets.get(timestamp);
    boolean isNew = bucket == null;
    if (isNew) {
      bucket = new Bucket<>(key, timestamp, created++);
      buckets.put(timestamp, bucket);
    }
    bucket.events.add(event);
    size++;
    markChanged(bucket);
    return isNew ? bucket : null;
  }

  /**
   * Adds an event in place of all others of its key and timestamp.
   *
   * @return the new bucket of its key and timestamp; null if there was one
   */
  Bucket<K, E> replace(K key, long timestamp, E event) {
    Bucket<K, E> bucket = of(key).get(timestamp);
    if (bucket != null) {
      size -= bucket.events.size();
      bucket.events.clear();
    }
    return add(key, timestamp, event);
  }

  /** Marks a bucket as changed, since one of its events was. */
  void markChanged(Bucket<K, E> bucket) {
    if (tracksChanges) {
      changed.add(bucket);
    }
  }

  /** Removes a bucket, unless it was removed before. */
  void remove(Bucket<K, E> bucket) {
    if (bucket.removed) {
      return;
    }
    bucket.removed = true;
    size -= bucket.events.size();
    Map<Long, Bucket<K, E>> buckets = keys.get(bucket.key);
    buckets.remove(bucket.timestamp);
    if (buckets.isEmpty()) {
      keys.remove(bucket.key);
    }
    if (tracksChanges) {
      changed.remove(bucket);
      removed.add(bucket);
    }
  }

  /** Sorts buckets by timestamp, and by the order of their creation for equal timestamps. */
  static <K, E> void sort(List<Bucket<K, E>> buckets) {
    buckets.sort(
        (a, b) ->
            a.timestamp != b.timestamp
                ? Long.compare(a.timestamp, b.timestamp)
                : Long.compare(a.number, b.number));
  }

  void save(StateWriter<K> to) {
    keys.values().forEach(buckets -> buckets.values().forEach(bucket -> put(bucket, to)));
  }

  /** Writes the changes since the last call, or since {@link #markSaved}, and marks them. */
  void saveChanges(StateWriter<K> to) {
    for (Bucket<K, E> bucket : removed) {
      to.remove(bucket.key, bucket.timestamp);
    }
    for (Bucket<K, E> bucket : changed) {
      put(bucket, to);
    }
    markSaved();
  }

  /** Marks all buckets as saved, and tracks changes from now on. */
  void markSaved() {
    tracksChanges = true;
    changed.clear();
    removed.clear();
  }

  private void put(Bucket<K, E> bucket, StateWriter<K> to) {
    to.put(bucket.key, bucket.timestamp, codec.encode(bucket));
  }

  /**
   * Reads saved buckets without changing this buffer.
   *
   * @throws IllegalArgumentException if a record is damaged, or this buffer has events of its key
   */
  List<Bucket<K, E>> read(StateReader<K> from) {
    List<Bucket<K, E>> read = new ArrayList<>();
    from.forEach(
        (key, timestamp, bytes) -> {
          if (hasKey(key)) {
            throw new IllegalArgumentException(
                "shards must have no key in common, but both have one: " + key);
          }
          Bucket<K, E> saved = codec.decode(bytes);
          Bucket<K, E> bucket = new Bucket<>(key, timestamp, saved.number);
          bucket.events.addAll(saved.events);
          read.add(bucket);
        });
    return read;
  }

  /** Adds buckets that {@link #read} has returned. */
  void addAll(List<Bucket<K, E>> read) {
    for (Bucket<K, E> bucket : read) {
      keys.computeIfAbsent(bucket.key, k -> new TreeMap<>()).put(bucket.timestamp, bucket);
      size += bucket.events.size();
      created = Math.max(created, bucket.number + 1);
    }
  }
}
