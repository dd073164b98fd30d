package io.thalweg.storm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.function.Function;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/**
 * Whatever goes wrong, the rows are those of a run in which nothing does.
 *
 * <p>{@code -Dthalweg.protocol.runs=20} makes twenty times as many runs.
 */
class ProtocolPropertyTest {

  private static final int RUNS = Integer.getInteger("thalweg.protocol.runs", 1);

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
  void rows_ofWindowsBehindADetector_areThoseOfAFailureFreeRun(@ForAll long seed) {
    verify(seed, Variant.CHAIN_DETECTOR);
  }

  @Property(tries = 400, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofADetectorBehindADetector_areThoseOfAFailureFreeRun(@ForAll long seed) {
    verify(seed, Variant.CHAIN_ORDERED);
  }

  private static void verify(long seed, Variant variant) {
    for (int i = 0; i < RUNS; i++) {
      verify(Scenario.of(seed + i, variant), scenario -> new ProcessorBolts());
    }
  }

  /** The naive bolt with all its safeguards: what bites without one of them is that one. */
  @Property(tries = 300, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofTheNaiveBoltWithAllSafeguards_areThoseOfAFailureFreeRun(
      @ForAll long seed, @ForAll Variant variant) {
    verify(Scenario.of(seed, variant), scenario -> new NaiveBolts(scenario.budget(), Set.of()));
  }

  private static void verify(Scenario scenario, Function<Scenario, Variant.Bolts> bolts) {
    if (!scenario.violations(bolts.apply(scenario)).isEmpty()) {
      Scenario smallest =
          scenario.minimised(tried -> !tried.violations(bolts.apply(tried)).isEmpty());
      List<String> trace = smallest.simulation(bolts.apply(smallest)).run().trace();
      assertThat(smallest.violations(bolts.apply(smallest)))
          .as("%s%nsmallest found: %s%s", scenario, smallest, String.join("\n", trace))
          .isEmpty();
    }
  }
}
