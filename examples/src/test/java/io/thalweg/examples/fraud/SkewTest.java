package io.thalweg.examples.fraud;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.feature.FeatureVector;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SkewTest {

  private static final FraudSimulation SIMULATION =
      FraudSimulation.of(new FraudSimulation.Size(50, 300, 50), 6);
  private static final long FROM = FraudSimulation.time(40);

  private static Map<Long, byte[]> logged() {
    Map<Long, byte[]> logged = new HashMap<>();
    FraudRows.compute(
        SIMULATION,
        row ->
            logged.put(
                row.transaction().id(),
                Decisions.VECTORS.encode(FeatureVector.of(FraudFeatures.SCHEMA, row.features()))));
    return logged;
  }

  @Test
  void of_loggedRows_areThoseOfTheReplay() {
    Skew skew = Skew.of(FraudStream.all(SIMULATION).stream(), logged(), FROM);
    long expected =
        SIMULATION.transactions().stream().filter(each -> each.timestamp() >= FROM).count();
    assertThat(skew).isEqualTo(new Skew(expected, 0, 0));
  }

  @Test
  void of_changedAndMissingRow_areCounted() {
    Map<Long, byte[]> logged = logged();
    long last = SIMULATION.transactions().size() - 1;
    logged.put(last, logged.get(last - 1));
    logged.remove(last - 2);
    Skew skew = Skew.of(FraudStream.all(SIMULATION).stream(), logged, FROM);
    assertThat(skew.mismatches()).isEqualTo(1);
    assertThat(skew.unlogged()).isEqualTo(1);
  }
}
