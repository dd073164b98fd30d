package io.thalweg.stats;

/** Growth of ring buffers whose capacity is a power of two. */
final class Rings {

  private static final int MAX_CAPACITY = 1 << 30;

  private Rings() {}

  /**
   * Returns a copy of a full ring with twice the capacity. The element at the head is copied to
   * index 0.
   */
  static double[] doubled(double[] ring, int head) {
    int capacity = ring.length;
    if (capacity == MAX_CAPACITY) {
      throw new IllegalStateException("a FIFO holds at most 2^30 values: " + capacity);
    }
    double[] larger = new double[2 * capacity];
    System.arraycopy(ring, head, larger, 0, capacity - head);
    System.arraycopy(ring, 0, larger, capacity - head, head);
    return larger;
  }
}
