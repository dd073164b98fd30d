package io.thalweg.sketch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.testing.AggregateLaws;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SampleTest {

  private static Aggregate<Long, Reservoir<Long>, Sample<Long>> uniform(int size, long seed) {
    return Sample.uniform(Long::longValue, Codec.LONG, size, seed);
  }

  private static Aggregate<Long, Reservoir<Long>, Sample<Long>> decayed(int size, long seed) {
    return Sample.decayed(
        Long::longValue, time -> time, Duration.ofMillis(100), Codec.LONG, size, seed);
  }

  @Test
  void uniformAndDecayed_differentIds_keepTheLawsExactly() {
    AggregateLaws.of(uniform(20, 3), random -> random.nextLong()).check(1);
    AggregateLaws.of(decayed(20, 3), random -> random.nextLong(-1000, 1_000_000_000)).check(2);
  }

  @Test
  void uniform_manySeeds_drawsEachEventAlike() {
    int[] drawn = new int[50];
    for (int seed = 0; seed < 4000; seed++) {
      Aggregate<Long, Reservoir<Long>, Sample<Long>> sample = uniform(10, seed);
      Reservoir<Long> state = sample.create();
      for (long i = 0; i < drawn.length; i++) {
        sample.add(state, i);
      }
      Sample<Long> result = sample.result(state);
      assertThat(result.count()).isEqualTo(50);
      assertThat(result.events()).hasSize(10).doesNotHaveDuplicates();
      result.events().forEach(i -> drawn[i.intValue()]++);
    }
    // chi-squared with 49 degrees of freedom, of a share of 1/5: above 85.4 in 0.1 % of cases
    double chi = 0;
    for (int times : drawn) {
      chi += (times - 800.0) * (times - 800.0) / 800 / (1 - 0.2);
    }
    assertThat(chi).isLessThan(85.4);
  }

  @Test
  void uniform_offsetsOfTwoPartitions_drawsDistinctOnes() {
    record Entry(int partition, long offset) {}
    Codec<Entry> codec =
        Codec.of(
            "test.entry",
            (entry, out) -> {
              out.writeInt(entry.partition());
              out.writeLong(entry.offset());
            },
            in -> new Entry(in.readInt(), in.readLong()));
    Aggregate<Entry, Reservoir<Entry>, Sample<Entry>> sample =
        Sample.uniform(entry -> Sample.id(entry.partition(), entry.offset()), codec, 100, 1);
    Reservoir<Entry> state = sample.create();
    for (long offset = 0; offset < 5000; offset++) {
      sample.add(state, new Entry(0, offset));
      sample.add(state, new Entry(1, offset));
    }
    Sample<Entry> drawn = sample.result(state);
    assertThat(drawn.events()).hasSize(100);
    assertThat(drawn.events().stream().map(Entry::offset).distinct()).hasSizeGreaterThan(95);
    assertThat(drawn.events().stream().filter(entry -> entry.partition() == 0).count())
        .isBetween(30L, 70L);
  }

  @Test
  void decayed_manySeeds_halvesTheChanceEachHalfLife() {
    int[] drawn = new int[4];
    int seeds = 20_000;
    for (int seed = 0; seed < seeds; seed++) {
      Aggregate<Long, Reservoir<Long>, Sample<Long>> sample = decayed(1, seed);
      Reservoir<Long> state = sample.create();
      for (long age = 3; age >= 0; age--) {
        sample.add(state, 1_000_000 - age * 100);
      }
      drawn[(int) ((1_000_000 - sample.result(state).events().get(0)) / 100)]++;
    }
    for (int age = 0; age < 4; age++) {
      double chance = Math.pow(0.5, age) / 1.875;
      double deviation = Math.sqrt(chance * (1 - chance) / seeds);
      assertThat(drawn[age] / (double) seeds).isCloseTo(chance, within(4 * deviation));
    }
  }

  @Test
  void result_fewEvents_holdsThemAll() {
    Aggregate<Long, Reservoir<Long>, Sample<Long>> sample = uniform(100, 1);
    Reservoir<Long> state = sample.create();
    assertThat(sample.result(state).events()).isEmpty();
    for (long i = 0; i < 60; i++) {
      sample.add(state, i);
    }
    assertThat(sample.result(state).events()).hasSize(60).doesNotHaveDuplicates();
    assertThat(state.count()).isEqualTo(60);
  }

  @Test
  void configuration_badOrDifferent_isRejected() {
    assertThatThrownBy(() -> uniform(0, 1)).hasMessage("size must be from 1 to 1048576: 0");
    assertThatThrownBy(
            () -> Sample.decayed(Long::longValue, Long::longValue, Duration.ZERO, Codec.LONG, 1, 1))
        .hasMessage("half-life must be positive: PT0S");
    byte[] bytes = uniform(2, 1).codec().encode(uniform(2, 1).create());
    assertThatThrownBy(() -> uniform(3, 1).codec().decode(bytes))
        .hasMessageContaining("size must be 3, as configured: 2");
  }
}
