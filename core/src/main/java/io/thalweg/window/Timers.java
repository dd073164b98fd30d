package io.thalweg.window;

import java.util.Arrays;

/**
 * Things to be looked at when the watermark reaches them: a radix heap (Ahuja, Mehlhorn, Orlin,
 * Tarjan, Journal of the ACM 37 (1990), doi:10.1145/77600.77615).
 *
 * <p>A deadline lies in the bucket numbered by the highest bit in which it differs from the
 * watermark. When the watermark moves, the buckets below the highest bit that changed are due as a
 * whole, the bucket of that bit is sorted into lower ones, and the others stay as they are. Since
 * the watermark never moves back, an entry only ever moves down, at most 64 times and in practice
 * by a few; adding is O(1). Nothing is allocated once the buckets have grown.
 */
final class Timers<T> {

  /** Receives what is due. */
  interface Handler<T> {
    void onTimer(long deadline, T what);
  }

  private final long[][] deadlines = new long[64][];
  private final Object[][] items = new Object[64][];
  private final int[] sizes = new int[64];
  private long now;
  private int size;

  Timers(long now) {
    this.now = now;
  }

  int size() {
    return size;
  }

  /** Adds an entry whose deadline is after the watermark. */
  void add(long deadline, T what) {
    put(63 - Long.numberOfLeadingZeros(deadline ^ now), deadline, what);
    size++;
  }

  private void put(int bucket, long deadline, Object what) {
    int n = sizes[bucket];
    if (deadlines[bucket] == null) {
      deadlines[bucket] = new long[8];
      items[bucket] = new Object[8];
    } else if (n == deadlines[bucket].length) {
      deadlines[bucket] = Arrays.copyOf(deadlines[bucket], 2 * n);
      items[bucket] = Arrays.copyOf(items[bucket], 2 * n);
    }
    deadlines[bucket][n] = deadline;
    items[bucket][n] = what;
    sizes[bucket] = n + 1;
  }

  /**
   * Moves the watermark and hands over what it reached, in no order. What is handed over may be
   * added again for a later deadline.
   */
  @SuppressWarnings("unchecked") // only add writes
  void advance(long watermark, Handler<? super T> due) {
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
      // Taken out first: what is handed over may come back into this bucket.
      long[] times = deadlines[bucket];
      Object[] things = items[bucket];
      sizes[bucket] = 0;
      deadlines[bucket] = spareDeadlines;
      items[bucket] = spareItems;
      for (int i = 0; i < n; i++) {
        if (times[i] <= watermark) {
          size--;
          due.onTimer(times[i], (T) things[i]);
        } else {
          put(63 - Long.numberOfLeadingZeros(times[i] ^ watermark), times[i], things[i]);
        }
      }
      Arrays.fill(things, 0, n, null);
      spareDeadlines = times;
      spareItems = things;
    }
  }

  private long[] spareDeadlines;
  private Object[] spareItems;
}
