package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.Locale;

/** Detector of {@link Detectors#standard}. */
final class StandardDetector implements Detector {

  /** The novelty, and the contextual deviation, from which a value is rare. */
  private static final double RARE_NOVELTY = 1.0 / 80;

  private static final double RARE_CONTEXT = 12;

  /** The greatest score of a contextual deviation that is not rare. */
  private static final double MAX_CONTEXT = 100;

  /** The score of the least rare value. */
  private static final double RARE = 200;

  /** The greatest score of a deviation. */
  private static final double MAX_DEVIATION = 1_000;

  /** A rare value is less than a record if one of as many before is as rare. */
  private static final int RECORD = 100;

  /** The weight of the gap to the nearest value, which is less than the distance to the mean. */
  private static final double GAP = 4;

  private final Deviation deviation = new Deviation();
  private final Novelty novelty = new Novelty();
  private final DailyContext context = new DailyContext();
  private final BlockMaximum records = new BlockMaximum(RECORD);

  // Of the value that was judged last; not part of the state.
  private double judged = Double.NaN;
  private long judgedTime;
  private double deviations;
  private double novel;
  private double gap;
  private double contextual;

  private boolean isLearning() {
    return deviation.count() < Detectors.MIN_VALUES;
  }

  private void judge(double value, long timestamp) {
    if (value != judged || timestamp != judgedTime) {
      double x = Resolution.limit(value);
      deviations = deviation.of(x);
      gap = novelty.gap(x);
      novel = novelty.of(gap);
      contextual = context.of(x, timestamp);
      judged = value;
      judgedTime = timestamp;
    }
  }

  private double rareness() {
    double odd = context.explainsNearlyAll() ? contextual / RARE_CONTEXT : 0;
    return Math.max(novel / RARE_NOVELTY, odd);
  }

  @Override
  public double score(double value, long timestamp) {
    if (isLearning()) {
      return Double.NaN;
    }
    judge(value, timestamp);
    double odd = context.explainsNearlyAll() ? Math.min(contextual, MAX_CONTEXT) : 0;
    double score = Math.max(odd, Math.max(deviations, deviation.recalled()));
    score = Math.min(score, MAX_DEVIATION);
    double rareness = rareness();
    return rareness >= 1 && rareness > records.max() ? Math.max(RARE * rareness, score) : score;
  }

  @Override
  public double statistic(double value, long timestamp) {
    if (isLearning()) {
      return Double.NaN;
    }
    judge(value, timestamp);
    double usual = context.explains() ? contextual : deviations;
    return Math.min(Math.max(usual, GAP * gap / deviation.scale()), Resolution.LIMIT);
  }

  @Override
  public int regime() {
    return context.explains() ? 1 : 0;
  }

  @Override
  public void learn(double value, long timestamp) {
    judge(value, timestamp);
    judged = Double.NaN;
    if (!isLearning()) {
      records.add((float) rareness());
    }
    double x = Resolution.limit(value);
    deviation.learn(x);
    novelty.learn(x);
    context.learn(x, timestamp);
  }

  /** Learns it too: its weight is bounded. */
  @Override
  public void exclude(double value, long timestamp) {
    learn(value, timestamp);
  }

  @Override
  public void expect(long timestamp, double statistic, ExpectedRange range) {
    range.clear();
    if (isLearning()) {
      return;
    }
    double bound = Double.isNaN(statistic) ? Double.POSITIVE_INFINITY : statistic;
    if (context.explains()) {
      context.reduce(bound, timestamp, range);
    } else {
      deviation.reduce(bound, range);
    }
    double gap = bound / GAP * deviation.scale();
    range.intersect(deviation.mean(), novelty.min() - gap, novelty.max() + gap);
  }

  @Override
  public String evidence(double value, long timestamp) {
    if (isLearning()) {
      return "";
    }
    judge(value, timestamp);
    double gaps = GAP * gap / deviation.scale();
    if (context.explains() && contextual >= gaps) {
      return Evidence.number(contextual)
          + " standard deviations from the usual value at this time of the day";
    }
    if (gaps > deviations) {
      return String.format(
          Locale.ROOT, "none of the last %,d values is within %.4g", novelty.size(), gap);
    }
    return Evidence.deviations(deviations, value > deviation.mean(), "mean");
  }

  @Override
  public void write(DataOutput out) throws IOException {
    deviation.write(out);
    novelty.write(out);
    context.write(out);
    records.write(out);
  }

  @Override
  public void read(DataInput in) throws IOException {
    deviation.read(in);
    novelty.read(in);
    context.read(in);
    records.read(in);
    if (novelty.size() != Math.min(deviation.count(), Novelty.WINDOW)) {
      throw new StreamCorruptedException("standard: the parts have learnt different values");
    }
  }
}
