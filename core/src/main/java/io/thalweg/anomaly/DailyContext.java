package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.Arrays;

/**
 * Deviation of a value from the ones of the same five minutes of the day (UTC) before, for a value
 * that is odd only at its time.
 *
 * <p>The residual r is the difference to the exponentially weighted mean of the slot. It counts
 * where the day explains at least {@value #EXPLAINED} of the variance of the series, and only if
 * its step from the residual before is as odd: {@code min(|r| / s, √2 |r - r'| / s')}, where s is
 * the larger standard deviation of the residuals, of all or of the slot, and s' the one of the
 * steps. A season that drifts gives long residuals and short steps.
 */
final class DailyContext {

  private static final int SLOTS = 288;
  private static final long DAY = 86_400_000;

  /** The number of values of a slot before it is used. */
  private static final int MIN_DAYS = 3;

  /** The number of residuals before one is judged. */
  private static final int MIN_RESIDUALS = 100;

  private static final double EXPLAINED = 0.9;

  /** The share below which the day no longer explains the series. */
  private static final double NOT_EXPLAINED = 0.5;

  private static final double SLOT_SHARE = 0.1;
  private static final double SHARE = 0.001;
  private static final double BOUND = 2;

  /** The days in a row on which a slot is beyond the bound, on one side, before it is admitted. */
  private static final int ADMISSION = 3;

  /** The largest offset: its square is a finite float. */
  private static final double MAX_OFFSET = 1e18;

  private double origin;
  private final float[] means = new float[SLOTS];
  private final float[] variances = new float[SLOTS];
  private final byte[] counts = new byte[SLOTS];

  /** The number of residuals of a slot beyond the bound in a row, negative below the mean. */
  private final byte[] beyond = new byte[SLOTS];

  private long count;
  private double mean;
  private double variance;

  private long residuals;
  private double squares;
  private double boundedSquares;
  private double steps;
  private double last = Double.NaN;
  private boolean explains;

  private static int slot(long timestamp) {
    return (int) (Math.floorMod(timestamp, DAY) * SLOTS / DAY);
  }

  private double encode(double value) {
    return Math.max(-MAX_OFFSET, Math.min(MAX_OFFSET, value - origin));
  }

  private double scale(int slot) {
    return Math.max(Math.sqrt(Math.max(boundedSquares, variances[slot] / 2)), Float.MIN_NORMAL);
  }

  /** Returns the standard deviation of the residuals, as far as they are independent. */
  private double stepScale() {
    return Math.max(Math.sqrt(steps / 2), Float.MIN_NORMAL);
  }

  /** Returns true if the day explains the series. */
  boolean explains() {
    return explains;
  }

  /** Returns true if the day explains nearly all of the variance at present. */
  boolean explainsNearlyAll() {
    return explains && squares <= (1 - EXPLAINED) * variance;
  }

  private boolean judges(int slot) {
    return explains && !Double.isNaN(last) && counts[slot] >= MIN_DAYS;
  }

  /** Returns the deviation in standard deviations; 0 if it is unknown. */
  double of(double value, long timestamp) {
    int slot = slot(timestamp);
    if (!judges(slot)) {
      return 0;
    }
    double residual = encode(value) - means[slot];
    return Math.min(Math.abs(residual) / scale(slot), Math.abs(residual - last) / stepScale());
  }

  /** Reduces a range to the values with at most a deviation. */
  void reduce(double bound, long timestamp, ExpectedRange range) {
    int slot = slot(timestamp);
    if (!judges(slot)) {
      return;
    }
    double centre = means[slot];
    double half = bound * scale(slot);
    double step = bound * stepScale();
    // Outside of both: of the slot, and of the step from the last residual.
    range.intersect(
        origin + centre,
        origin + (centre + Math.min(-half, last - step)),
        origin + (centre + Math.max(half, last + step)));
  }

