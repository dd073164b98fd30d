package io.thalweg.anomaly;

import io.thalweg.Codec;
import io.thalweg.stats.EventDecayedMomentsAccumulator;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/** Detector of {@link Detectors#holtWinters}, of one generation of values. */
final class HoltWinters extends ForecastDetector implements TwoGenerations.Generation {

  static final double ERROR_SHARE = 0.01;

  private final long period;
  private final double alpha;
  private final double beta;
  private final double gamma;
  private final int minValues;

  /** The season of each phase; the mean of its values in the first cycle; NaN if there is none. */
  private final double[] season;

  private final int[] firstCounts;
  private long start;
  private long count;
  private boolean started;
  private double level;
  private double trend;
  private EventDecayedMomentsAccumulator errors = new EventDecayedMomentsAccumulator(ERROR_SHARE);

  HoltWinters(long period, int phases, double alpha, double beta, double gamma, int minValues) {
    this.period = period;
    this.alpha = alpha;
    this.beta = beta;
    this.gamma = gamma;
    this.minValues = minValues;
    season = new double[phases];
    firstCounts = new int[phases];
    clear();
  }

  @Override
  public void clear() {
    Arrays.fill(season, Double.NaN);
    Arrays.fill(firstCounts, 0);
    start = 0;
    count = 0;
    started = false;
    level = 0;
    trend = 0;
    errors.clear();
  }

  private int phase(long timestamp) {
    return Seasonal.phase(timestamp, period, season.length);
  }

  private double next(long timestamp) {
    double seasonal = season[phase(timestamp)];
    double known = Double.isNaN(seasonal) ? 0 : seasonal;
    return started ? Resolution.limit(level + trend + known) : Double.NaN;
  }

  @Override
  double forecast(long timestamp) {
    return errors.count() < minValues ? Double.NaN : next(timestamp);
  }

  @Override
  double scale(long timestamp) {
    return Math.sqrt(errors.variance() + errors.mean() * errors.mean());
  }

  @Override
  String forecastName() {
    return "forecast";
  }

  @Override
  public void learn(double value, long timestamp) {
    double limited = Resolution.limit(value);
    if (count++ == 0) {
      start = timestamp;
    }
    if (!started && (double) timestamp - start >= (season.length == 1 ? 0 : period)) {
      begin(limited);
    }
    int phase = phase(timestamp);
    if (!started) {
      int n = ++firstCounts[phase];
      season[phase] = n == 1 ? limited : season[phase] + (limited - season[phase]) / n;
      level += (limited - level) / count;
      return;
    }
    if (Double.isNaN(season[phase])) {
      season[phase] = limited - level; // the first value of the phase
      return;
    }
    double error = limited - next(timestamp);
    errors.add(error);
    double before = level;
    level = Resolution.limit(before + trend + alpha * (limited - season[phase] - before - trend));
    trend = Resolution.limit(trend + beta * (level - before - trend));
    if (season.length > 1) {
      season[phase] = Resolution.limit(season[phase] + gamma * (limited - level - season[phase]));
    }
  }

  private void begin(double value) {
    started = true;
    if (season.length == 1) {
      level = value;
      season[0] = 0;
    }
    for (int i = 0; i < season.length; i++) {
      season[i] -= season.length == 1 ? 0 : level;
    }
  }

  @Override
  public void write(DataOutput out) throws IOException {
    for (int i = 0; i < season.length; i++) {
      out.writeDouble(season[i]);
      out.writeInt(firstCounts[i]);
    }
    out.writeLong(start);
    out.writeLong(count);
    out.writeBoolean(started);
    out.writeDouble(level);
    out.writeDouble(trend);
    EventDecayedMomentsAccumulator.codec(ERROR_SHARE).write(errors, out);
  }

  @Override
  public void read(DataInput in) throws IOException {
    for (int i = 0; i < season.length; i++) {
      season[i] = in.readDouble();
      firstCounts[i] = Resolution.readInt(in, 0, Integer.MAX_VALUE - 1);
      Resolution.require(
          !(Math.abs(season[i]) > 2 * Resolution.LIMIT), "the season must be finite", season[i]);
      Resolution.require(
          firstCounts[i] == 0 || !Double.isNaN(season[i]), "the season must be known", season[i]);
    }
    start = in.readLong();
    count = in.readLong();
    started = in.readBoolean();
    level = Resolution.readValue(in);
    trend = Resolution.readValue(in);
    errors = readErrors(ERROR_SHARE, in);
    Resolution.require(count >= errors.count(), "counts must follow", count);
    Resolution.require(started || errors.count() == 0, "errors need a start", errors.count());
  }

  /** Reads moments of forecast errors. */
  static EventDecayedMomentsAccumulator readErrors(double share, DataInput in) throws IOException {
    Codec<EventDecayedMomentsAccumulator> codec = EventDecayedMomentsAccumulator.codec(share);
    EventDecayedMomentsAccumulator errors = codec.read(in, 1);
    Resolution.require(
        errors.count() == 0
            || Math.abs(errors.mean()) <= 4 * Resolution.LIMIT
                && errors.variance() <= Double.MAX_VALUE,
        "errors must be finite",
        errors.mean());
    return errors;
  }
}
