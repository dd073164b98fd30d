package io.thalweg.rank;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Collects the k greatest of any number of items exactly, and merges with other collectors.
 *
 * <p>Ties: of items that compare equal, the earlier one is the greater. So the result does not
 * depend on the points at which a stream is cut. It depends on the order of the items only among
 * items that compare equal.
 *
 * <p>Cost: one comparison for an item that is not among the k greatest, otherwise O(log k)
 * comparisons and a move of up to k references. Memory: k references. Steady state allocates
 * nothing. Not thread-safe.
 *
 * @param <T> the items, immutable
 */
public final class TopK<T> {

  static final int MOST = 1 << 20;

  private final int k;
  private final Comparator<? super T> order;

  /** The items, the greatest first, equal ones in the order of arrival. */
  private final ArrayList<T> items = new ArrayList<>();

  /**
   * Creates an empty collector.
   *
   * @param k the maximum number of items, from 1 to 2^20
   * @param order the order of the items; the result lists the greatest first
   * @throws IllegalArgumentException if k is out of range
   */
  public TopK(int k, Comparator<? super T> order) {
    this.k = checkK(k);
    this.order = requireNonNull(order, "order");
  }

  static int checkK(int k) {
    if (k < 1 || k > MOST) {
      throw new IllegalArgumentException("k must be from 1 to " + MOST + ": " + k);
    }
    return k;
  }

  /**
   * An aggregate of the k greatest events.
   *
   * @param k the number of events to keep, from 1 to 2^20
   * @param order the order of the events; an event that it cannot compare with itself is rejected
   * @param events the codec of the events
   * @param <T> the events, immutable: they are kept while they are among the k
   * @return a mergeable aggregate whose result lists the greatest first; empty gives an empty list
   * @throws IllegalArgumentException if k is out of range
   */
  public static <T> Aggregate<T, TopK<T>, List<T>> of(
      int k, Comparator<? super T> order, Codec<T> events) {
    new TopK<>(k, order); // fails here, not at the first event
    Codec<TopK<T>> codec =
        Codec.of(
            "thalweg.topk of " + requireNonNull(events, "events").name(),
            (state, out) -> state.write(events, out),
            in -> new TopK<T>(k, order).read(events, in));
    return Aggregate.of(
        () -> new TopK<>(k, order),
        event -> order.compare(event, event),
        TopK::add,
        TopK::merge,
        TopK::clear,
        TopK::toList,
        codec);
  }

  /**
   * Adds an item.
   *
   * @param item the item, later than all items added before
   */
  public void add(T item) {
    requireNonNull(item, "item");
    if (takes(item)) {
      int low = 0;
      int high = items.size();
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (order.compare(items.get(middle), item) >= 0) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      if (items.size() == k) {
        items.remove(k - 1);
      }
      items.add(low, item);
    }
  }

  /** Returns whether an item belongs among the k greatest. */
  private boolean takes(T item) {
    return items.size() < k || order.compare(items.get(k - 1), item) < 0;
  }

  /**
   * Merges another collector into this one.
   *
   * @param other the later part, of the same k and order; unchanged
   * @throws IllegalArgumentException if its k differs
   */
  public void merge(TopK<T> other) {
    if (other.k != k) {
      throw new IllegalArgumentException("k must be equal, " + k + ": " + other.k);
    }
    other.items.forEach(this::add);
  }

  /** Empties the collector. */
  public void clear() {
    items.clear();
  }

  /**
   * Reads the result.
   *
   * @return the greatest first, at most k, detached
   */
  public List<T> toList() {
    return List.copyOf(items);
  }

  /**
   * Writes {@code int} k, {@code int} version of the codec of the items, {@code int} number of
   * items, then the items.
   */
  private void write(Codec<T> codec, DataOutput out) throws IOException {
    out.writeInt(k);
    out.writeInt(codec.version());
    out.writeInt(items.size());
    for (T item : items) {
      codec.write(item, out);
    }
  }

  private TopK<T> read(Codec<T> codec, DataInput in) throws IOException {
    int written = in.readInt();
    if (written != k) {
      throw new IOException("k must be " + k + ", as configured: " + written);
    }
    int version = Codec.readVersion(codec, in);
    int size = in.readInt();
    if (size < 0 || size > k) {
      throw new IOException("size must be from 0 to " + k + ": " + size);
    }
    T before = null;
    for (int i = 0; i < size; i++) {
      T item = codec.read(in, version);
      if (before != null && order.compare(before, item) < 0) {
        throw new IOException("items must be in descending order: " + item);
      }
      items.add(item);
      before = item;
    }
    return this;
  }
}
