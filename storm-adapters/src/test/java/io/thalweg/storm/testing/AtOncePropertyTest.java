package io.thalweg.storm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.storm.Emission;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.testing.ReferenceBolt.Guard;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/**
 * Guarantee of {@code Emission.AT_ONCE}: the state is correct, and so is the newest result of every
 * id that belongs to it. A sink may also keep sessions of a lost state, and a downstream bolt may
 * count lost answers.
 */
class AtOncePropertyTest {

  private static final int SEEDS = 500;

  private static final ProcessorBolts BOLTS =
      new ProcessorBolts(false, bolt -> bolt.withEmission(Emission.AT_ONCE));

  private static final RunProperty ROWS = RunProperty.ofRows(scenario -> BOLTS);

  private static final RunProperty ROWS_AND_GHOSTS =
      new RunProperty(scenario -> BOLTS, AtOncePropertyTest::differencesButGhosts);

  private static final RunProperty AT_LEAST =
      new RunProperty(scenario -> BOLTS, AtOncePropertyTest::whatIsMissing);

  @Property(tries = 150, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofTumblingWindows_areThoseOfAFailureFreeRun(@ForAll long seed) {
    ROWS.verify(seed, each -> Scenario.of(each, Variant.TUMBLING));
  }

  @Property(tries = 150, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofTumblingWindowsWithLateness_areThoseOfAFailureFreeRun(@ForAll long seed) {
    ROWS.verify(seed, each -> Scenario.of(each, Variant.TUMBLING_LATE));
  }

  @Property(tries = 150, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofADetectorThatDependsOnOrder_areThoseOfAFailureFreeRun(@ForAll long seed) {
    ROWS.verify(seed, each -> Scenario.of(each, Variant.DETECTOR));
  }

  @Property(tries = 150, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofSessions_areThoseOfAFailureFreeRunAndOfLostStates(@ForAll long seed) {
    ROWS_AND_GHOSTS.verify(seed, each -> Scenario.of(each, Variant.SESSION));
  }

  @Property(tries = 100, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofSessionsWhoseTasksLive_areThoseOfAFailureFreeRun(@ForAll long seed) {
    ROWS.verify(seed, each -> withoutDeaths(Scenario.of(each, Variant.SESSION)));
  }

  @Property(tries = 150, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void windows_behindAMapper_haveEveryAnswerAtLeastOnce(@ForAll long seed) {
    AT_LEAST.verify(seed, each -> Scenario.of(each, Variant.CHAIN_MAP));
  }

  @Property(tries = 150, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void windows_behindADetector_haveEveryAnswerAtLeastOnce(@ForAll long seed) {
    AT_LEAST.verify(seed, each -> Scenario.of(each, Variant.CHAIN_DETECTOR));
  }

  @Property(tries = 50, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofAChainWhoseTasksLive_areThoseOfAFailureFreeRun(@ForAll long seed) {
    ROWS.verify(seed, each -> withoutDeaths(Scenario.of(each, Variant.CHAIN_ORDERED)));
  }

  // That they bite, and that more must not be promised

  @Example
  void promise_ofWindows_isBrokenByASinkWithoutVersions() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Scenario scenario = FaultPattern.HANG.of(Scenario.of(seed, Variant.TUMBLING_LATE));
      Outcome outcome = scenario.simulation(BOLTS).without(Safeguard.VERSIONS).run();
      if (!scenario.violations(outcome).isEmpty()) {
        return;
      }
    }
    assertThat(SEEDS).as("no run misses the versions").isZero();
  }

  /** Numbers that begin again where the lost state began are taken for repetitions. */
  @Example
  void promise_ofAChain_isBrokenByNumbersThatAreGivenTwice() {
    RunProperty naive =
        AT_LEAST.by(s -> new ReferenceBolts(s.budget(), Set.of(Guard.COMMIT_BEFORE_EMIT)));
    assertThat(naive.firstBroken(SEEDS, seed -> Scenario.of(seed, Variant.CHAIN_MAP))).isNotNull();
  }

  @Example
  void sessions_ofALostState_stayAsGhosts() {
    List<TopicRecord> records =
        List.of(
            new TopicRecord(0, 0, 0, "b", 5_000, Variant.encode(1)),
            new TopicRecord(300, 0, 1, "a", 3_000, Variant.encode(2)), // late, and alone at first
            new TopicRecord(700, 0, 2, "a", 3_100, Variant.encode(4)));
    Set<String> ghosts = new TreeSet<>();
    for (int commit = 1; commit < 10; commit++) {
      Outcome outcome =
          Simulation.of(Variant.SESSION.topology(BOLTS, 1, 1, 1, 10_000))
              .records(records)
              .faults(new Faults().crash("a", 0, commit, CommitStep.BEFORE_COMMIT))
              .run();
      Map<String, String> rows = Scenario.rows(outcome);
      assertThat(rows).containsAllEntriesOf(Variant.SESSION.oracle(records));
      ghosts.addAll(rows.keySet());
    }
    ghosts.removeAll(Variant.SESSION.oracle(records).keySet());
    assertThat(ghosts).containsExactly("a/a/0/3000/3150");
  }

  @Example
  void answers_ofALostState_areCountedBehind() {
    assertThat(ROWS.firstBroken(SEEDS, seed -> Scenario.of(seed, Variant.CHAIN_MAP))).isNotNull();
  }

  /** Nothing happens to the tasks of bolts, but to everything around them. */
  private static Scenario withoutDeaths(Scenario scenario) {
    return scenario.with(
        scenario.faults().stream()
            .filter(
                fault ->
                    fault.component() == null
                        || fault instanceof Faults.Slow
                        || fault instanceof Faults.Kill kill
                            && kill.component().equals(Variant.SPOUT))
            .toList());
  }

  /** A ghost is a session of some of the records. */
  private static List<String> differencesButGhosts(Scenario scenario, Outcome outcome) {
    List<String> differences = new ArrayList<>(scenario.violations(outcome));
    differences.removeIf(difference -> difference.startsWith("ghost "));
    Map<String, String> expected = scenario.variant().oracle(scenario.records());
    Scenario.rows(outcome)
        .forEach(
            (id, answer) -> {
              if (!expected.containsKey(id) && !isOfSome(scenario, outcome.rows().get(id))) {
                differences.add("of no records " + id + ": " + answer);
              }
            });
    return differences;
  }

  private static boolean isOfSome(Scenario scenario, Map<String, Object> session) {
    long start = (Long) session.get(TupleFields.WINDOW_START);
    long end = (Long) session.get(TupleFields.WINDOW_END);
    List<Long> times =
        scenario.records().stream()
            .filter(r -> r.key().equals(session.get(TupleFields.KEY)))
            .map(TopicRecord::timestamp)
            .filter(t -> start <= t && t <= end - Variant.GAP)
            .toList();
    return times.contains(start)
        && times.contains(end - Variant.GAP)
        && count((String) session.get("answer")) <= times.size();
  }

  /** Each window is there, with all that belongs to it, and no other. */
  private static List<String> whatIsMissing(Scenario scenario, Outcome outcome) {
    Map<String, String> expected = scenario.variant().oracle(scenario.records());
    Map<String, String> rows = Scenario.rows(outcome);
    List<String> missing = scenario.unfinished(outcome);
    expected.forEach(
        (id, answer) -> {
          String got = rows.remove(id);
          if (got == null || count(got) < count(answer) || sum(got) < sum(answer)) {
            missing.add("lost " + id + ": " + got + ", not " + answer);
          }
        });
    rows.forEach((id, answer) -> missing.add("ghost " + id + ": " + answer));
    return missing;
  }

  private static long count(String answer) {
    return Long.parseLong(answer.substring(0, answer.indexOf(' ')));
  }

  private static long sum(String answer) {
    return Long.parseLong(answer.substring(answer.indexOf(' ') + 1));
  }
}
