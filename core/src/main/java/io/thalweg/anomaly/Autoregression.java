package io.thalweg.anomaly;

import io.thalweg.stats.EventDecayedMomentsAccumulator;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * Detector of {@link Detectors#autoregression}, of one generation of values.
 *
 * <p>The covariance matrix of the weights is kept as {@code U D U'} with a unit upper triangular U
 * and a diagonal D. An update multiplies D by positive factors, so that rounding never makes the
 * matrix indefinite. D is bounded, so that it does not grow while the series does not change.
 */
final class Autoregression extends ForecastDetector implements TwoGenerations.Generation {

  private static final double ERROR_SHARE = 0.01;

  /** The variance of a weight before the first value. */
  private static final double INITIAL = 100;

  private static final double MAX_VARIANCE = 1e6;

  /** The greatest distance from the centre, in the unit of the first values. */
  private static final double MAX_DISTANCE = 1e6;

  private final int order;
  private final double forgetting;
  private final int minValues;

  /** The first values, from which centre and unit are derived. */
  private final LastValues first;

  private double centre;

  /** The standard deviation of the first values; 0 while they are collected. */
  private double unit;

  /** The last values, newest first, as distances from the centre in units, and a constant 1. */
  private final double[] inputs;

  private final double[] weights;
  private final double[] upper;
  private final double[] diagonal;
  private final double[] gain;
  private EventDecayedMomentsAccumulator errors = new EventDecayedMomentsAccumulator(ERROR_SHARE);

  Autoregression(int order, double forgetting, int minValues) {
    this.order = order;
    this.forgetting = forgetting;
    this.minValues = minValues;
    first = new LastValues(Math.max(minValues, 2 * order));
    inputs = new double[order + 1];
    weights = new double[order + 1];
    upper = new double[(order + 1) * (order + 1)];
    diagonal = new double[order + 1];
    gain = new double[order + 1];
    clear();
  }

  @Override
  public void clear() {
    first.clear();
    centre = 0;
    unit = 0;
    Arrays.fill(inputs, 0);
    inputs[order] = 1;
    Arrays.fill(weights, 0);
    resetCovariance();
    errors.clear();
  }

  private void resetCovariance() {
    Arrays.fill(upper, 0);
    Arrays.fill(diagonal, INITIAL);
  }

  /** Returns the forecast as a distance from the centre in units. */
  private double next() {
    double sum = 0;
    for (int i = 0; i <= order; i++) {
      sum += weights[i] * inputs[i];
    }
    return sum;
  }

  @Override
  double forecast(long timestamp) {
    return errors.count() < minValues ? Double.NaN : Resolution.limit(centre + unit * next());
  }

  @Override
  double scale(long timestamp) {
    return unit * Math.sqrt(errors.variance() + errors.mean() * errors.mean());
  }

  @Override
  String forecastName() {
    return "forecast";
  }

  @Override
  public void learn(double value, long timestamp) {
    double limited = Resolution.limit(value);
    if (unit == 0) {
      first.add(limited);
      if (first.isFull()) {
        begin();
      }
      return;
    }
    double input = distance(limited);
    double error = input - next();
    errors.add(error);
    update(error);
    addInput(input);
  }

  private double distance(double value) {
    return Math.max(-MAX_DISTANCE, Math.min(MAX_DISTANCE, (value - centre) / unit));
  }

  private void addInput(double input) {
    System.arraycopy(inputs, 0, inputs, 1, order - 1);
    inputs[0] = input;
  }

  private void begin() {
    int n = first.size();
    for (int i = 0; i < n; i++) {
      centre += first.get(i) / n;
    }
    double squares = 0;
    for (int i = 0; i < n; i++) {
      double deviation = first.get(i) - centre;
      squares += deviation * deviation / n;
    }
    unit = Math.max(Math.sqrt(squares), Resolution.floor(centre));
    for (int i = n - order; i < n; i++) {
      addInput(distance(first.get(i)));
    }
  }

  /** Updates weights and covariance by Bierman's algorithm. */
  private void update(double error) {
    double before = forgetting;
    for (int j = 0; j <= order; j++) {
      double f = inputs[j];
      for (int i = 0; i < j; i++) {
        f += upper[j * (order + 1) + i] * inputs[i];
      }
      double v = diagonal[j] * f;
      double after = before + f * v;
      double ratio = -f / before;
      for (int i = 0; i < j; i++) {
        double u = upper[j * (order + 1) + i];
        upper[j * (order + 1) + i] = u + ratio * gain[i];
        gain[i] += u * v;
      }
      gain[j] = v;
      diagonal[j] = Math.min(MAX_VARIANCE, diagonal[j] * before / (after * forgetting));
      before = after;
    }
    double check = 0;
    for (int i = 0; i <= order; i++) {
      weights[i] += gain[i] / before * error;
      check += Math.abs(weights[i]) + diagonal[i];
    }
    if (!(check <= MAX_VARIANCE * MAX_DISTANCE)) {
      Arrays.fill(weights, 0);
      resetCovariance();
    }
  }

  @Override
  public void write(DataOutput out) throws IOException {
    first.write(out);
    out.writeDouble(centre);
    out.writeDouble(unit);
    writeAll(inputs, out);
    writeAll(weights, out);
    writeAll(upper, out);
    writeAll(diagonal, out);
    EventDecayedMomentsAccumulator.codec(ERROR_SHARE).write(errors, out);
  }

  private static void writeAll(double[] numbers, DataOutput out) throws IOException {
    for (double number : numbers) {
      out.writeDouble(number);
    }
  }

  @Override
  public void read(DataInput in) throws IOException {
    first.read(in);
    centre = Resolution.readValue(in);
    unit = Resolution.readValue(in);
    Resolution.require(
        first.isFull() ? unit >= Resolution.floor(centre) : unit == 0, "invalid unit", unit);
    readAll(inputs, MAX_DISTANCE, in);
    readAll(weights, MAX_VARIANCE * MAX_DISTANCE, in);
    readAll(upper, Resolution.LIMIT, in);
    readAll(diagonal, MAX_VARIANCE, in);
    for (double variance : diagonal) {
      Resolution.require(variance >= 0, "variances must not be negative", variance);
    }
    errors = HoltWinters.readErrors(ERROR_SHARE, in);
  }

  private static void readAll(double[] numbers, double most, DataInput in) throws IOException {
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = in.readDouble();
      Resolution.require(
          Math.abs(numbers[i]) <= most, "magnitudes must be at most " + most, numbers[i]);
    }
  }
}
