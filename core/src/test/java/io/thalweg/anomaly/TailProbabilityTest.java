package io.thalweg.anomaly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TailProbabilityTest {

  enum Distribution {
    EXPONENTIAL(random -> -Math.log(1 - random.nextDouble())),
    HALF_NORMAL(random -> Math.abs(random.nextGaussian())),
    PARETO(random -> Math.pow(1 - random.nextDouble(), -1 / 3.0)),
    MIXTURE(random -> random.nextInt(1_000) == 0 ? 500 + random.nextDouble() : random.nextDouble()),
    MOSTLY_ZERO(random -> random.nextInt(10) > 0 ? 0 : random.nextInt(5) + random.nextDouble());

    private final ToDoubleFunction<SplittableRandom> draw;

    Distribution(ToDoubleFunction<SplittableRandom> draw) {
      this.draw = draw;
    }
  }

  @ParameterizedTest
  @EnumSource(Distribution.class)
  void probability_independentScores_isKeptAsARate(Distribution distribution) {
    for (double rate : new double[] {1e-2, 1e-3}) {
      TailProbability calibration = new TailProbability();
      SplittableRandom random = new SplittableRandom(1);
      int n = 500_000;
      int improbable = 0;
      for (int i = 0; i < n; i++) {
        double score = distribution.draw.applyAsDouble(random);
        if (calibration.probability(score) <= rate) {
          improbable++;
        }
        calibration.learn(score);
      }
      assertThat(improbable / (rate * n)).as("at %s", rate).isBetween(0.6, 1.4);
    }
  }

  @Test
  void probability_constantScores_isOneOfThem() {
    TailProbability calibration = new TailProbability();
    for (int i = 0; i < 10_000; i++) {
      assertThat(calibration.probability(3) <= 0.01).isFalse();
      calibration.learn(3);
    }
    assertThat(calibration.probability(3)).isGreaterThan(0.2);
    assertThat(calibration.probability(30)).isLessThan(1e-5);
  }

  @Test
  void probability_periodicHighScore_isItsFrequency() {
    TailProbability calibration = new TailProbability();
    for (int i = 0; i < 20_000; i++) {
      calibration.learn(i % 50 == 0 ? 70 : 1);
    }
    assertThat(calibration.probability(70)).isBetween(0.004, 0.03);
  }

  @Test
  void score_ofAProbability_isTheInverse() {
    TailProbability calibration = new TailProbability();
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < 20_000; i++) {
      calibration.learn(Math.abs(random.nextGaussian()));
      if (i >= TailProbability.MIN_SCORES && i % 1_000 == 0) {
        for (double rate : new double[] {0.3, 1e-2, 1e-3, 1e-4, 1e-6}) {
          double score = calibration.score(rate);
          assertThat(calibration.probability(score)).isLessThanOrEqualTo(rate * (1 + 1e-9));
          assertThat(calibration.probability(0.97 * score)).isGreaterThan(rate);
        }
      }
    }
    assertThat(calibration.score(0.0455)).isCloseTo(2, within(0.1));
  }

  @Test
  void probability_tooFewScoresOrNaN_isUnknown() {
    TailProbability calibration = new TailProbability();
    for (int i = 0; i < TailProbability.MIN_SCORES; i++) {
      assertThat(calibration.probability(5)).isNaN();
      assertThat(calibration.score(0.1)).isNaN();
      calibration.learn(Double.NaN);
      calibration.learn(i);
    }
    assertThat(calibration.probability(5)).isBetween(0.7, 1.0);
    assertThat(calibration.probability(Double.NaN)).isNaN();
    assertThat(calibration.probability(-1)).isEqualTo(1);
    assertThat(calibration.probability(Double.MAX_VALUE)).isBetween(0.0, 0.05);
  }

  @Test
  void write_thenRead_givesTheSameProbabilities() throws IOException {
    TailProbability calibration = new TailProbability();
    TailProbability restored = calibration;
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 5_000; i++) {
      double score = Math.exp(2 * random.nextGaussian());
      assertThat(Double.compare(restored.probability(score), calibration.probability(score)))
          .isZero();
      assertThat(Double.compare(restored.score(1e-4), calibration.score(1e-4))).isZero();
      calibration.learn(score);
      if (restored != calibration) {
        restored.learn(score);
      }
      if (i % 97 == 0) {
        byte[] bytes = bytes(calibration);
        restored = new TailProbability();
        restored.read(new DataInputStream(new ByteArrayInputStream(bytes)));
        assertThat(bytes(restored)).isEqualTo(bytes);
      }
    }
  }

  private static byte[] bytes(TailProbability calibration) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    calibration.write(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  @Test
  void read_numberOfBinsOutOfRange_isRefused() {
    byte[] bytes = {0x7f, 0, 0, 0};
    assertThatThrownBy(
            () -> new TailProbability().read(new DataInputStream(new ByteArrayInputStream(bytes))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("bins");
  }
}
