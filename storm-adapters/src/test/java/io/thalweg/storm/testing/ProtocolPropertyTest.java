package io.thalweg.storm.testing;

import java.util.Set;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Whatever goes wrong, the rows are those of a run in which nothing does. */
class ProtocolPropertyTest {

  @Property(tries = 400, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofTumblingWindows_areThoseOfAFailureFreeRun(@ForAll long seed) {
    verify(seed, Variant.TUMBLING);
  }

  @Property(tries = 400, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofTumblingWindowsWithLateness_areThoseOfAFailureFreeRun(@ForAll long seed) {
    verify(seed, Variant.TUMBLING_LATE);
  }

  @Property(tries = 400, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofSessionsThatAreRetracted_areThoseOfAFailureFreeRun(@ForAll long seed) {
    verify(seed, Variant.SESSION);
  }

  @Property(tries = 400, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofADetectorThatDependsOnOrder_areThoseOfAFailureFreeRun(@ForAll long seed) {
    verify(seed, Variant.DETECTOR);
  }

  @Property(tries = 400, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofWindowsBehindAMapper_areThoseOfAFailureFreeRun(@ForAll long seed) {
    verify(seed, Variant.CHAIN_MAP);
  }

  @Property(tries = 400, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofWindowsWithLatenessBehindAMapper_areThoseOfAFailureFreeRun(@ForAll long seed) {
    verify(seed, Variant.CHAIN_LATE);
  }

  @Property(tries = 400, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofWindowsBehindADetector_areThoseOfAFailureFreeRun(@ForAll long seed) {
    verify(seed, Variant.CHAIN_DETECTOR);
  }

  @Property(tries = 400, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofADetectorBehindADetector_areThoseOfAFailureFreeRun(@ForAll long seed) {
    verify(seed, Variant.CHAIN_ORDERED);
  }

  /**
   * A task without state is killed twice and then replaced by a successor while it still runs. It
   * hears of heartbeats that its successor has committed.
   */
  @Example
  void rows_ofAReplacedTaskWithoutState_areThoseOfAFailureFreeRun() {
    verify(-722157L, Variant.CHAIN_MAP);
  }

  private static void verify(long seed, Variant variant) {
    RunProperty.ofRows(scenario -> new ProcessorBolts())
        .verify(seed, each -> Scenario.of(each, variant));
  }

  /** The reference bolt is correct with all safeguards, so a failure without one is due to it. */
  @Property(tries = 300, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofTheReferenceBoltWithAllSafeguards_areThoseOfAFailureFreeRun(
      @ForAll long seed, @ForAll Variant variant) {
    RunProperty.ofRows(scenario -> new ReferenceBolts(scenario.budget(), Set.of()))
        .verify(Scenario.of(seed, variant));
  }
}
