package io.thalweg.examples.fraud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Counts and rules of the simulation. */
class FraudSimulationTest {

  private static final FraudSimulation.Size SMALL = new FraudSimulation.Size(200, 400, 60);

  @Test
  void of_fullSize_hasTheCountsOfTheHandbook() {
    FraudSimulation full = FraudSimulation.of(FraudSimulation.Size.FULL, FraudSimulation.SEED);

    assertThat(full.transactions().size()).isCloseTo(1_754_155, withinPercentage(2));
    assertThat(full.count(1)).isCloseTo(978, withinPercentage(2));
    assertThat(full.count(2)).isCloseTo(9_099, withinPercentage(2));
    assertThat(full.count(3)).isCloseTo(4_604, withinPercentage(2));
  }

  @Test
  void of_sameSeed_isTheSame() {
    FraudSimulation one = FraudSimulation.of(SMALL, 1);
    FraudSimulation two = FraudSimulation.of(SMALL, 1);
    assertThat(one.transactions()).isEqualTo(two.transactions());
    assertThat(FraudSimulation.of(SMALL, 2).transactions()).isNotEqualTo(one.transactions());
  }

  @Test
  void of_anySeed_transactionsAreInOrderAndInRange() {
    FraudSimulation simulation = FraudSimulation.of(SMALL, 3);
    long last = Long.MIN_VALUE;
    long id = 0;
    for (Transaction each : simulation.transactions()) {
      assertThat(each.id()).isEqualTo(id++);
      assertThat(each.timestamp()).isGreaterThanOrEqualTo(last);
      assertThat(FraudSimulation.day(each.timestamp())).isBetween(0, SMALL.days() - 1);
      assertThat(each.amount()).isNotNegative();
      if (each.amount() > 220) {
        assertThat(simulation.isFraud(each.id())).isTrue();
      }
      last = each.timestamp();
    }
  }

  @Test
  void stream_each_fraudIsReportedOnceAfterItsTransaction() {
    FraudSimulation simulation = FraudSimulation.of(SMALL, 4);
    Map<Long, Transaction> paid = new HashMap<>();
    long last = Long.MIN_VALUE;
    int reports = 0;
    for (Iterator<CardEvent> events = FraudStream.of(simulation, Long.MIN_VALUE);
        events.hasNext(); ) {
      CardEvent each = events.next();
      assertThat(each.timestamp()).isGreaterThanOrEqualTo(last);
      last = each.timestamp();
      if (each instanceof Transaction transaction) {
        paid.put(each.id(), transaction);
      } else {
        reports++;
        assertThat(simulation.isFraud(each.id())).isTrue();
        assertThat(each).isEqualTo(FraudSimulation.report(paid.remove(each.id())));
      }
    }
    assertThat(reports)
        .isEqualTo(simulation.count(1) + simulation.count(2) + simulation.count(3))
        .isPositive();
  }
}
