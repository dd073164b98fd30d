package io.thalweg.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NistTest {

  @ParameterizedTest
  @MethodSource("io.thalweg.stats.Nist#names")
  void data_exactly_isTheCertifiedSet(String name) {
    Nist set = Nist.of(name);
    assertThat(Exact.mean(set.data()).doubleValue())
        .isCloseTo(set.mean(), within(1e-14 * Math.abs(set.mean())));
    // the decimals are not doubles: NumAcc4's certified digits are lost in reading
    assertThat(Exact.sampleStandardDeviation(set.data()).doubleValue())
        .isCloseTo(set.sd(), within(1e-8 * set.sd()));
  }

  @ParameterizedTest
  @MethodSource("io.thalweg.stats.Nist#names")
  void moments_streaming_areWithinTwoUlps(String name) {
    Nist set = Nist.of(name);
    MomentsAccumulator moments = new MomentsAccumulator();
    for (double value : set.data()) {
      moments.add(value);
    }
    check(name, set, moments);
  }

  @ParameterizedTest
  @MethodSource("io.thalweg.stats.Nist#names")
  void moments_inOneArray_areWithinSixUlps(String name) {
    Nist set = Nist.of(name);
    MomentsAccumulator moments = new MomentsAccumulator();
    moments.addAll(set.data(), 0, set.data().length);
    assertThat(Exact.ulps(moments.mean(), Exact.mean(set.data()))).isLessThanOrEqualTo(2);
    assertThat(Exact.ulps(moments.sampleVariance(), Exact.sampleVariance(set.data())))
        .isLessThanOrEqualTo(6);
  }

  @ParameterizedTest
  @MethodSource("io.thalweg.stats.Nist#names")
  void moments_mergedInBlocksInAnyOrder_areWithinTwoUlps(String name) {
    Nist set = Nist.of(name);
    for (int size : new int[] {1, 16, 1000}) {
      for (int seed = 0; seed < 5; seed++) {
        List<MomentsAccumulator> blocks = new ArrayList<>();
        for (int from = 0; from < set.data().length; from += size) {
          MomentsAccumulator block = new MomentsAccumulator();
          for (int i = from; i < Math.min(from + size, set.data().length); i++) {
            block.add(set.data()[i]);
          }
          blocks.add(block);
        }
        Random random = new Random(seed);
        if (seed > 0) {
          Collections.shuffle(blocks, random);
        }
        while (blocks.size() > 1) {
          int at = seed == 1 ? 0 : random.nextInt(blocks.size() - 1);
          blocks.get(at).merge(blocks.remove(at + 1));
        }
        check(name + " in blocks of " + size + ", seed " + seed, set, blocks.get(0));
      }
    }
  }

  private static void check(String what, Nist set, MomentsAccumulator moments) {
    assertThat(moments.count()).as(what).isEqualTo(set.data().length);
    assertThat(Exact.ulps(moments.mean(), Exact.mean(set.data())))
        .as("mean of " + what)
        .isLessThanOrEqualTo(2);
    assertThat(
            Exact.ulps(
                moments.sampleStandardDeviation(), Exact.sampleStandardDeviation(set.data())))
        .as("sd of " + what)
        .isLessThanOrEqualTo(2);
    assertThat(Exact.ulps(moments.sampleVariance(), Exact.sampleVariance(set.data())))
        .as("variance of " + what)
        .isLessThanOrEqualTo(2);
  }
}