  void learn(double value, long timestamp) {
    if (count == 0 || Math.abs(value - origin) >= MAX_OFFSET) {
      restart(value);
    }
    double offset = value - origin;
    double weight = Math.max(SHARE, 1.0 / (count + 1));
    double difference = offset - mean;
    mean += weight * difference;
    variance = (1 - weight) * (variance + weight * difference * difference);
    count++;
    int slot = slot(timestamp);
    if (counts[slot] < MIN_DAYS) {
      last = Double.NaN;
      counts[slot]++;
      means[slot] += (float) ((offset - means[slot]) / counts[slot]);
      return;
    }
    double residual = offset - means[slot];
    double share = Math.max(SHARE, 1.0 / (residuals + 1));
    boolean bounded = residuals >= MIN_RESIDUALS;
    double used = bounded ? bound(residual, scale(slot)) : residual;
    if (!Double.isNaN(last)) {
      double step = residual - last;
      double usedStep = bounded ? bound(step, Math.sqrt(steps)) : step;
      steps += share * (usedStep * usedStep - steps);
    }
    squares += share * (residual * residual - squares);
    boundedSquares += share * (used * used - boundedSquares);
    residuals++;
    last = residual;
    beyond[slot] =
        (byte)
            (residual == used
                ? 0
                : residual > 0 ? Math.max(beyond[slot], 0) + 1 : Math.min(beyond[slot], 0) - 1);
    if (Math.abs(beyond[slot]) >= ADMISSION) {
      used = residual;
      beyond[slot] = 0;
      means[slot] += (float) residual;
    } else {
      means[slot] += (float) (Math.max(SLOT_SHARE, 1.0 / (counts[slot] + 1)) * used);
      double slotShare = Math.max(SLOT_SHARE, 1.0 / counts[slot]);
      variances[slot] += (float) (slotShare * (used * used - variances[slot]));
    }
    counts[slot] = (byte) Math.min(counts[slot] + 1, Byte.MAX_VALUE);
    explains =
        residuals >= MIN_RESIDUALS
            && variance > 0
            && squares <= (1 - (explains ? NOT_EXPLAINED : EXPLAINED)) * variance;
  }

  /** Forgets all values, for another origin. */
  private void restart(double value) {
    origin = value;
    Arrays.fill(counts, (byte) 0);
    Arrays.fill(beyond, (byte) 0);
    Arrays.fill(means, 0);
    Arrays.fill(variances, 0);
    count = 0;
    mean = 0;
    variance = 0;
    residuals = 0;
    squares = 0;
    boundedSquares = 0;
    steps = 0;
    last = Double.NaN;
    explains = false;
  }

  private static double bound(double value, double scale) {
    return Math.max(-BOUND * scale, Math.min(BOUND * scale, value));
  }

  void write(DataOutput out) throws IOException {
    out.writeDouble(origin);
    for (int i = 0; i < SLOTS; i++) {
      out.writeByte(counts[i]);
      if (counts[i] > 0) {
        out.writeByte(beyond[i]);
        out.writeFloat(means[i]);
        out.writeFloat(variances[i]);
      }
    }
    out.writeLong(count);
    out.writeDouble(mean);
    out.writeDouble(variance);
    out.writeLong(residuals);
    out.writeDouble(squares);
    out.writeDouble(boundedSquares);
    out.writeDouble(steps);
    out.writeDouble(last);
    out.writeBoolean(explains);
  }

  void read(DataInput in) throws IOException {
    origin = in.readDouble();
    boolean valid = Math.abs(origin) <= Resolution.LIMIT;
    for (int i = 0; i < SLOTS; i++) {
      counts[i] = in.readByte();
      if (counts[i] > 0) {
        beyond[i] = in.readByte();
        means[i] = in.readFloat();
        variances[i] = in.readFloat();
      }
      valid &=
          counts[i] >= 0
              && Math.abs(beyond[i]) < ADMISSION
              && Math.abs(means[i]) <= 2 * MAX_OFFSET
              && variances[i] >= 0;
    }
    count = in.readLong();
    mean = in.readDouble();
    variance = in.readDouble();
    residuals = in.readLong();
    squares = in.readDouble();
    boundedSquares = in.readDouble();
    steps = in.readDouble();
    last = in.readDouble();
    explains = in.readBoolean();
    valid &= count >= 0 && Math.abs(mean) <= 2 * MAX_OFFSET && variance >= 0;
    valid &= residuals >= 0 && squares >= 0 && boundedSquares >= 0 && steps >= 0;
    valid &= Double.isNaN(last) || Math.abs(last) <= 4 * MAX_OFFSET;
    if (!valid || Double.isInfinite(variance + squares + boundedSquares + steps)) {
      throw new StreamCorruptedException("daily context: a count or a moment is out of range");
    }
  }
}
