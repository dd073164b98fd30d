package io.thalweg.storm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What must hold of every run.
 *
 * <p>{@code -Dthalweg.protocol.runs=20} makes twenty times as many runs.
 *
 * @param bolts makes the bolts of a scenario
 * @param spouts makes the spouts of a run
 * @param broken what of the promise an outcome breaks: nothing if it keeps it
 */
record Promise(
    Function<Scenario, Variant.Bolts> bolts,
    Supplier<SpoutInstance.Factory> spouts,
    BiFunction<Scenario, Outcome, List<String>> broken) {

  static final int RUNS = Integer.getInteger("thalweg.protocol.runs", 1);

  Promise(
      Function<Scenario, Variant.Bolts> bolts, BiFunction<Scenario, Outcome, List<String>> broken) {
    this(bolts, () -> ModelSpout::new, broken);
  }

  /** That the rows are those of a run in which nothing goes wrong. */
  static Promise ofRows(Function<Scenario, Variant.Bolts> bolts) {
    return new Promise(bolts, Scenario::violations);
  }

  /** The same promise of other bolts. */
  Promise by(Function<Scenario, Variant.Bolts> others) {
    return new Promise(others, spouts, broken);
  }

  /** The same promise behind other spouts. */
  Promise behind(Supplier<SpoutInstance.Factory> others) {
    return new Promise(bolts, others, broken);
  }

  List<String> violations(Scenario scenario) {
    return broken.apply(scenario, run(scenario));
  }

  private Outcome run(Scenario scenario) {
    return scenario.simulation(bolts.apply(scenario)).spouts(spouts.get()).run();
  }

  boolean isBrokenIn(Scenario scenario) {
    return !violations(scenario).isEmpty();
  }

  /** Tries the scenario of a seed, and those that follow when more runs are asked for. */
  void verify(long seed, Function<Long, Scenario> scenarios) {
    for (int i = 0; i < RUNS; i++) {
      verify(scenarios.apply(seed + i));
    }
  }

  void verify(Scenario scenario) {
    if (isBrokenIn(scenario)) {
      Scenario smallest = scenario.minimised(this::isBrokenIn);
      Outcome outcome = run(smallest);
      assertThat(broken.apply(smallest, outcome))
          .as(
              "%s%nsmallest found: %s%s",
              scenario, smallest, String.join("\n", outcome.trace()).replace("%", "%%"))
          .isEmpty();
    }
  }

  /** The first of the scenarios of seeds from 1 in which it is broken; null if it never is. */
  Scenario firstBroken(int seeds, Function<Long, Scenario> scenarios) {
    for (long seed = 1; seed <= seeds; seed++) {
      Scenario scenario = scenarios.apply(seed);
      if (isBrokenIn(scenario)) {
        return scenario;
      }
    }
    return null;
  }
}
