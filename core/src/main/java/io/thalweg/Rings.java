package io.thalweg;

import java.lang.reflect.Array;

/**
 * Growth of ring buffers, for implementations of {@link Fifo} and other queues in arrays.
 *
 * <p>A ring buffer is an array whose length is a power of two: the element number {@code i} is at
 * index {@code (head + i) & (length - 1)}.
 */
public final class Rings {

  /** The greatest length of a ring buffer. */
  public static final int MAX_LENGTH = 1 << 30;

  private Rings() {}

  /**
   * Returns a ring buffer of twice the length with the elements of a full one, from index 0 on. The
   * caller then sets its head to 0.
   *
   * <p>Cost: O(length), so O(1) amortised for each element added.
   *
   * @param ring an array of any type, unchanged
   * @param head the index of the oldest element
   * @param <A> the type of the array, such as {@code double[]} or {@code Object[]}
   * @return a new array of the same type
   * @throws IllegalStateException if the ring buffer already has {@link #MAX_LENGTH}
   */
  @SuppressWarnings("unchecked") // the new array has the component type of the old one
  public static <A> A grow(A ring, int head) {
    int length = Array.getLength(ring);
    if (length >= MAX_LENGTH) {
      throw new IllegalStateException("a ring buffer holds at most 2^30 elements: " + length);
    }
    Object larger = Array.newInstance(ring.getClass().getComponentType(), 2 * length);
    System.arraycopy(ring, head, larger, 0, length - head);
    System.arraycopy(ring, 0, larger, length - head, head);
    return (A) larger;
  }
}
