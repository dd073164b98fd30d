package io.thalweg;

import java.util.Arrays;

/**
 * Event-time timers, each an item with a deadline at which the watermark expires it.
 *
 * <p>Cost: adding a timer is O(1). A timer is moved at most 64 times until it expires, and a few
 * times in practice. Memory: a {@code long} and a reference a timer; there is no allocation once
 * the storage has grown. Not thread-safe.
 *
 * @param <T> the items
 */
public final class Timers<T> {

  /*
   * A radix heap (Ahuja, Mehlhorn, Orlin, Tarjan: Faster algorithms for the shortest path problem,
   * Journal of the ACM 37 (1990), doi:10.1145/77600.77615).
   *
   * A timer is in the bucket whose number is the highest bit in which its deadline differs from the
   * watermark; overdue timers are in bucket 0. When the watermark moves, all timers below the
   * highest bit that changed are due, the timers of the bucket of that bit are due or move to lower
   * buckets, and the other buckets stay unchanged. Since the watermark never moves back, a timer
   * only moves to lower buckets.
   */

  /**
   * Receiver of expired timers.
   *
   * @param <T> the items
   */
  @FunctionalInterface
  public interface Handler<T> {
    /**
     * Receives an expired timer.
     *
     * @param deadline the deadline, at most the watermark
     * @param item the item
     */
    void onTimer(long deadline, T item);
  }

  private final long[][] deadlines = new long[64][];
  private final Object[][] items = new Object[64][];
  private final int[] sizes = new int[64];
  private long now;
  private int size;

  /** Empty arrays that replace those of a bucket while its timers are processed. */
  private long[] spareDeadlines;

  private Object[] spareItems;

  /**
   * Creates an empty set of timers.
   *
   * @param watermark the current watermark
   */
  public Timers(long watermark) {
    this.now = watermark;
  }

  /**
   * Returns the number of timers.
   *
   * @return the number of timers that have not expired
   */
  public int size() {
    return size;
  }

  /**
   * Adds a timer. If its deadline is not after the watermark, the next advance expires it.
   *
   * @param deadline the watermark at which the timer expires
   * @param item the item
   */
  public void add(long deadline, T item) {
    put(deadline, item);
    size++;
  }

  private void put(long deadline, Object item) {
    int bucket = deadline <= now ? 0 : 63 - Long.numberOfLeadingZeros(deadline ^ now);
    int n = sizes[bucket];
    if (deadlines[bucket] == null) {
      deadlines[bucket] = new long[8];
      items[bucket] = new Object[8];
    } else if (n == deadlines[bucket].length) {
      deadlines[bucket] = Arrays.copyOf(deadlines[bucket], 2 * n);
      items[bucket] = Arrays.copyOf(items[bucket], 2 * n);
    }
    deadlines[bucket][n] = deadline;
    items[bucket][n] = item;
    sizes[bucket] = n + 1;
  }

  /**
   * Moves the watermark and passes the expired timers to a handler, in no particular order. The
   * handler may add timers with deadlines after the watermark.
   *
   * @param watermark the watermark; if it is below the current one, nothing happens
   * @param handler receives the expired timers
   */
  @SuppressWarnings("unchecked") // only add() writes items
  public void advance(long watermark, Handler<? super T> handler) {
    if (watermark < now) {
      return;
    }
    int top = watermark == now ? 0 : 63 - Long.numberOfLeadingZeros(watermark ^ now);
    now = watermark;
    for (int bucket = 0; bucket <= top; bucket++) {
      int n = sizes[bucket];
      if (n == 0) {
        continue;
      }
      // The bucket is replaced first, since the handler may add timers to it.
      long[] times = deadlines[bucket];
      Object[] expired = items[bucket];
      sizes[bucket] = 0;
      deadlines[bucket] = spareDeadlines;
      items[bucket] = spareItems;
      for (int i = 0; i < n; i++) {
        if (times[i] <= watermark) {
          size--;
          handler.onTimer(times[i], (T) expired[i]);
        } else {
          put(times[i], expired[i]);
        }
      }
      Arrays.fill(expired, 0, n, null);
      spareDeadlines = times;
      spareItems = expired;
    }
  }
}
