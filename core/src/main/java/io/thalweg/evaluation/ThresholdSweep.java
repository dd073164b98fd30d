package io.thalweg.evaluation;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;

/**
 * The score of a corpus as a function of the one threshold that all its series share.
 *
 * <p>A row alerts if its score is at least the threshold. The best threshold is the highest one of
 * those with the best score; the candidates are +∞ and the scores of the rows. Since it is chosen
 * with the labels in sight, {@link #heldOut} and {@link #randomHalves} measure the threshold of a
 * part of the series on the others.
 *
 * <p>Construction sorts the rows once, in O(n log n); each further threshold, half or sample takes
 * O(n). Memory: about 24 bytes a row. Random halves and samples are functions of the seed.
 * Immutable.
 */
public final class ThresholdSweep {

  private final CorpusScore score;
  private final int[] events;

  // the changes of all series, the highest threshold first
  private final double[] thresholds;
  private final int[] series;
  private final double[] gains;
  private final byte[] alerts;
  private final byte[] falseAlerts;
  private final byte[] found;

  private ThresholdSweep(CorpusScore score, List<ScoredSeries> corpus) {
    this.score = score;
    this.events = corpus.stream().mapToInt(score::events).toArray();
    Changes changes = new Changes(corpus.stream().mapToInt(ScoredSeries::size).sum());
    for (ScoredSeries each : corpus) {
      score.sweep(each, changes);
      changes.number++;
    }
    int[] order = Descending.order(changes.thresholds, changes.size);
    int size = order.length;
    thresholds = new double[size];
    series = new int[size];
    gains = new double[size];
    alerts = new byte[size];
    falseAlerts = new byte[size];
    found = new byte[size];
    for (int i = 0; i < size; i++) {
      int from = order[i];
      thresholds[i] = changes.thresholds[from];
      series[i] = changes.series[from];
      gains[i] = changes.gains[from];
      alerts[i] = changes.alerts[from];
      falseAlerts[i] = changes.falseAlerts[from];
      found[i] = changes.found[from];
    }
  }

  /** The changes in the order of the series. */
  private static final class Changes implements CorpusScore.Steps {
    final double[] thresholds;
    final int[] series;
    final double[] gains;
    final byte[] alerts;
    final byte[] falseAlerts;
    final byte[] found;
    int number;
    int size;

    Changes(int most) {
      thresholds = new double[most];
      series = new int[most];
      gains = new double[most];
      alerts = new byte[most];
      falseAlerts = new byte[most];
      found = new byte[most];
    }

    @Override
    public void add(double threshold, double gain, int alerts, int falseAlerts, int found) {
      thresholds[size] = threshold;
      series[size] = number;
      gains[size] = gain;
      this.alerts[size] = (byte) alerts;
      this.falseAlerts[size] = (byte) falseAlerts;
      this.found[size] = (byte) found;
      size++;
    }
  }

  /**
   * Returns the sweep of the score of the Numenta Anomaly Benchmark, normalised to 0 for no alert
   * and to 100 for an alert in the first row of each window and none outside.
   *
   * <p>In a window only the earliest row that alerts counts: it has the value {@code σ(y) / σ(-1)}
   * with {@code σ(y) = 2 / (1 + exp(5 y)) - 1} and {@code y = -(last - row + 1) / length}. A row
   * that alerts outside costs the weight of a false positive times {@code -σ(y)}, where {@code y =
   * (row - last) / (length - 1)} is the distance past the window before it; times 1 beyond {@code y
   * = 3} or if there is none. A missed window costs the weight of a false negative. Source: Lavin
   * and Ahmad 2015, <a
   * href="https://doi.org/10.1109/ICMLA.2015.141">doi:10.1109/ICMLA.2015.141</a>.
   *
   * @param corpus the series, with windows as anomalies
   * @param profile the weights
   * @return the sweep
   */
  public static ThresholdSweep nab(List<ScoredSeries> corpus, NabProfile profile) {
    return new ThresholdSweep(new NabScore(requireNonNull(profile, "profile")), corpus);
  }

  /**
   * Returns the sweep of event F1, {@code 2 P R / (P + R)}.
   *
   * <p>Rows that alert are merged into one alert while they are at most 10 rows apart. An alert is
   * right if its first row or the row before that is labelled; {@code P} is the share of right
   * alerts. An event is a run of labelled rows, over single gaps; it is found if one of its rows or
   * the row after it alerts. {@code R} is the share of events found.
   *
   * @param corpus the series, with labelled rows as anomalies
   * @return the sweep
   */
  public static ThresholdSweep eventF1(List<ScoredSeries> corpus) {
    return new ThresholdSweep(new EventF1(), corpus);
  }

  /**
   * Returns the evaluation at the best threshold.
   *
   * @return the best evaluation; without anomalies that at +∞, with a score of NaN
   */
  public Evaluation best() {
    return best(all());
  }

  /**
   * Returns the evaluation at a threshold.
   *
   * @param threshold the score from which a row alerts
   * @return the evaluation
   * @throws IllegalArgumentException if the threshold is NaN
   */
  public Evaluation at(double threshold) {
    if (Double.isNaN(threshold)) {
      throw new IllegalArgumentException("threshold must be a number: NaN");
    }
    return counts(all(), threshold).evaluation(threshold);
  }

