package io.thalweg.storm.testing;

import java.util.function.Function;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Protocol property with the real spout in place of its model. */
class RealSpoutPropertyTest {

  @Property(tries = 300, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_behindTheRealSpout_areThoseOfAFailureFreeRun(
      @ForAll long seed, @ForAll Variant variant) {
    verify(seed, each -> Scenario.of(each, variant));
  }

  @Property(tries = 100, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_withAPartitionThatCannotBeReadAfterASilence_areThoseOfAFailureFreeRun(
      @ForAll long seed, @ForAll Variant variant) {
    verify(seed, each -> FaultPattern.STALL.of(Scenario.of(each, variant)));
  }

  private static void verify(long seed, Function<Long, Scenario> scenarios) {
    RunProperty.ofRows(scenario -> new ProcessorBolts())
        .behind(RealSpout::factory)
        .verify(seed, scenarios);
  }
}
