package io.thalweg.window;

import java.util.Arrays;

/**
 * Event-time timers in a radix heap (Ahuja, Mehlhorn, Orlin, Tarjan, Journal of the ACM 37 (1990),
 * doi:10.1145/77600.77615).
 *
 * <p>A timer is in the bucket whose number is the highest bit in which its deadline differs from
 * the watermark. When the watermark moves, all timers below the highest bit that changed are due,
 * the timers of the bucket of that bit are due or move to lower buckets, and the other buckets stay
 * unchanged. Since the watermark never moves back, a timer only moves to lower buckets: at most 64
 * times, and a few times in practice. Addition is O(1). There is no allocation once the buckets
 * have grown.
 */
final class Timers<T> {

  /** Receiver of expired timers. */
  interface Handler<T> {
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

  Timers(long now) {
    this.now = now;
  }

  int size() {
    return size;
  }

  /** Adds a timer with a deadline after the watermark. */
  void add(long deadline, T item) {
    put(63 - Long.numberOfLeadingZeros(deadline ^ now), deadline, item);
    size++;
  }

  private void put(int bucket, long deadline, Object item) {
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
   * Moves the watermark, and passes the expired timers to the handler in no particular order. The
   * handler may add timers with later deadlines.
   */
  @SuppressWarnings("unchecked") // only add() writes
  void advance(long watermark, Handler<? super T> handler) {
    if (watermark <= now) {
      return;
    }
    int top = 63 - Long.numberOfLeadingZeros(watermark ^ now);
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
          put(63 - Long.numberOfLeadingZeros(times[i] ^ watermark), times[i], expired[i]);
        }
      }
      Arrays.fill(expired, 0, n, null);
      spareDeadlines = times;
      spareItems = expired;
    }
  }
}
