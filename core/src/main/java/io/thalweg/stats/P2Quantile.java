package io.thalweg.stats;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * An estimate of one quantile of all values so far, by five markers: the P² algorithm of Jain and
 * Chlamtac (1985, <a href="https://doi.org/10.1145/4372.4378">doi:10.1145/4372.4378</a>).
 *
 * <p>The markers stand at the least value, at the quantiles q/2, q and (1+q)/2, and at the
 * greatest. After each value those that are a place away from where they should be move one place,
 * along the parabola through their neighbours.
 *
 * <p>Error: none is guaranteed. On smooth distributions the rank of the estimate is within 0.01 of
 * q after some thousand values; on sorted input, or with gaps at the quantile, it may be far off.
 * Up to five values it is the exact quantile of {@link OrderStatistics#quantile}. Where a bound is
 * wanted, take a quantile sketch; where it must be merged too, because five markers cannot be.
 *
 * <p>Empty: NaN. A value that is not finite makes the estimate NaN for ever. A value costs about 15
 * ns and nothing is allocated; the state has 208 bytes. Not mergeable. Not thread-safe.
 */
public final class P2Quantile {

  private final double q;
  private final double[] heights = new double[5];
  private final double[] places = new double[5];
  private final double[] shares;
  private long count;

  /**
   * Creates an estimator.
   *
   * @param q which quantile, between 0 and 1, both excluded
   * @throws IllegalArgumentException if it is not
   */
  public P2Quantile(double q) {
    if (!(q > 0 && q < 1)) {
      throw new IllegalArgumentException("quantile must be between 0 and 1: " + q);
    }
    this.q = q;
    shares = new double[] {0, q / 2, q, (1 + q) / 2, 1};
    clear();
  }

  /**
   * The binary form of an estimator.
   *
   * @param q the quantile of the estimators; a record of another is refused
   * @return a codec
   */
  public static Codec<P2Quantile> codec(double q) {
    new P2Quantile(q); // refuses here, not at the first record
    return Codec.of("thalweg.p2quantile", P2Quantile::write, in -> new P2Quantile(q).read(in));
  }

  /**
   * Adds a value.
   *
   * @param value the value
   */
  public void add(double value) {
    if (!(Math.abs(value) <= Double.MAX_VALUE)) {
      heights[4] = Double.NaN;
    }
    if (count < 5) {
      addFirst(value);
      return;
    }
    count++;
    // which of the four cells the value falls in; the outer markers are the extrema
    if (value < heights[0]) {
      heights[0] = value;
      places[1]++;
      places[2]++;
      places[3]++;
    } else if (value < heights[1]) {
      places[1]++;
      places[2]++;
      places[3]++;
    } else if (value < heights[2]) {
      places[2]++;
      places[3]++;
    } else if (value < heights[3]) {
      places[3]++;
    } else {
      heights[4] = Math.max(heights[4], value);
    }
    places[4]++;
    adjust(1);
    adjust(2);
    adjust(3);
  }

  private void addFirst(double value) {
    int at = (int) count++;
    boolean broken = Double.isNaN(heights[4]);
    while (at > 0 && heights[at - 1] > value) {
      heights[at] = heights[at - 1];
      at--;
    }
    heights[at] = value;
    if (broken) {
      heights[4] = Double.NaN;
    }
  }

  private void adjust(int i) {
    double away = 1 + (count - 1) * shares[i] - places[i];
    double left = places[i] - places[i - 1];
    double right = places[i + 1] - places[i];
    if (away >= 1 && right > 1) {
      move(i, 1, left, right);
    } else if (away <= -1 && left > 1) {
      move(i, -1, left, right);
    }
  }

  private void move(int i, int step, double left, double right) {
    double here = heights[i];
    double lower = heights[i - 1];
    double upper = heights[i + 1];
    double rise = (upper - here) / right;
    double fall = (here - lower) / left;
    // the paper's piecewise-parabolic prediction
    double moved = here + step / (left + right) * ((left + step) * rise + (right - step) * fall);
    if (!(lower < moved && moved < upper)) {
      moved = here + (step > 0 ? rise : -fall);
      moved = Math.max(lower, Math.min(upper, moved));
    }
    heights[i] = moved;
    places[i] += step;
  }

  /** Forgets all values. */
  public void clear() {
    count = 0;
    Arrays.fill(heights, 0);
    for (int i = 0; i < 5; i++) {
      places[i] = i + 1;
    }
  }

  /**
   * How many values were added.
   *
   * @return the count
   */
  public long count() {
    return count;
  }

  /**
   * The estimate.
   *
   * @return the quantile; NaN when empty
   */
  public double value() {
    if (count == 0 || Double.isNaN(heights[4])) {
      return Double.NaN;
    }
    if (count > 5) {
      return heights[2];
    }
    double place = q * (count - 1);
    int rank = (int) place;
    double share = place - rank;
    return share == 0
        ? heights[rank]
        : OrderStatistics.between(heights[rank], heights[rank + 1], share);
  }

  private void write(DataOutput out) throws IOException {
    out.writeDouble(q);
    out.writeLong(count);
    for (int i = 0; i < 5; i++) {
      out.writeDouble(heights[i]);
      out.writeDouble(places[i]);
    }
  }

  private P2Quantile read(DataInput in) throws IOException {
    double written = in.readDouble();
    if (written != q) {
      throw new IOException("quantile must be " + q + ", as configured: " + written);
    }
    count = AccumulatorMethods.readCount(in);
    for (int i = 0; i < 5; i++) {
      heights[i] = in.readDouble();
      places[i] = in.readDouble();
    }
    return this;
  }
}
