package io.thalweg.storm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Property that every run must have.
 *
 * <p>{@code -Dthalweg.protocol.runs=20} makes twenty times as many runs.
 *
 * @param bolts creates the bolts of a scenario
 * @param spouts creates the spouts of a run
 * @param broken returns the violations of an outcome
 */
record RunProperty(
    Function<Scenario, Variant.Bolts> bolts,
    Supplier<SpoutInstance.Factory> spouts,
    BiFunction<Scenario, Outcome, List<String>> broken) {

  static final int RUNS = Integer.getInteger("thalweg.protocol.runs", 1);

  RunProperty(
      Function<Scenario, Variant.Bolts> bolts, BiFunction<Scenario, Outcome, List<String>> broken) {
    this(bolts, () -> ModelSpout::new, broken);
  }

  /** Creates the property that the rows are those of a run without faults. */
  static RunProperty ofRows(Function<Scenario, Variant.Bolts> bolts) {
    return new RunProperty(bolts, Scenario::violations);
  }

  /** Returns the same property for other bolts. */
  RunProperty by(Function<Scenario, Variant.Bolts> others) {
    return new RunProperty(others, spouts, broken);
  }

  /** Returns the same property behind other spouts. */
  RunProperty behind(Supplier<SpoutInstance.Factory> others) {
    return new RunProperty(bolts, others, broken);
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

  /** Verifies the scenario of a seed, and of the next seeds if more runs are configured. */
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

  /** Returns the first scenario, of seeds from 1, that violates the property; null if none does. */
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
