package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Detector of {@link Detectors#seasonal}. */
final class Seasonal extends ForecastDetector {

  /** The number of cycles whose median is the forecast of a phase. */
  private static final int CYCLES = 5;

  /** The number of cycles before a phase has a forecast. */
  private static final int MIN_CYCLES = 2;

  private static final double LEVEL_SHARE = 0.01;
  private static final double ERROR_SHARE = 0.002;

  private final long period;
  private final int phases;
  private final int minValues;

  /** For each phase its means in the last cycles, the newest first. */
  private final double[] means;

  private final byte[] cycles;

  /** The phase of the last value in its cycle, and the mean so far. */
  private long slot = Long.MIN_VALUE;

  private double slotMean;
  private long slotCount;

  private final RenewedMoments level = new RenewedMoments(LEVEL_SHARE);
  private final RenewedMoments levelErrors = new RenewedMoments(ERROR_SHARE);
  private final RenewedMoments phaseErrors = new RenewedMoments(ERROR_SHARE);

  Seasonal(long period, int phases, int minValues) {
    this.period = period;
    this.phases = phases;
    this.minValues = minValues;
    means = new double[phases * CYCLES];
    cycles = new byte[phases];
  }

  static int phase(long timestamp, long period, int phases) {
    return (int) (Math.floorMod(timestamp, period) * phases / period);
  }

  /** Returns the median of the last cycles of a phase; NaN if there are too few. */
  private double phaseForecast(long timestamp) {
    int phase = phase(timestamp, period, phases);
    int count = cycles[phase];
    if (count < MIN_CYCLES) {
      return Double.NaN;
    }
    // The value with as many below as above; the mean of the two if the number is even.
    double lower = Double.NEGATIVE_INFINITY;
    double upper = Double.POSITIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      double mean = means[phase * CYCLES + i];
      int below = 0;
      int notAbove = 0;
      for (int j = 0; j < count; j++) {
        double other = means[phase * CYCLES + j];
        below += other < mean ? 1 : 0;
        notAbove += other <= mean ? 1 : 0;
      }
      if (below <= (count - 1) / 2 && notAbove > (count - 1) / 2) {
        lower = mean;
      }
      if (below <= count / 2 && notAbove > count / 2) {
        upper = mean;
      }
    }
    return lower + (upper - lower) / 2;
  }

  /** Returns true if the phases have explained the series better than its level. */
  private boolean isExplained() {
    return phaseErrors.count() >= minValues
        && phaseErrors.rootMeanSquare() < levelErrors.rootMeanSquare();
  }

  @Override
  double forecast(long timestamp) {
    if (level.count() < minValues) {
      return Double.NaN;
    }
    double forecast = isExplained() ? phaseForecast(timestamp) : Double.NaN;
    return Double.isNaN(forecast) ? level.mean() : forecast;
  }

  @Override
  double scale(long timestamp) {
    return isExplained() && !Double.isNaN(phaseForecast(timestamp))
        ? phaseErrors.rootMeanSquare()
        : level.standardDeviation();
  }

  @Override
  String forecastName() {
    return "forecast";
  }

  @Override
  public void learn(double value, long timestamp) {
    double limited = Resolution.limit(value);
    double forecast = phaseForecast(timestamp);
    if (!Double.isNaN(forecast)) {
      phaseErrors.add(limited - forecast);
      levelErrors.add(limited - level.mean());
    }
    level.add(limited);
    learnPhase(limited, timestamp);
  }

  private void learnPhase(double value, long timestamp) {
    long now = Math.floorDiv(timestamp, period) * phases + phase(timestamp, period, phases);
    if (now != slot) {
      if (slotCount > 0) {
        endSlot();
      }
      slot = now;
      slotMean = 0;
      slotCount = 0;
    }
    slotMean += (value - slotMean) / ++slotCount;
  }

  private void endSlot() {
    int phase = Math.floorMod(slot, phases);
    System.arraycopy(means, phase * CYCLES, means, phase * CYCLES + 1, CYCLES - 1);
    means[phase * CYCLES] = slotMean;
    cycles[phase] = (byte) Math.min(CYCLES, cycles[phase] + 1);
  }

  @Override
  public void write(DataOutput out) throws IOException {
    for (int phase = 0; phase < phases; phase++) {
      out.writeByte(cycles[phase]);
      for (int i = 0; i < cycles[phase]; i++) {
        out.writeDouble(means[phase * CYCLES + i]);
      }
    }
    out.writeLong(slot);
    out.writeDouble(slotMean);
    out.writeLong(slotCount);
    level.write(out);
    levelErrors.write(out);
    phaseErrors.write(out);
  }

  @Override
  public void read(DataInput in) throws IOException {
    for (int phase = 0; phase < phases; phase++) {
      cycles[phase] = in.readByte();
      Resolution.require(
          cycles[phase] >= 0 && cycles[phase] <= CYCLES, "cycles must be at most 5", cycles[phase]);
      for (int i = 0; i < cycles[phase]; i++) {
        means[phase * CYCLES + i] = Resolution.readValue(in);
      }
    }
    slot = in.readLong();
    slotMean = Resolution.readValue(in);
    slotCount = in.readLong();
    level.read(in);
    levelErrors.read(in);
    phaseErrors.read(in);
    Resolution.require(
        slotCount >= 0 && phaseErrors.count() == levelErrors.count(),
        "counts must follow",
        slotCount);
  }
}