  /**
   * Returns the evaluation of two parts of the corpus, each at the best threshold of the other.
   *
   * @param first tells by the index of a series if it is in the first part
   * @return the evaluation
   */
  public HeldOut heldOut(IntPredicate first) {
    int[] one = new int[events.length];
    int[] other = new int[events.length];
    for (int i = 0; i < events.length; i++) {
      (first.test(i) ? one : other)[i] = 1;
    }
    return heldOut(one, other);
  }

  private HeldOut heldOut(int[] one, int[] other) {
    double ofOther = best(other).threshold();
    double ofOne = best(one).threshold();
    Counts first = counts(one, ofOther);
    Counts second = counts(other, ofOne);
    Evaluation firstAlone = first.evaluation(ofOther);
    first.add(second);
    return new HeldOut(firstAlone, second.evaluation(ofOne), first.evaluation(Double.NaN));
  }

  /**
   * Divides the series in two random halves many times, and measures both together as in {@link
   * HeldOut#together}.
   *
   * @param times the number of divisions, positive
   * @param seed the seed of the divisions
   * @return mean and spread of the score; NaN without anomalies
   * @throws IllegalArgumentException if {@code times} is not positive
   */
  public Interval randomHalves(int times, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] measurements = new double[positive(times)];
    int n = events.length;
    int[] shuffled = new int[n];
    Arrays.setAll(shuffled, i -> i);
    for (int time = 0; time < times; time++) {
      for (int i = n - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        int swapped = shuffled[i];
        shuffled[i] = shuffled[j];
        shuffled[j] = swapped;
      }
      boolean[] first = new boolean[n];
      for (int i = 0; i < n / 2; i++) {
        first[shuffled[i]] = true;
      }
      measurements[time] = heldOut(i -> first[i]).together().score();
    }
    return Interval.of(measurements);
  }

  /**
   * Draws as many series as there are, with replacement, many times, and measures them at the best
   * threshold of the corpus. Draws without an anomaly are repeated.
   *
   * @param times the number of draws, positive
   * @param seed the seed of the draws
   * @return mean and spread of the score; NaN without anomalies
   * @throws IllegalArgumentException if {@code times} is not positive
   */
  public Interval bootstrap(int times, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] measurements = new double[positive(times)];
    double threshold = best().threshold();
    if (Arrays.stream(events).sum() == 0) {
      return new Interval(Double.NaN, Double.NaN, Double.NaN);
    }
    int n = events.length;
    Counts[] counts = new Counts[n];
    for (int i = 0; i < n; i++) {
      int[] alone = new int[n];
      alone[i] = 1;
      counts[i] = counts(alone, threshold);
    }
    for (int time = 0; time < times; time++) {
      Counts drawn;
      do {
        drawn = new Counts();
        for (int i = 0; i < n; i++) {
          drawn.add(counts[random.nextInt(n)]);
        }
      } while (drawn.events == 0);
      measurements[time] = drawn.evaluation(threshold).score();
    }
    return Interval.of(measurements);
  }

  private static int positive(int times) {
    if (times <= 0) {
      throw new IllegalArgumentException("times must be positive: " + times);
    }
    return times;
  }

  private int[] all() {
    int[] weights = new int[events.length];
    Arrays.fill(weights, 1);
    return weights;
  }

  /** Sums of the counts. */
  private final class Counts {
    private double gain;
    private long alerted;
    private long falselyAlerted;
    private long events;
    private long detected;

    void add(int change, int weight) {
      gain += weight * gains[change];
      alerted += (long) weight * alerts[change];
      falselyAlerted += (long) weight * falseAlerts[change];
      detected += (long) weight * found[change];
    }

    void add(Counts other) {
      gain += other.gain;
      alerted += other.alerted;
      falselyAlerted += other.falselyAlerted;
      events += other.events;
      detected += other.detected;
    }

    double score() {
      return score.score(gain, alerted, falselyAlerted, events, detected);
    }

    Evaluation evaluation(double threshold) {
      return new Evaluation(threshold, score(), alerted, falselyAlerted, events, detected);
    }
  }

  private Counts none(int[] weights) {
    Counts counts = new Counts();
    for (int i = 0; i < events.length; i++) {
      counts.events += (long) weights[i] * events[i];
    }
    return counts;
  }

  private Counts counts(int[] weights, double threshold) {
    Counts counts = none(weights);
    for (int i = 0; i < thresholds.length && thresholds[i] >= threshold; i++) {
      counts.add(i, weights[series[i]]);
    }
    return counts;
  }

  private Evaluation best(int[] weights) {
    Counts counts = none(weights);
    double threshold = Double.POSITIVE_INFINITY;
    Evaluation best = null;
    for (int i = 0; ; threshold = thresholds[i]) {
      while (i < thresholds.length && thresholds[i] >= threshold) {
        counts.add(i, weights[series[i]]);
        i++;
      }
      if (best == null || counts.score() > best.score()) {
        best = counts.evaluation(threshold);
      }
      if (i == thresholds.length) {
        return best;
      }
    }
  }
}
