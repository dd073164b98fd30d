package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/** The last n values in order of arrival. The array grows up to n, so a short series is cheap. */
final class LastValues {

  private static final int INITIAL = 16;

  private final int capacity;
  private double[] ring;

  /** The index of the oldest value; 0 until the capacity is reached. */
  private int head;

  private int size;

  LastValues(int capacity) {
    this.capacity = capacity;
    ring = new double[Math.min(INITIAL, capacity)];
  }

  int size() {
    return size;
  }

  int capacity() {
    return capacity;
  }

  boolean isFull() {
    return size == capacity;
  }

  /** Returns a value by its age; 0 is the oldest. */
  double get(int i) {
    int at = head + i;
    return ring[at < capacity ? at : at - capacity];
  }

  /** Adds a value, in place of the oldest if the capacity is reached. */
  void add(double value) {
    if (size == capacity) {
      ring[head] = value;
      head = head + 1 == capacity ? 0 : head + 1;
      return;
    }
    if (size == ring.length) {
      ring = Arrays.copyOf(ring, (int) Math.min(2L * size, capacity));
    }
    ring[size++] = value;
  }

  /** Removes all values. */
  void clear() {
    head = 0;
    size = 0;
  }

  /** Copies the values, in any order. */
  void copyTo(double[] target) {
    System.arraycopy(ring, 0, target, 0, size);
  }

  /** Returns the greatest value; negative infinity if there is none. */
  double max() {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < size; i++) {
      max = Math.max(max, ring[i]);
    }
    return max;
  }

  /** Returns the mean distance from a point; NaN if there is no value. */
  double meanDistance(double point) {
    double sum = 0;
    for (int i = 0; i < size; i++) { // by age, so that the sum does not depend on the head
      sum += Math.abs(get(i) - point);
    }
    return sum / size;
  }

  void write(DataOutput out) throws IOException {
    out.writeInt(size);
    for (int i = 0; i < size; i++) {
      out.writeDouble(get(i));
    }
  }

  /** Reads the values into an empty object. */
  void read(DataInput in) throws IOException {
    int written = Resolution.readInt(in, 0, capacity);
    for (int i = 0; i < written; i++) {
      add(Resolution.readValue(in));
    }
  }
}
