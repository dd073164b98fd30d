package io.thalweg.stats;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Collects {@link TimeSince} from timestamps in any order. Exact. Not thread-safe. */
public final class TimeSinceAccumulator {

  static final Codec<TimeSinceAccumulator> CODEC =
      new StateCodec<>(
          "thalweg.timesince", TimeSinceAccumulator::write, TimeSinceAccumulator::read);

  static final FoldAggregate.Accumulator<TimeSinceAccumulator, TimeSince> AGGREGATE =
      new FoldAggregate.Accumulator<>(
          TimeSinceAccumulator::new,
          TimeSinceAccumulator::merge,
          TimeSinceAccumulator::clear,
          TimeSinceAccumulator::toTimeSince,
          CODEC);

  private long count;
  private long last = Long.MIN_VALUE;

  /** Creates an empty accumulator. */
  public TimeSinceAccumulator() {}

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
  public void merge(TimeSinceAccumulator other) {
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
  public TimeSince toTimeSince() {
    return new TimeSince(count, last);
  }

  private void write(DataOutput out) throws IOException {
    out.writeLong(count);
    out.writeLong(last);
  }

  private static TimeSinceAccumulator read(DataInput in) throws IOException {
    TimeSinceAccumulator value = new TimeSinceAccumulator();
    value.count = StateCodec.readCount(in);
    value.last = in.readLong();
    return value;
  }
}
