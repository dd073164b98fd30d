package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;

/** Detector of {@link Detectors#histogram}, of one generation of values. */
final class Histogram implements TwoGenerations.Generation {

  private static final int BINS = 32;

  /** The number of bins that the first values fill. */
  private static final int FIRST_BINS = 8;

  /** The count that each bin has in addition, so that no density is 0. */
  private static final double PRIOR = 0.5;

  /** The first values, from which the width of the bins is derived. */
  private final LastValues first;

  private final long[] counts = new long[BINS];
  private double start;
  private double width;

  /** The number of values in the bins; 0 while the first values are collected. */
  private long total;

  private int mode;

  Histogram(int minValues) {
    first = new LastValues(minValues);
  }

  @Override
  public void clear() {
    first.clear();
    Arrays.fill(counts, 0);
    start = 0;
    width = 0;
    total = 0;
    mode = 0;
  }

  @Override
  public double score(double value, long timestamp) {
    if (total == 0) {
      return Double.NaN;
    }
    double limited = Resolution.limit(value);
    double end = start + BINS * width;
    if (limited < start) {
      return emptyScore() + Math.log1p((start - limited) / width);
    }
    if (limited > end) {
      return emptyScore() + Math.log1p((limited - end) / width);
    }
    return binScore(bin(limited));
  }

  private int bin(double value) {
    return Math.max(0, Math.min(BINS - 1, (int) ((value - start) / width)));
  }

  private double binScore(int bin) {
    return Math.log((counts[mode] + PRIOR) / (counts[bin] + PRIOR));
  }

  private double emptyScore() {
    return Math.log((counts[mode] + PRIOR) / PRIOR);
  }

  @Override
  public void learn(double value, long timestamp) {
    double limited = Resolution.limit(value);
    if (total > 0) {
      count(limited);
      return;
    }
    first.add(limited);
    if (first.isFull()) {
      begin();
    }
  }

  private void begin() {
    double min = first.get(0);
    double max = min;
    for (int i = 1; i < first.size(); i++) {
      min = Math.min(min, first.get(i));
      max = Math.max(max, first.get(i));
    }
    // At least the floor, so that values equal but for rounding share a bin.
    width = Math.max((max - min) / FIRST_BINS, 2 * Resolution.floor(Math.max(-min, max)));
    start = min - (BINS - FIRST_BINS + 1) / 2.0 * width; // a constant is in the middle of a bin
    for (int i = 0; i < first.size(); i++) {
      count(first.get(i));
    }
  }

  private void count(double value) {
    while (value < start || value > start + BINS * width) {
      widen(value < start);
    }
    int bin = bin(value);
    total++;
    if (++counts[bin] > counts[mode]) {
      mode = bin;
    }
  }

  /** Joins the bins by twos, and adds empty ones on one side. */
  private void widen(boolean below) {
    for (int i = 0; i < BINS / 2; i++) {
      counts[i] = counts[2 * i] + counts[2 * i + 1];
    }
    Arrays.fill(counts, BINS / 2, BINS, 0);
    if (below) {
      System.arraycopy(counts, 0, counts, BINS / 2, BINS / 2);
      Arrays.fill(counts, 0, BINS / 2, 0);
      start -= BINS * width;
    }
    width *= 2;
    findMode();
  }

  private void findMode() {
    mode = 0;
    for (int i = 1; i < BINS; i++) {
      mode = counts[i] > counts[mode] ? i : mode;
    }
  }

  @Override
  public void expect(long timestamp, double score, ExpectedRange range) {
    if (total == 0) {
      range.clear();
      return;
    }
    double least = Math.max(score, 0); // the mode has the score 0
    double low = start;
    double high = start + BINS * width;
    double beyond = least - emptyScore();
    if (beyond >= 0) {
      low -= width * Math.expm1(beyond);
      high += width * Math.expm1(beyond);
    } else {
      for (int i = 0; binScore(i) > least; i++) {
        low = start + (i + 1) * width;
      }
      for (int i = BINS - 1; binScore(i) > least; i--) {
        high = start + i * width;
      }
    }
    Resolution.expect(
        start + (mode + 0.5) * width,
        Double.isNaN(score) ? Double.NEGATIVE_INFINITY : low,
        Double.isNaN(score) ? Double.POSITIVE_INFINITY : high,
        range);
  }

  @Override
  public String evidence(double value, long timestamp) {
    double limited = Resolution.limit(value);
    boolean outside = limited < start || limited > start + BINS * width;
    return String.format(
        Locale.ROOT,
        "%d of the last %d values within %.3g",
        outside ? 0 : counts[bin(limited)],
        total,
        width);
  }

  @Override
  public void write(DataOutput out) throws IOException {
    first.write(out);
    out.writeDouble(start);
    out.writeDouble(width);
    for (long count : counts) {
      out.writeLong(count);
    }
  }

  @Override
  public void read(DataInput in) throws IOException {
    first.read(in);
    start = in.readDouble();
    width = in.readDouble();
    total = 0;
    for (int i = 0; i < BINS; i++) {
      counts[i] = in.readLong();
      Resolution.require(
          counts[i] >= 0 && counts[i] < 1L << 56, "counts must not be negative", counts[i]);
      total += counts[i];
    }
    boolean isValid =
        total == 0
            ? !first.isFull() && start == 0 && width == 0
            : first.isFull()
                && Math.abs(start) <= 100 * Resolution.LIMIT
                && width >= Resolution.ABSOLUTE_FLOOR
                && width <= 100 * Resolution.LIMIT;
    Resolution.require(isValid, "bins must be of a positive width", width);
    findMode();
  }
}
