package io.thalweg.window;

import io.thalweg.Processor;
import io.thalweg.testing.OperatorLifecycle;
import io.thalweg.testing.RandomCase;
import io.thalweg.testing.Sample;
import io.thalweg.testing.WindowLaws;
import io.thalweg.testing.WindowingConfig;
import io.thalweg.testing.WindowingConfig.Kinds;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.state.ActionChain;

/** Laws of the separate trailing window, and equality with the oracle. */
class TrailingWindowLawsTest {

  private final WindowLaws laws = new WindowLaws(TrailingWindowLawsTest::create);

  /** Returns the trailing window of a configuration with one query. */
  static Processor<String, Sample, Object> create(WindowingConfig config) {
    TrailingWindow.Builder<Sample, Object> builder =
        TrailingWindow.over(config.aggregate()).lateness(Duration.ofMillis(config.lateness()));
    boolean includesEvent;
    if (config.windows().get(0) instanceof WindowSpec.Trailing trailing) {
      builder.last(Duration.ofMillis(trailing.size()));
      includesEvent = trailing.includesEvent();
    } else {
      WindowSpec.TrailingCount count = (WindowSpec.TrailingCount) config.windows().get(0);
      builder.last(count.n());
      if (config.idle() < Long.MAX_VALUE) {
        builder.idle(Duration.ofMillis(config.idle()));
      }
      includesEvent = count.includesEvent();
    }
    if (!includesEvent) {
      builder.excludingEvent();
    }
    return builder.build();
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law2_savedAtAnyMoment_continuesBitForBit(@ForAll long seed) {
    laws.law2(RandomCase.of(seed, Kinds.TRAILING));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law3_timeShifted_resultsShifted(@ForAll long seed) {
    laws.law3(RandomCase.inMidRange(seed, Kinds.TRAILING));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law5_otherKeysInterleaved_nothingChanges(@ForAll long seed) {
    laws.law5(RandomCase.of(seed, Kinds.TRAILING));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law7_watermarkPassedEverything_nothingIsLeft(@ForAll long seed) {
    RandomCase randomCase = RandomCase.of(seed, Kinds.TRAILING);
    if (randomCase.config().windows().get(0) instanceof WindowSpec.Trailing) {
      laws.law7(randomCase);
    }
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law9_anyScript_asTheOracle(@ForAll long seed) {
    laws.law9(RandomCase.of(seed, Kinds.TRAILING));
  }

  /** Windows by count whose keys expire. */
  private static RandomCase expiring(long seed) {
    SplittableRandom random = new SplittableRandom(seed ^ 0x1d1eL);
    WindowSpec<? super Sample> window =
        new WindowSpec.TrailingCount(1 + random.nextInt(6), random.nextBoolean());
    return RandomCase.inMidRange(seed, Kinds.TRAILING)
        .with(config -> config.with(List.of(window)).expiring(1 + random.nextInt(60)));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law2_keysExpire_continuesBitForBit(@ForAll long seed) {
    laws.law2(expiring(seed));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law9_keysExpire_asTheOracle(@ForAll long seed) {
    laws.law9(expiring(seed));
  }

  @Provide
  Arbitrary<ActionChain<OperatorLifecycle>> lives() {
    return OperatorLifecycle.lifecycles(Kinds.TRAILING, TrailingWindowLawsTest::create);
  }

  @Property
  void lifecycle_anySequence_asTheOracleAndNothingIsLeft(
      @ForAll("lives") ActionChain<OperatorLifecycle> lifecycle) {
    lifecycle.run().end();
  }
}
