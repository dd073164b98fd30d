package io.thalweg.storm.testing;

import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** What holds with the model of the spout holds with the spout itself in its place. */
class RealSpoutPropertyTest {

  @Property(tries = 300, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_behindTheRealSpout_areThoseOfAFailureFreeRun(
      @ForAll long seed, @ForAll Variant variant) {
    Promise.ofRows(scenario -> new ProcessorBolts())
        .behind(RealSpout::factory)
        .verify(Scenario.of(seed, variant));
  }
}
