package io.thalweg.sketch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.tdunning.math.stats.MergingDigest;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.datasketches.frequencies.ItemsSketch;
import org.apache.datasketches.hll.HllSketch;
import org.apache.datasketches.hll.TgtHllType;
import org.apache.datasketches.kll.KllDoublesSketch;
import org.apache.datasketches.quantilescommon.QuantileSearchCriteria;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our answers beside those of Apache DataSketches and of a t-digest. */
class OtherLibrariesTest {

  /** Up to k values both are exact, and mean the same by a quantile and by a rank. */
  @Property(tries = 100)
  void quantiles_upToK_equalDataSketches(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 200) int n) {
    SplittableRandom random = new SplittableRandom(seed);
    QuantileSketch ours = new QuantileSketch(200, seed);
    KllDoublesSketch theirs = KllDoublesSketch.newHeapInstance(200);
    for (int i = 0; i < n; i++) {
      double value = random.nextInt(60);
      ours.add(value);
      theirs.update(value);
    }
    Quantiles quantiles = ours.toQuantiles();
    for (int i = 0; i < 20; i++) {
      double q = random.nextDouble();
      assertThat(quantiles.quantile(q))
          .isEqualTo(theirs.getQuantile(q, QuantileSearchCriteria.INCLUSIVE));
      double at = random.nextInt(60);
      assertThat(quantiles.rank(at))
          .isEqualTo(theirs.getRank(at, QuantileSearchCriteria.INCLUSIVE));
    }
  }

  /** Their coins are not seeded: so four times the error that each keeps in 99 of 100 cases. */
  @ParameterizedTest
  @ValueSource(ints = {1000, 30_000, 300_000})
  void quantiles_beyondK_agreeWithDataSketchesAndTDigest(int n) {
    SplittableRandom random = new SplittableRandom(n);
    QuantileSketch ours = new QuantileSketch(200, n);
    KllDoublesSketch theirs = KllDoublesSketch.newHeapInstance(200);
    MergingDigest digest = new MergingDigest(200);
    for (int i = 0; i < n; i++) {
      double value = Math.exp(2 * random.nextGaussian());
      ours.add(value);
      theirs.update(value);
      digest.add(value);
    }
    Quantiles quantiles = ours.toQuantiles();
    for (double q : new double[] {0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99}) {
      double at = quantiles.quantile(q);
      assertThat(theirs.getRank(at)).as("KLL at %s", q).isCloseTo(q, within(4 * 0.0133));
      assertThat(digest.cdf(at)).as("t-digest at %s", q).isCloseTo(q, within(2 * 0.0133));
    }
    assertThat(quantiles.max()).isEqualTo(theirs.getMaxItem());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 500, 5000, 20_000, 1_000_000})
  void distinct_anyNumber_agreesWithDataSketches(int n) {
    DistinctSketch ours = new DistinctSketch(12, 1);
    HllSketch theirs = new HllSketch(12, TgtHllType.HLL_8);
    for (int i = 0; i < n; i++) {
      ours.add("device-" + i);
      theirs.update("device-" + i);
    }
    double error = 1.04 / 64;
    assertThat(ours.estimate() / theirs.getEstimate()).isCloseTo(1, within(4 * error));
  }

  @Property(tries = 50)
  void hitters_skewed_boundsMeetThoseOfDataSketches(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    HeavyHittersSketch<Long> ours = new HeavyHittersSketch<>(48);
    ItemsSketch<Long> theirs = new ItemsSketch<>(64);
    for (int i = 0; i < 5000; i++) {
      long key = (long) Math.exp(9 * random.nextDouble());
      ours.add(key);
      theirs.update(key);
    }
    HeavyHitters<Long> hitters = ours.toHeavyHitters();
    assertThat(hitters.total()).isEqualTo(theirs.getStreamLength());
    for (HeavyHitters.Counter<Long> counter : hitters.counters()) {
      assertThat(counter.least()).isLessThanOrEqualTo(theirs.getUpperBound(counter.key()));
      assertThat(counter.most()).isGreaterThanOrEqualTo(theirs.getLowerBound(counter.key()));
    }
  }
}
