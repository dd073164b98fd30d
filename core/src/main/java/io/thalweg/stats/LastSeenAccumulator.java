package io.thalweg.stats;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Accumulator of {@link LastSeen}. Timestamps may come in any order. Exact. */
final class LastSeenAccumulator {

  static final Codec<LastSeenAccumulator> CODEC =
      Codec.of("thalweg.timesince", LastSeenAccumulator::write, LastSeenAccumulator::read);

  static final AccumulatorMethods<LastSeenAccumulator, LastSeen> METHODS =
      new AccumulatorMethods<>(
          LastSeenAccumulator::new,
          LastSeenAccumulator::merge,
          LastSeenAccumulator::clear,
          LastSeenAccumulator::toLastSeen,
          CODEC);

  private long count;
  private long last = Long.MIN_VALUE;

  void add(long timestamp) {
    count++;
    last = Math.max(last, timestamp);
  }

  void merge(LastSeenAccumulator other) {
    count += other.count;
    last = Math.max(last, other.last);
  }

  void clear() {
    count = 0;
    last = Long.MIN_VALUE;
  }

  LastSeen toLastSeen() {
    return new LastSeen(count, last);
  }

  private void write(DataOutput out) throws IOException {
    out.writeLong(count);
    out.writeLong(last);
  }

  private static LastSeenAccumulator read(DataInput in) throws IOException {
    LastSeenAccumulator value = new LastSeenAccumulator();
    value.count = StateChecks.readCount(in);
    value.last = in.readLong();
    StateChecks.require(
        value.count > 0 || value.last == Long.MIN_VALUE,
        "last of an empty state must be " + Long.MIN_VALUE,
        value.last);
    return value;
  }
}
