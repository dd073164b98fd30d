package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.Arrays;

/**
 * Distance of a value to the nearest one of the last {@value #WINDOW}, relative to their range: 0
 * for a value that was seen, 1 for one as far outside as the range is wide. It is damped where
 * distances as large are common: {@code min(1, gap / range) min(1, gap / largest gap of the last
 * 300)}.
 *
 * <p>The values are held as floats, as offsets from an origin near them: once in the order of
 * arrival and once sorted. Offsets below 1e-38 count as 0, those above 1e37 as 1e37. 8 bytes a
 * value; O(log n) comparisons and a move of n / 3 floats a value.
 */
final class Novelty {

  /** The number of values that are held. */
  static final int WINDOW = 8_000;

  private static final int DAMPING = 300;

  /** The least range, relative to the largest absolute value. */
  private static final double RELATIVE_FLOOR = 1e-6;

  /** The multiple of the range beyond which the origin is moved, for the precision of floats. */
  private static final float MAX_DISTANCE = 1_024;

  /** The largest offset from the origin that is told from others. */
  private static final float MAX_OFFSET = 1e37f;

  private double origin;
  private float[] arrivals = new float[64];
  private float[] sorted = new float[64];
  private int size;
  private int oldest;
  private final BlockMaximum gaps = new BlockMaximum(DAMPING);

  /** The offset that was looked up last, and its index; not part of the state. */
  private float lastOffset = Float.NaN;

  private int lastIndex;

  int size() {
    return size;
  }

  /** Returns the distance of a value to the nearest one held, 0 if none is. */
  double gap(double value) {
    if (size == 0) {
      return 0;
    }
    double offset = value - origin;
    int index = index(encode(value));
    double above = index < size ? Math.abs(sorted[index] - offset) : Double.POSITIVE_INFINITY;
    double below = index > 0 ? Math.abs(offset - sorted[index - 1]) : Double.POSITIVE_INFINITY;
    return Math.min(above, below);
  }

  /** Returns the novelty of a value by its {@link #gap}. */
  double of(double gap) {
    if (size == 0) {
      return 0;
    }
    double largest = gaps.max();
    return Math.min(1, gap / range()) * (gap < largest ? gap / largest : 1);
  }

  double min() {
    return origin + sorted[0];
  }

  double max() {
    return origin + sorted[size - 1];
  }

  private double range() {
    double floor = RELATIVE_FLOOR * Math.max(Math.abs(min()), Math.abs(max()));
    return Math.max(sorted[size - 1] - sorted[0], Math.max(floor, Float.MIN_NORMAL));
  }

  private float encode(double value) {
    return (float) Math.max(-MAX_OFFSET, Math.min(MAX_OFFSET, value - origin));
  }

  private int index(float offset) {
    if (offset != lastOffset) {
      lastOffset = offset;
      lastIndex = countBelow(offset);
    }
    return lastIndex;
  }

  /** Returns the number of values below an offset, by a search without unpredictable branches. */
  private int countBelow(float offset) {
    int base = 0;
    int rest = size;
    while (rest > 1) {
      int half = rest >>> 1;
      base = sorted[base + half - 1] < offset ? base + half : base;
      rest -= half;
    }
    return rest == 1 && sorted[base] < offset ? base + 1 : base;
  }

  void learn(double value) {
    if (size == 0) {
      origin = value;
    } else {
      gaps.add((float) Math.min(MAX_OFFSET, gap(value)));
      if (sorted[0] == sorted[size - 1]) {
        moveOrigin(value);
      }
    }
    float offset = encode(value);
    int index = index(offset);
    lastOffset = Float.NaN;
    if (size == WINDOW) {
      int old = countBelow(arrivals[oldest]);
      if (old < index) {
        System.arraycopy(sorted, old + 1, sorted, old, --index - old);
      } else {
        System.arraycopy(sorted, index, sorted, index + 1, old - index);
      }
      arrivals[oldest] = offset;
      oldest = (oldest + 1) % WINDOW;
    } else {
      if (size == arrivals.length) {
        int length = Math.min(WINDOW, 2 * size);
        arrivals = Arrays.copyOf(arrivals, length);
        sorted = Arrays.copyOf(sorted, length);
      }
      System.arraycopy(sorted, index, sorted, index + 1, size - index);
      arrivals[size++] = offset;
    }
    sorted[index] = offset;
    float range = sorted[size - 1] - sorted[0];
    if (range > 0 && Math.max(-sorted[0], sorted[size - 1]) > MAX_DISTANCE * range) {
      moveOrigin(min());
    }
  }

  private void moveOrigin(double to) {
    if (to == origin) {
      return;
    }
    double shift = origin - to;
    for (int i = 0; i < size; i++) {
      sorted[i] = shifted(sorted[i], shift);
      arrivals[i] = shifted(arrivals[i], shift);
    }
    origin = to;
    lastOffset = Float.NaN;
  }

  private static float shifted(float offset, double shift) {
    return (float) Math.max(-MAX_OFFSET, Math.min(MAX_OFFSET, offset + shift));
  }

  void write(DataOutput out) throws IOException {
    out.writeDouble(origin);
    out.writeInt(size);
    for (int i = 0; i < size; i++) {
      out.writeFloat(arrivals[(oldest + i) % size]);
    }
    gaps.write(out);
  }

  void read(DataInput in) throws IOException {
    origin = in.readDouble();
    size = in.readInt();
    oldest = 0;
    if (size < 0 || size > WINDOW || !(Math.abs(origin) <= Resolution.LIMIT)) {
      throw new StreamCorruptedException("window: size or origin out of range");
    }
    int length = arrivals.length;
    while (length < size) {
      length = Math.min(WINDOW, 2 * length);
    }
    arrivals = new float[length];
    for (int i = 0; i < size; i++) {
      arrivals[i] = in.readFloat();
      if (!(Math.abs(arrivals[i]) <= MAX_OFFSET)) {
        throw new StreamCorruptedException("window: an offset is out of range: " + arrivals[i]);
      }
    }
    sorted = arrivals.clone();
    Arrays.sort(sorted, 0, size);
    gaps.read(in);
  }
}
