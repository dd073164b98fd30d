package io.thalweg.anomaly;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * Detectors of the library. Each method returns the specification of one; docs/anomaly.md compares
 * them.
 *
 * <p>A score is never negative and never infinite. A value that does not differ from the
 * expectation by more than 1e-10 of it, or 1e-15 near 0, has the score 0: that is rounding, not
 * change. The unit of a score is at least that difference, so a first change of a constant series
 * has a high score. Series of smaller values are multiplied by a factor first. Magnitudes above
 * 1e150 count as 1e150.
 *
 * <p>A detector does not judge until it has learnt {@value #MIN_VALUES} values, unless stated
 * otherwise. Every value is forgotten completely: after n values by a window of n, after {@code 8 /
 * share} values by a decayed mean. Nothing is allocated for a value once the windows are full.
 */
public final class Detectors {

  /** The number of values that a detector learns before it judges one, unless stated otherwise. */
  public static final int MIN_VALUES = 20;

  private Detectors() {}

  private static void require(boolean condition, String rule, Object value) {
    if (!condition) {
      throw new IllegalArgumentException(rule + ": " + value);
    }
  }

  private static void requireShare(double share) {
    require(share > 0 && share <= 1, "share must be above 0 and at most 1", share);
  }

  private static int minValues(int n) {
    require(n >= 2, "n must be at least 2", n);
    return Math.min(n, MIN_VALUES);
  }

  private static long millis(Duration period, int phases) {
    require(phases >= 1 && phases <= 10_000, "phases must be from 1 to 10000", phases);
    require(
        requireNonNull(period, "period").compareTo(Duration.ofDays(366)) <= 0
            && period.toMillis() >= phases,
        "period must be from 1 ms a phase to 366 days",
        period);
    return period.toMillis();
  }

  /**
   * Returns a detector by the mean and the sample standard deviation of the last values: {@code
   * score = |value - mean| / s}, exact to rounding.
   *
   * <p>The value is not among the values that judge it. If it were, no score could exceed {@code (n
   * - 1) / √n} (Shiffler 1988, <a
   * href="https://doi.org/10.1080/00031305.1988.10475530">doi:10.1080/00031305.1988.10475530</a>).
   *
   * <p>Cost: about 50 ns a value. Memory: 32 bytes for each of the n values. Blind to values that
   * are odd for their time of day, and for n values after an outlier that was learnt.
   *
   * @param n the number of values, at least 2, such as 1,000; less than {@value #MIN_VALUES} judge
   *     from n values on
   * @return the specification
   * @throws IllegalArgumentException if n is out of range
   */
  public static DetectorSpec trailingZ(int n) {
    int minValues = minValues(n);
    return new DetectorSpec("thalweg.trailingz(" + n + ")", () -> new TrailingZ(n, minValues));
  }

  /**
   * Returns the default detector, which needs no tuning. It has three parts, each causal:
   *
   * <dl>
   *   <dt>deviation
   *   <dd>{@code d = |value - mean| / s}, the larger one of two exponentially weighted means with
   *       memories of 50 and 200 values. A value counts as at most 2 s from the mean, so an anomaly
   *       hardly moves it, until 20 values in a row are beyond.
   *   <dt>novelty
   *   <dd>{@code v = min(1, gap / range) min(1, gap / largest gap of the last 300 values)}, with
   *       the distance to the nearest of the last 8,000 values and their range.
   *   <dt>context
   *   <dd>{@code c = min(|r| / s, √2 |r - r'| / s')}, with the residuals r of the value and r' of
   *       the last one against the same five minutes of the day (UTC), and the standard deviation
   *       s' of their steps; where the day explains 90 % of the variance. It takes three days to
   *       learn.
   * </dl>
   *
   * <p>The score is {@code max(d, d', 200 q)}: d' is a weighted mean of the last deviations, up to
   * 50, so that all values of an anomaly rank high, and {@code q = max(80 v, c / 12)} counts from 1
   * on where it is a record of the last 100 values, so that an anomaly is new once. The statistic
   * of the calibration is {@code max(4 gap / s, d)}, with c for d where the day explains the
   * series.
   *
   * <p>Time: O(log n) comparisons and a move of at most 32 kB a value, below 1 µs. Memory: 8 bytes
   * for each of the last 8,000 values and 3.2 kB. Values beyond ±1e150 count as ±1e150; the novelty
   * tells values apart whose differences are between 1e-38 and 1e37, and 1e-6 of their magnitude.
   * NaN while the first {@value #MIN_VALUES} values are learnt. The weights were chosen on halves
   * of two corpora; docs/anomaly.md has the figures.
   *
   * @return the specification
   */
  public static DetectorSpec standard() {
    return new DetectorSpec("thalweg.standard", StandardDetector::new);
  }

  /**
   * Returns a detector by the exponentially weighted mean and standard deviation: {@code score =
   * |value - mean| / s}, with the moments of Finch 2009 (Incremental calculation of weighted mean
   * and variance).
   *
   * <p>Cost: about 20 ns a value. Memory: 0.2 KB. Blind to values that are odd for their time of
   * day, and after an outlier that was learnt until its weight has fallen.
   *
   * @param share the weight of the newest value, from above 0 to 1, such as 0.01; its memory is
   *     about {@code 1 / share} values
   * @return the specification
   * @throws IllegalArgumentException if the share is out of range
   */
  public static DetectorSpec decayedZ(double share) {
    requireShare(share);
    return new DetectorSpec(
        "thalweg.decayedz(" + share + ")", () -> new DecayedZ(share, MIN_VALUES));
  }

  /**
   * Returns a detector by decayed means at two speeds: the lower of the scores of {@link
   * #decayedZ(double)} with each of two shares. A value is surprising if it is far both from the
   * recent and from the earlier ones. So a new level is ordinary as soon as the fast mean has
   * followed, and a short calm does not make the earlier spread surprising.
   *
   * <p>Cost: about 40 ns a value. Memory: 0.4 KB. Blind to slow drift.
   *
   * @param slow the smaller share, from above 0 to 1, such as 0.002
   * @param fast the greater share, from above the smaller one to 1, such as 0.05
   * @return the specification
   * @throws IllegalArgumentException if a share is out of range, or slow is not below fast
   */
  public static DetectorSpec decayedZ(double slow, double fast) {
    requireShare(slow);
    requireShare(fast);
    require(slow < fast, "slow must be below fast", slow + ", " + fast);
    return new DetectorSpec(
        "thalweg.decayedz(" + slow + ", " + fast + ")",
        () -> new TwoSpeedZ(slow, fast, MIN_VALUES));
  }

  /**
   * Returns a detector by the median and the median absolute deviation (MAD) of the last values:
   * {@code score = |value - median| / (1.4826 MAD)}, the modified z-score of Iglewicz and Hoaglin
   * (1993, How to Detect and Handle Outliers), in standard deviations of a normal distribution.
   *
   * <p>If more than half of the values are equal, the MAD is 0. The mean absolute deviation from
   * the median then takes its place, times 1.2533. The MAD is the upper median of the deviations.
   *
   * <p>Cost: O(log n) to score and one move of up to n values in memory to learn, about 0.2 µs for
   * 1,000 values; O(n) to score if the MAD is 0. Memory: 16 bytes for each of the n values.
   * Outliers among up to half of the values do not hide others. The score of skewed or heavy-tailed
   * series is high on their long side.
   *
   * @param n the number of values, at least 2, such as 1,000
   * @return the specification
   * @throws IllegalArgumentException if n is out of range
   */
  public static DetectorSpec robustZ(int n) {
    int minValues = minValues(n);
    return new DetectorSpec(
        "thalweg.robustz(" + n + ")", () -> new RobustZ(n, minValues, Double.POSITIVE_INFINITY));
  }

  /**
   * Returns a detector by the recursive Hampel filter over the last values: the score of {@link
   * #robustZ}, but a value with a score above the threshold is learnt as the median (Pearson,
   * Neuvo, Astola, Gabbouj 2016, <a
   * href="https://doi.org/10.1186/s13634-016-0383-6">doi:10.1186/s13634-016-0383-6</a>).
   *
   * <p>After n / 2 such values in a row the values are learnt as they are, until one is below the
   * threshold: a new level is learnt. Cost and memory are those of {@link #robustZ}.
   *
   * @param n the number of values, at least 2, such as 100
   * @param threshold in standard deviations, above 0; 3 in the literature
   * @return the specification
   * @throws IllegalArgumentException if a parameter is out of range
   */
  public static DetectorSpec hampel(int n, double threshold) {
    int minValues = minValues(n);
    require(threshold > 0, "threshold must be above 0", threshold);
    return new DetectorSpec(
        "thalweg.hampel(" + n + ", " + threshold + ")", () -> new RobustZ(n, minValues, threshold));
  }

  /**
   * Returns a detector of novel values, by the gap between a value and the nearest of the last
   * values: {@code score = 100 gap / range · min(1, gap / largest gap of the last 300 values)}.
   *
   * <p>The range is that of the last values and the value, so the score is a percentage of it. The
   * second factor reduces the scores of a series whose values are often novel. The method is the
   * distance to the nearest neighbour (Ramaswamy, Rastogi, Shim 2000, <a
   * href="https://doi.org/10.1145/342009.335437">doi:10.1145/342009.335437</a>) in one dimension.
   *
   * <p>Cost: two binary searches and one move of up to n values in memory, about 0.4 µs for 4,000
   * values. Memory: 16 bytes for each of the n values. Finds values between two levels. Blind to
   * values that have occurred before, whenever they occur.
   *
   * @param n the number of values, at least 2, such as 4,000
   * @return the specification
   * @throws IllegalArgumentException if n is out of range
   */
  public static DetectorSpec nearestNeighbour(int n) {
    int minValues = minValues(n);
    return new DetectorSpec(
        "thalweg.nearestneighbour(" + n + ")", () -> new NearestNeighbour(n, minValues));
  }

  /**
   * Returns a detector by the density of a histogram: {@code score = ln((m + ½) / (c + ½))} with
   * the number c of values in the bin of the value, and the number m in the fullest bin (Goldstein,
   * Dengel 2012, Histogram-based outlier score, KI 2012). Beyond the bins the score rises with the
   * logarithm of the distance.
   *
   * <p>The histogram has 32 bins of equal width. A value beyond them doubles the width. The last n
   * to 2n values are in it: a younger histogram replaces the elder one after n values.
   *
   * <p>Cost: about 50 ns a value. Memory: 1 KB. Finds values between two levels. Blind within the
   * width of a bin, so to small changes of a series with rare large values.
   *
   * @param n the least number of values, at least 2, such as 2,000
   * @return the specification
   * @throws IllegalArgumentException if n is out of range
   */
  public static DetectorSpec histogram(int n) {
    int minValues = minValues(n);
    return new DetectorSpec(
        "thalweg.histogram(" + n + ")",
        () -> new TwoGenerations(() -> new Histogram(minValues), n, 0));
  }

  /**
   * Returns a detector of values that are odd for their phase of a period, such as the hour of the
   * day: {@code score = |value - forecast| / s}. The forecast is the median of the means of the
   * phase in the last 5 cycles, and s the decayed root mean square of its errors, share 0.002.
   *
   * <p>The phase is {@code timestamp mod period}, so days begin at midnight UTC. It counts only if
   * it explains the series: while the errors of the forecast are not below the deviations from the
   * decayed mean, or a phase has less than 2 cycles, the score is that of {@link #decayedZ(double)}
   * with the share 0.01. One odd day does not change the forecast. A new daily pattern is expected
   * from its fourth day on.
   *
   * <p>Cost: about 100 ns a value. Memory: 41 bytes for each phase and 1 KB. Blind to anomalies
   * shorter than a phase in which other values outweigh them, and in the first two cycles.
   *
   * @param period the length of a cycle in whole milliseconds, at most 366 days, such as a day or a
   *     week
   * @param phases the number of phases of equal length, from 1 to 10,000, such as 96 for a day
   * @return the specification
   * @throws IllegalArgumentException if a parameter is out of range
   */
  public static DetectorSpec seasonal(Duration period, int phases) {
    long millis = millis(period, phases);
    return new DetectorSpec(
        "thalweg.seasonal(" + period + ", " + phases + ")",
        () -> new Seasonal(millis, phases, MIN_VALUES));
  }

  /**
   * Returns a detector by the errors of the additive Holt-Winters forecast with the weights 0.1 of
   * the level, 0.01 of the trend and 0.2 of the season: see {@link #holtWinters(Duration, int,
   * double, double, double)}.
   *
   * @param period the length of a cycle in whole milliseconds, at most 366 days
   * @param phases the number of phases of equal length, from 1 to 10,000; 1 for no season
   * @return the specification
   * @throws IllegalArgumentException if a parameter is out of range
   */
  public static DetectorSpec holtWinters(Duration period, int phases) {
    return holtWinters(period, phases, 0.1, 0.01, 0.2);
  }

  /**
   * Returns a detector by the errors of the additive Holt-Winters forecast (Winters 1960, <a
   * href="https://doi.org/10.1287/mnsc.6.3.324">doi:10.1287/mnsc.6.3.324</a>): {@code forecast =
   * level + trend + season}, {@code score = |value - forecast| / s} with the decayed root mean
   * square s of the errors, share 0.01.
   *
   * <pre>
   * level  = alpha (value - season) + (1 - alpha) (level + trend)
   * trend  = beta (level - previous level) + (1 - beta) trend
   * season = gamma (value - level) + (1 - gamma) season of the same phase
   * </pre>
   *
   * <p>Level and trend advance with each value; the season is that of the phase {@code timestamp
   * mod period}, so a gap does not shift it. The first cycle sets level and season. For regular
   * intervals: the trend of irregular ones is wrong. Generations of 8 cycles, and at least 400
   * values, replace each other, so no value has an effect for longer than two of them.
   *
   * <p>Cost: about 60 ns a value. Memory: 24 bytes for each phase and 0.5 KB. An outlier that is
   * learnt moves the level and raises the scores of the values after it.
   *
   * @param period the length of a cycle in whole milliseconds, at most 366 days
   * @param phases the number of phases of equal length, from 1 to 10,000, such as the number of
   *     values in a cycle; 1 for no season, Holt's linear method
   * @param alpha the weight of the level, from above 0 to 1
   * @param beta the weight of the trend, from 0 to 1
   * @param gamma the weight of the season, from 0 to 1
   * @return the specification
   * @throws IllegalArgumentException if a parameter is out of range
   */
  public static DetectorSpec holtWinters(
      Duration period, int phases, double alpha, double beta, double gamma) {
    long millis = millis(period, phases);
    requireShare(alpha);
    require(beta >= 0 && beta <= 1, "beta must be from 0 to 1", beta);
    require(gamma >= 0 && gamma <= 1, "gamma must be from 0 to 1", gamma);
    long cycles = phases == 1 ? 0 : 8 * millis;
    String parameters = String.join(", ", period.toString(), phases + "", alpha + "", beta + "");
    return new DetectorSpec(
        "thalweg.holtwinters(" + parameters + ", " + gamma + ")",
        () ->
            new TwoGenerations(
                () -> new HoltWinters(millis, phases, alpha, beta, gamma, MIN_VALUES),
                400,
                cycles));
  }

  /**
   * Returns a detector by the errors of an autoregressive forecast: a linear function of the last
   * values and a constant, whose weights follow the series by recursive least squares with the
   * forgetting factor 0.998. {@code score = |value - forecast| / s} with the decayed root mean
   * square s of the errors, share 0.01.
   *
   * <p>The covariance matrix is kept as {@code U D U'} and so never becomes indefinite (Bierman
   * 1977, Factorization Methods for Discrete Sequential Estimation, chapter 5). Its diagonal is
   * bounded, and it is reset if the weights diverge. Centre and unit of the values are those of the
   * first {@code max(20, 2 order)} of a generation; it does not judge before as many again.
   * Generations of 2,000 values replace each other.
   *
   * <p>Cost: O(order²), about 0.4 µs a value for 8. Memory: 2.5 KB for 8. For regular intervals.
   * Finds a missing or shifted shape of a periodic series without its period. An outlier raises the
   * scores of the values after it.
   *
   * @param order the number of last values, from 1 to 64, such as 8
   * @return the specification
   * @throws IllegalArgumentException if the order is out of range
   */
  public static DetectorSpec autoregression(int order) {
    require(order >= 1 && order <= 64, "order must be from 1 to 64", order);
    return new DetectorSpec(
        "thalweg.autoregression(" + order + ")",
        () -> new TwoGenerations(() -> new Autoregression(order, 0.998, MIN_VALUES), 2_000, 0));
  }

  /**
   * Returns a detector of steps: the rate of change since the last value, {@code r = (value - last)
   * / interval}, by its decayed moments, {@code score = |r - mean| / s}. The moments are those of
   * {@link #decayedZ(double)}.
   *
   * <p>An interval below the mean one counts as the mean one, so values at equal or close
   * timestamps have no extreme rate. Cost: about 40 ns a value. Memory: 0.4 KB. Finds jumps of
   * series that drift, and resets of counters. Blind to the level and to slow change.
   *
   * @param share the weight of the newest rate, from above 0 to 1, such as 0.01
   * @return the specification
   * @throws IllegalArgumentException if the share is out of range
   */
  public static DetectorSpec rateOfChange(double share) {
    requireShare(share);
    return new DetectorSpec(
        "thalweg.rateofchange(" + share + ")", () -> new RateOfChange(share, MIN_VALUES));
  }

  /**
   * Returns a detector of vectors by their distance to the k-th nearest of the last n (Ramaswamy,
   * Rastogi, Shim 2000, <a
   * href="https://doi.org/10.1145/342009.335437">doi:10.1145/342009.335437</a>), the Euclidean
   * distance with each value in standard deviations of its own in the window.
   *
   * <p>The standard deviations are computed anew after every n / 8 vectors. A detector does not
   * judge until it has learnt {@code max(20, k)} vectors. Cost: O(n dimension), about 2 ns for each
   * of the n vectors and values. Memory: 8 bytes for each of them. Finds combinations that have not
   * occurred, in any shape of the distribution. Blind to a group of k + 1 equal anomalies once they
   * are learnt.
   *
   * @param n the number of vectors, at least 2, such as 1,000
   * @param k from 1 to n, such as 5
   * @return the specification
   * @throws IllegalArgumentException if a parameter is out of range
   */
  public static VectorDetectorSpec nearestVectors(int n, int k) {
    int minValues = minValues(n);
    require(k >= 1 && k <= n, "k must be from 1 to n", k);
    return new VectorDetectorSpec(
        "thalweg.nearestvectors(" + n + ", " + k + ")",
        dimension -> new NearestVectors(dimension, n, k, Math.max(minValues, k)));
  }

  /**
   * Returns a detector of vectors by their Mahalanobis distance from the exponentially weighted
   * mean: {@code score = √(z' (R + 1e-6 I)⁻¹ z)} with the deviations z in standard deviations, and
   * the correlations R (Mahalanobis 1936, On the generalised distance in statistics). The ridge
   * keeps the matrix regular if values depend on each other.
   *
   * <p>The equation is solved by a Cholesky factor. Cost: O(dimension³ / 6) to score and
   * O(dimension²) to learn, about 0.2 µs for 3 values. Memory: 8 bytes for each pair of values,
   * twice. Finds values that break a linear relation although each is ordinary. Blind to
   * combinations inside a curved or divided distribution.
   *
   * @param share the weight of the newest vector, from above 0 to 1, such as 0.005; its memory,
   *     {@code 1 / share}, should exceed the dimension many times
   * @return the specification
   * @throws IllegalArgumentException if the share is out of range
   */
  public static VectorDetectorSpec mahalanobis(double share) {
    requireShare(share);
    return new VectorDetectorSpec(
        "thalweg.mahalanobis(" + share + ")",
        dimension -> new Mahalanobis(dimension, share, Math.max(MIN_VALUES, 2 * dimension)));
  }
}
