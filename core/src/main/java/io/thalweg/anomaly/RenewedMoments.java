package io.thalweg.anomaly;

import io.thalweg.Codec;
import io.thalweg.stats.EventDecayedMomentsAccumulator;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Exponentially weighted mean and standard deviation whose memory ends. Weights alone fall by a
 * constant factor for each value, so a value of 1e100 would hide all others for hundreds of
 * memories. A younger accumulator therefore replaces the elder one after 4 memories, and values
 * that are older than 8 have no weight at all. The weight of the values that the replacement
 * forgets is at most 0.018.
 */
final class RenewedMoments {

  private static final int MEMORIES = 4;

  /** The least number of values between two replacements. */
  private static final int MIN_PERIOD = 100;

  private final double share;
  private final int period;
  private EventDecayedMomentsAccumulator elder;
  private EventDecayedMomentsAccumulator younger;
  private int age;

  /**
   * Creates empty moments.
   *
   * @param share the weight of the newest value, from above 0 to 1
   */
  RenewedMoments(double share) {
    this.share = share;
    period = (int) Math.max(MIN_PERIOD, Math.min(Math.ceil(MEMORIES / share), 1 << 30));
    elder = new EventDecayedMomentsAccumulator(share);
    younger = new EventDecayedMomentsAccumulator(share);
  }

  /** Adds a value, at most 4 times {@link Resolution#LIMIT}. */
  void add(double value) {
    if (age == period) {
      EventDecayedMomentsAccumulator renewed = elder;
      elder = younger;
      younger = renewed;
      younger.clear();
      age = 0;
    }
    elder.add(value);
    younger.add(value);
    age++;
  }

  long count() {
    return elder.count();
  }

  double mean() {
    return elder.mean();
  }

  double standardDeviation() {
    return elder.standardDeviation();
  }

  /** Returns the root of the mean square, about 0 instead of the mean. */
  double rootMeanSquare() {
    return Math.sqrt(elder.variance() + elder.mean() * elder.mean());
  }

  void write(DataOutput out) throws IOException {
    Codec<EventDecayedMomentsAccumulator> codec = EventDecayedMomentsAccumulator.codec(share);
    out.writeInt(age);
    codec.write(elder, out);
    codec.write(younger, out);
  }

  void read(DataInput in) throws IOException {
    age = Resolution.readInt(in, 0, period);
    elder = readOne(in);
    younger = readOne(in);
    Resolution.require(
        younger.count() == age && elder.count() >= age, "counts must follow", elder.count());
  }

  private EventDecayedMomentsAccumulator readOne(DataInput in) throws IOException {
    EventDecayedMomentsAccumulator moments =
        EventDecayedMomentsAccumulator.codec(share).read(in, 1);
    boolean finite =
        Math.abs(moments.mean()) <= 4 * Resolution.LIMIT && moments.variance() <= Double.MAX_VALUE;
    Resolution.require(moments.count() == 0 || finite, "moments must be finite", moments.mean());
    return moments;
  }
}
