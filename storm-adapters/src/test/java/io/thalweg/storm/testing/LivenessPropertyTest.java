package io.thalweg.storm.testing;

import java.util.function.Supplier;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/**
 * Liveness: whatever goes wrong, event time goes on, so that every result becomes final within a
 * stated time. Stale, unreadable and failing records, silent and new partitions, and the death of
 * any task may delay it, not stop it.
 */
class LivenessPropertyTest {

  @Property(tries = 250, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofALiveStream_areFinalWithinTheStatedTime(@ForAll long seed, @ForAll Variant variant) {
    verifyLive(() -> ModelSpout::new, seed, variant);
  }

  @Property(tries = 250, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofALiveStreamBehindTheRealSpout_areFinalWithinTheStatedTime(
      @ForAll long seed, @ForAll Variant variant) {
    verifyLive(RealSpout::factory, seed, variant);
  }

  @Property(tries = 250, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_beforeSilence_becomeFinalByTheClock(@ForAll long seed, @ForAll Variant variant) {
    verifySilent(() -> ModelSpout::new, seed, variant);
  }

  @Property(tries = 250, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_beforeSilenceBehindTheRealSpout_becomeFinalByTheClock(
      @ForAll long seed, @ForAll Variant variant) {
    verifySilent(RealSpout::factory, seed, variant);
  }

  private static void verifyLive(
      Supplier<SpoutInstance.Factory> spouts, long seed, Variant variant) {
    new RunProperty(scenario -> new ProcessorBolts(), spouts, Scenario::violationsOfDueResults)
        .verify(seed, each -> Scenario.of(each, variant).live());
  }

  private static void verifySilent(
      Supplier<SpoutInstance.Factory> spouts, long seed, Variant variant) {
    RunProperty.ofRows(scenario -> new ProcessorBolts())
        .behind(spouts)
        .verify(seed, each -> Scenario.of(each, variant).silent());
  }
}
