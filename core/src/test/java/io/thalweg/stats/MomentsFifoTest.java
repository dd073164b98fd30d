package io.thalweg.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withPrecision;

import io.thalweg.Fifo;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MomentsFifoTest {

  private static final int UPDATES = 1_000_000;

  private static Stream<Arguments> streams() {
    SplittableRandom random = new SplittableRandom(46);
    return Stream.of(
        stream("noise", i -> random.nextGaussian()),
        stream("offset", i -> 1e9 + random.nextGaussian()),
        stream("spikes", i -> i % 10_007 == 10_006 ? 1e9 : random.nextGaussian()),
        stream("noise, then constant", i -> i < UPDATES / 2 ? 1e6 * random.nextGaussian() : 0.1),
        stream("ramp", i -> 1.7e12 + i * 1e-3),
        stream("decaying", i -> random.nextGaussian() * Math.pow(2e-9, i / (double) UPDATES)));
  }

  private static Arguments stream(String name, IntToDoubleFunction value) {
    return Arguments.of(name, value);
  }

  /** The adversaries of subtracting windows, checked against exact arithmetic now and then. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("streams")
  void result_adversarialStream_isWithinTheStatedError(String name, IntToDoubleFunction stream) {
    int window = 100;
    Fifo.OfDouble<MomentsAccumulator> fifo = MomentsAccumulator.fifo();
    double[] last = new double[window];
    double worst = 0;
    for (int i = 0; i < UPDATES; i++) {
      double value = stream.applyAsDouble(i);
      last[i % window] = value;
      if (fifo.size() == window) {
        fifo.evict();
      }
      fifo.add(value);
      double variance = fifo.result().sampleVariance();
      if (i > 0 && !(variance >= 0)) {
        throw new AssertionError(name + ": variance at " + i + ": " + variance);
      }
      if (i >= window && i % 197 == 0) {
        worst = Math.max(worst, Exact.relativeError(variance, Exact.sampleVariance(last)));
      }
    }
    assertThat(worst).isLessThan(1e-13);
  }

  @Property(tries = 200)
  void result_anyAddsAndEvicts_equalsRecomputation(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 60) int most) {
    SplittableRandom random = new SplittableRandom(seed);
    double offset = random.nextBoolean() ? 0 : 1e8;
    Fifo.OfDouble<Moments> fifo = Moments.fifo();
    double[] inside = new double[0];
    for (int i = 0; i < 300; i++) {
      if (inside.length > 0 && (inside.length == most || random.nextInt(3) == 0)) {
        fifo.evict();
        inside = Arrays.copyOfRange(inside, 1, inside.length);
      } else {
        double value = offset + random.nextGaussian() * (random.nextInt(20) == 0 ? 1e9 : 1);
        fifo.add(value);
        inside = Arrays.copyOf(inside, inside.length + 1);
        inside[inside.length - 1] = value;
      }
      if (random.nextInt(20) == 0) {
        fifo.flip();
      }
      Moments moments = fifo.result();
      assertThat(fifo.size()).isEqualTo(inside.length);
      assertThat(moments.count()).isEqualTo(inside.length);
      if (inside.length == 0) {
        assertThat(moments.mean()).isNaN();
      } else {
        assertThat(Exact.relativeError(moments.sumOfSquaredDeviations(), Exact.m2(inside)))
            .isLessThan(1e-13);
        double spread = Math.sqrt(moments.populationVariance());
        assertThat(moments.mean())
            .isEqualTo(
                Exact.mean(inside).doubleValue(),
                withPrecision(2 * Math.ulp(moments.mean()) + 1e-14 * spread));
      }
    }
  }

  @Property(tries = 100)
  void flipped_replayedToIt_givesTheSameBits(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int window) {
    SplittableRandom random = new SplittableRandom(seed);
    Fifo.OfDouble<Moments> fifo = Moments.fifo();
    double[] last = new double[200];
    for (int i = 0; i < last.length; i++) {
      last[i] = 1e5 + random.nextGaussian();
      if (fifo.size() == window) {
        fifo.evict();
      }
      fifo.add(last[i]);
    }
    Fifo.OfDouble<Moments> copy = Moments.fifo();
    for (int i = 0; i < fifo.size(); i++) {
      if (i == fifo.flipped()) {
        copy.flip();
      }
      copy.add(last[last.length - fifo.size() + i]);
    }
    if (fifo.flipped() == fifo.size()) {
      copy.flip();
    }
    for (int i = 0; i < 100; i++) {
      assertThat(copy.result()).isEqualTo(fifo.result());
      fifo.evict();
      copy.evict();
      double value = random.nextGaussian();
      fifo.add(value);
      copy.add(value);
    }
  }

  @Test
  void result_nonFiniteInside_isThatOfTheAccumulatorAndRecovers() {
    double[] strange = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
    SplittableRandom random = new SplittableRandom(44);
    Fifo.OfDouble<Moments> fifo = Moments.fifo();
    double[] values = new double[2000];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextInt(12) == 0 ? strange[random.nextInt(3)] : random.nextInt(100);
      if (fifo.size() == 7) {
        fifo.evict();
      }
      fifo.add(values[i]);
      double[] inside = Arrays.copyOfRange(values, Math.max(0, i - 6), i + 1);
      Moments expected = MomentsTest.folded(inside).toMoments();
      Moments actual = fifo.result();
      if (Arrays.stream(inside).allMatch(Double::isFinite)) {
        assertThat(actual.mean()).isEqualTo(expected.mean(), withPrecision(1e-13));
        assertThat(actual.sumOfSquaredDeviations())
            .isEqualTo(expected.sumOfSquaredDeviations(), withPrecision(1e-10));
      } else {
        assertThat(actual).isEqualTo(expected);
      }
    }
  }

  @Test
  void result_differencesOverflow_meanIsFinite() {
    Fifo.OfDouble<Moments> fifo = Moments.fifo();
    fifo.add(Double.MAX_VALUE);
    fifo.add(-Double.MAX_VALUE);
    fifo.add(Double.MAX_VALUE);
    assertThat(fifo.result().mean())
        .isEqualTo(Double.MAX_VALUE / 3, withPrecision(4 * Math.ulp(Double.MAX_VALUE / 3)));
    fifo.evict();
    fifo.evict();
    assertThat(fifo.result()).isEqualTo(new Moments(1, Double.MAX_VALUE, 0));
  }

  @Test
  void evict_empty_throws() {
    assertThatThrownBy(() -> Moments.fifo().evict())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("evict needs a value inside: size 0");
  }

  @Test
  void clear_used_isAsNew() {
    Fifo.OfDouble<Moments> fifo = Moments.fifo();
    for (double value : new double[] {1, Double.NaN, 3, 4}) {
      fifo.add(value);
    }
    fifo.evict();
    fifo.clear();
    assertThat(fifo.size()).isZero();
    assertThat(fifo.flipped()).isZero();
    assertThat(fifo.result().mean()).isNaN();
    fifo.add(5.0);
    assertThat(fifo.result()).isEqualTo(new Moments(1, 5, 0));
  }

  @Test
  void fifo_live_overwritesItsResult() {
    Fifo.OfDouble<MomentsAccumulator> fifo = MomentsAccumulator.fifo();
    fifo.add(1);
    MomentsAccumulator live = fifo.result();
    fifo.add(3);
    assertThat(fifo.result()).isSameAs(live);
    assertThat(live.toMoments()).isEqualTo(new Moments(2, 2, 2));
  }
}
