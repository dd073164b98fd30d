package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;

/**
 * Maximum of the last values, by blocks: the window holds the block that is being filled and
 * {@value #BLOCKS} - 1 full ones. O(1) a value.
 */
final class BlockMaximum {

  private static final int BLOCKS = 10;

  private final int blockLength;
  private final float[] maxima = new float[BLOCKS];
  private int block;
  private int length;
  private float max;

  /**
   * Creates an empty window.
   *
   * @param window the greatest number of values, a multiple of {@value #BLOCKS}
   */
  BlockMaximum(int window) {
    blockLength = window / BLOCKS;
  }

  /** Returns the maximum; 0 if the window is empty. */
  float max() {
    return max;
  }

  /** Adds a value that is not negative. */
  void add(float value) {
    if (length == blockLength) {
      length = 0;
      block = (block + 1) % BLOCKS;
      maxima[block] = 0;
      max = 0;
      for (float maximum : maxima) {
        max = Math.max(max, maximum);
      }
    }
    maxima[block] = Math.max(maxima[block], value);
    max = Math.max(max, value);
    length++;
  }

  void write(DataOutput out) throws IOException {
    for (float maximum : maxima) {
      out.writeFloat(maximum);
    }
    out.writeInt(block);
    out.writeInt(length);
  }

  void read(DataInput in) throws IOException {
    max = 0;
    for (int i = 0; i < BLOCKS; i++) {
      maxima[i] = in.readFloat();
      max = Math.max(max, maxima[i]);
    }
    block = in.readInt();
    length = in.readInt();
    if (block < 0 || block >= BLOCKS || length < 0 || length > blockLength || Float.isNaN(max)) {
      throw new StreamCorruptedException("maxima: block or length out of range");
    }
  }
}
