package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;

/**
 * Lengths of the recent runs or intervals of a series: their number and their maximum, in two
 * generations of {@value #GENERATION}, so that a single long one is forgotten. Lengths that were
 * incidents are left out, up to {@value #MAX_EXCLUDED} in a generation: more are usual.
 */
final class RunLengths {

  /** The number of lengths of a generation. */
  static final int GENERATION = 1_000;

  /** The number of lengths below which nothing is known. */
  static final int MIN_LENGTHS = 20;

  /** The number of incidents in a generation that do not count. */
  private static final int MAX_EXCLUDED = 3;

  private long longest;
  private long longestBefore;
  private int count;
  private boolean complete;
  private int excluded;

  /**
   * Adds a length.
   *
   * @param isIncident true if there was an incident because of the length
   */
  void add(long length, boolean isIncident) {
    if (isIncident && excluded < MAX_EXCLUDED) {
      excluded++;
      return;
    }
    longest = Math.max(longest, length);
    if (++count == GENERATION) {
      longestBefore = longest;
      longest = 0;
      count = 0;
      excluded = 0;
      complete = true;
    }
  }

  /** Returns the longest of the recent lengths; -1 if there are too few. */
  long longest() {
    return complete || count >= MIN_LENGTHS ? Math.max(longest, longestBefore) : -1;
  }

  void write(DataOutput out) throws IOException {
    out.writeLong(longest);
    out.writeLong(longestBefore);
    out.writeInt(count);
    out.writeBoolean(complete);
    out.writeInt(excluded);
  }

  void read(DataInput in) throws IOException {
    longest = in.readLong();
    longestBefore = in.readLong();
    count = in.readInt();
    complete = in.readBoolean();
    excluded = in.readInt();
    if (excluded < 0 || excluded > MAX_EXCLUDED) {
      throw new StreamCorruptedException("excluded lengths must be at most " + MAX_EXCLUDED);
    }
    if (longest < 0 || longestBefore < 0 || count < 0 || count >= GENERATION) {
      throw new StreamCorruptedException("lengths must not be negative");
    }
  }
}
