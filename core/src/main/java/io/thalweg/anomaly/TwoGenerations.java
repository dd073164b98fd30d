package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.function.Supplier;

/**
 * Detector that ends the memory of another one: a younger copy learns beside it and replaces it
 * after a number of values and a time, if it can judge by then. So no value has an effect for
 * longer than two generations, whatever the recursion of the detector.
 */
final class TwoGenerations implements Detector {

  /** Detector that can begin anew. */
  interface Generation extends Detector {

    /** Removes the state. */
    void clear();
  }

  private final int minValues;
  private final long minTime;
  private Generation elder;
  private Generation younger;

  /** The number of values that the younger one has learnt. */
  private long age;

  /** The time of the first of them. */
  private long birth;

  /**
   * Creates a detector without state.
   *
   * @param create creates one of the copies
   * @param minValues the least number of values of a generation
   * @param minTime the least time of a generation in milliseconds
   */
  TwoGenerations(Supplier<? extends Generation> create, int minValues, long minTime) {
    this.minValues = minValues;
    this.minTime = minTime;
    elder = create.get();
    younger = create.get();
  }

  @Override
  public double score(double value, long timestamp) {
    return elder.score(value, timestamp);
  }

  @Override
  public void learn(double value, long timestamp) {
    if (age >= minValues
        && (double) timestamp - birth >= minTime
        && !Double.isNaN(younger.score(value, timestamp))) {
      Generation renewed = elder;
      elder = younger;
      younger = renewed;
      younger.clear();
      age = 0;
    }
    if (age++ == 0) {
      birth = timestamp;
    }
    elder.learn(value, timestamp);
    younger.learn(value, timestamp);
  }

  @Override
  public void expect(long timestamp, double score, ExpectedRange range) {
    elder.expect(timestamp, score, range);
  }

  @Override
  public String evidence(double value, long timestamp) {
    return elder.evidence(value, timestamp);
  }

  @Override
  public void write(DataOutput out) throws IOException {
    out.writeLong(age);
    out.writeLong(birth);
    elder.write(out);
    younger.write(out);
  }

  @Override
  public void read(DataInput in) throws IOException {
    age = in.readLong();
    birth = in.readLong();
    Resolution.require(age >= 0, "ages must not be negative", age);
    elder.read(in);
    younger.read(in);
  }
}
