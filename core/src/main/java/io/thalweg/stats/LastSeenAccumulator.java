package io.thalweg.stats;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Collects {@link LastSeen} from timestamps in any order. Exact. Not thread-safe. */
public final class LastSeenAccumulator {

  static final Codec<LastSeenAccumulator> CODEC =
      Codec.of("thalweg.timesince", LastSeenAccumulator::write, LastSeenAccumulator::read);

  static final AccumulatorMethods<LastSeenAccumulator, LastSeen> METHODS =
      new AccumulatorMethods<>(
          LastSeenAccumulator::new,
          LastSeenAccumulator::merge,
          LastSeenAccumulator::clear,
          LastSeenAccumulator::toTimeSince,
          CODEC);

  private long count;
  private long last = Long.MIN_VALUE;

  /** Creates an empty accumulator. */
  public LastSeenAccumulator() {}

  /**
   * Adds an event.
   *
   * @param timestamp its time in milliseconds
   */
  public void add(long timestamp) {
    count++;
    last = Math.max(last, timestamp);
  }

  /**
   * Adds what another accumulator holds.
   *
   * @param other the other part; unchanged
   */
  public void merge(LastSeenAccumulator other) {
    count += other.count;
    last = Math.max(last, other.last);
  }

  /** Empties the accumulator. */
  public void clear() {
    count = 0;
    last = Long.MIN_VALUE;
  }

  /**
   * Reads the time of the last event.
   *
   * @return count and time, detached
   */
  public LastSeen toTimeSince() {
    return new LastSeen(count, last);
  }

  private void write(DataOutput out) throws IOException {
    out.writeLong(count);
    out.writeLong(last);
  }

  private static LastSeenAccumulator read(DataInput in) throws IOException {
    LastSeenAccumulator value = new LastSeenAccumulator();
    value.count = AccumulatorMethods.readCount(in);
    value.last = in.readLong();
    return value;
  }
}
