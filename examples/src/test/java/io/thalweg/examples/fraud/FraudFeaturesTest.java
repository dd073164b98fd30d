package io.thalweg.examples.fraud;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Features of small simulations against their recomputation. */
class FraudFeaturesTest {

  @Test
  void rows_ofSimulations_equalTheNaiveRecomputation() {
    for (long seed = 1; seed <= 3; seed++) {
      FraudSimulation simulation = FraudSimulation.of(new FraudSimulation.Size(60, 500, 120), seed);
      List<String> differences = new ArrayList<>();
      long mismatches =
          NaiveFeatures.mismatches(
              simulation, (format, values) -> differences.add(format.formatted(values)));
      assertThat(differences).isEmpty();
      assertThat(mismatches).isZero();
    }
  }

  @Test
  void schema_each_handbookFeatureIsInIt() {
    assertThat(FraudFeatures.handbook()).hasSize(15);
    assertThat(FraudFeatures.SCHEMA.names()).containsAll(FraudFeatures.handbook());
  }

  @Test
  void rows_withHistory_areThoseWithout() {
    FraudSimulation simulation = FraudSimulation.of(new FraudSimulation.Size(20, 300, 60), 5);
    List<FraudRows.Row> rows = new ArrayList<>();
    FraudRows.compute(simulation, rows::add);
    assertThat(rows).hasSameSizeAs(simulation.transactions());
    assertThat(rows.stream().filter(FraudRows.Row::fraud).count())
        .isEqualTo(simulation.count(1) + simulation.count(2) + simulation.count(3));
  }
}
