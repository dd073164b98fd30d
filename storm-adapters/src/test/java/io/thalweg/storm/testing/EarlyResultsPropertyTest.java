package io.thalweg.storm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.storm.TupleFields;
import io.thalweg.storm.testing.ReferenceBolt.Guard;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/**
 * Early results under faults: each arrives at the sink with a growing version, and none remains in
 * place of a final result.
 */
class EarlyResultsPropertyTest {

  private static final int SEEDS = 500;

  private static final RunProperty ROWS =
      new RunProperty(EarlyResultsPropertyTest::bolts, EarlyResultsPropertyTest::violations);

  private static ProcessorBolts bolts(Scenario scenario) {
    long interval = 50 + 50 * Math.floorMod(scenario.seed(), 4);
    return new ProcessorBolts(false, bolt -> bolt.withEarlyInterval(Duration.ofMillis(interval)));
  }

  @Property(tries = 150, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofTumblingWindows_areThoseOfAFailureFreeRun(@ForAll long seed) {
    ROWS.verify(seed, each -> Scenario.of(each, Variant.TUMBLING));
  }

  @Property(tries = 150, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofTumblingWindowsWithLateness_areThoseOfAFailureFreeRun(@ForAll long seed) {
    ROWS.verify(seed, each -> Scenario.of(each, Variant.TUMBLING_LATE));
  }

  @Property(tries = 150, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofSessionsThatAreRetracted_areThoseOfAFailureFreeRun(@ForAll long seed) {
    ROWS.verify(seed, each -> Scenario.of(each, Variant.SESSION));
  }

  @Property(tries = 150, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofWindowsWithLatenessBehindAMapper_areThoseOfAFailureFreeRun(@ForAll long seed) {
    ROWS.verify(seed, each -> Scenario.of(each, Variant.CHAIN_LATE));
  }

  // That it bites

  @Example
  void promise_isBrokenByASinkWithoutVersions() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Scenario scenario = Scenario.of(seed, Variant.TUMBLING);
      Outcome outcome = scenario.simulation(bolts(scenario)).without(Safeguard.VERSIONS).run();
      if (!violations(scenario, outcome).isEmpty()) {
        return;
      }
    }
    assertThat(SEEDS).as("no run misses the versions").isZero();
  }

  /** An early result that is emitted again must not look newer than the final one. */
  @Example
  void rows_areWrongIfAVersionIsGivenWithEachEmission() {
    RunProperty rows = RunProperty.ofRows(s -> new ReferenceBolts(s.budget(), true, Set.of()));
    RunProperty naive =
        rows.by(s -> new ReferenceBolts(s.budget(), true, Set.of(Guard.FILED_VERSION)));
    Scenario broken = naive.firstBroken(SEEDS, seed -> Scenario.of(seed, Variant.TUMBLING));
    assertThat(broken).isNotNull();
    assertThat(rows.violations(broken)).isEmpty();
  }

  private record Version(long epoch, long number) {}

  private static List<String> violations(Scenario scenario, Outcome outcome) {
    List<String> violations = scenario.violations(outcome);
    outcome
        .rows()
        .forEach(
            (id, row) -> {
              if (isFinished(row) && row.get(TupleFields.TIMING).equals("EARLY")) {
                violations.add("early for good " + id + ": " + row);
              }
            });
    Map<String, TreeMap<Version, Map<String, Object>>> versions = new TreeMap<>();
    for (Map<String, Object> result : outcome.results()) {
      if (isFinished(result)) {
        add(result, versions, violations);
      }
    }
    versions.forEach((id, results) -> order(id, results, scenario, violations));
    return violations;
  }

  private static boolean isFinished(Map<String, Object> result) {
    return (Long) result.get(TupleFields.TIMESTAMP) < Variant.CLOSING;
  }

  private static void add(
      Map<String, Object> result,
      Map<String, TreeMap<Version, Map<String, Object>>> versions,
      List<String> violations) {
    Version version =
        new Version((Long) result.get(TupleFields.EPOCH), (Long) result.get(TupleFields.NUMBER));
    Map<String, Object> same =
        versions
            .computeIfAbsent(
                (String) result.get(TupleFields.ID),
                id ->
                    new TreeMap<>(
                        Comparator.comparingLong(Version::epoch)
                            .thenComparingLong(Version::number)))
            .putIfAbsent(version, result);
    if (same != null && !same.equals(result)) {
      violations.add("one version of two results: " + same + ", " + result);
    }
  }

  /** In order of version: the early results of a window, its first final one, its late ones. */
  private static void order(
      String id,
      TreeMap<Version, Map<String, Object>> results,
      Scenario scenario,
      List<String> violations) {
    List<Object> panes = new ArrayList<>();
    boolean hasFinal = false;
    for (Map<String, Object> result : results.values()) {
      panes.add(result.get(TupleFields.PANE));
      boolean early = result.get(TupleFields.TIMING).equals("EARLY");
      // A final session that an early one has absorbed is withdrawn with it.
      boolean withdrawn = (Boolean) result.get(TupleFields.DELETED);
      if (early && hasFinal && !withdrawn) {
        violations.add("early after final: " + result);
      }
      hasFinal |= !early;
    }
    if (scenario.variant() != Variant.SESSION) {
      for (int i = 0; i < panes.size(); i++) {
        if (!panes.get(i).equals((long) i)) {
          violations.add("results of a window must come each: " + id + ": " + panes);
          return;
        }
      }
    }
  }
}
