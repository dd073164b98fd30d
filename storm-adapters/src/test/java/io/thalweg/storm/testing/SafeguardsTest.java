package io.thalweg.storm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.storm.testing.ReferenceBolt.Guard;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Sensitivity of the protocol property: without any one safeguard it finds a run with wrong rows,
 * and the same run is correct with the safeguard.
 */
class SafeguardsTest {

  private static final int SEEDS = 500;

  /** Scenario that finds the lack of a safeguard soonest. */
  private record Place(Variant variant, FaultPattern focus) {
    static Place of(Guard guard) {
      return switch (guard) {
        case COMMIT_BEFORE_EMIT -> new Place(Variant.DETECTOR, FaultPattern.NOTHING);
        case EXACT_LEDGER -> new Place(Variant.DETECTOR, FaultPattern.NOTHING);
        case DURABLE_ACK -> new Place(Variant.CHAIN_MAP, FaultPattern.NOTHING);
        case OUTBOX_ANSWER, ANSWER_EACH -> new Place(Variant.CHAIN_MAP, FaultPattern.HANG);
        case ANSWER_ATTEMPT -> new Place(Variant.DETECTOR, FaultPattern.HANG);
        case FIRST_ATTEMPT -> new Place(Variant.CHAIN_LATE, FaultPattern.STALE);
        case KEPT_ADVANCE -> new Place(Variant.DETECTOR, FaultPattern.NOTHING);
        case ORDERED -> new Place(Variant.DETECTOR, FaultPattern.NOTHING);
        case LEDGER_MARK -> new Place(Variant.TUMBLING, FaultPattern.NOTHING);
        case ADOPT -> new Place(Variant.CHAIN_DETECTOR, FaultPattern.NOTHING);
        case HELD_FORWARD -> new Place(Variant.CHAIN_ORDERED, FaultPattern.NOTHING);
        case EDGE_NUMBER -> new Place(Variant.CHAIN_DETECTOR, FaultPattern.NOTHING);
        case IDLE_PER_BEAT -> new Place(Variant.SESSION, FaultPattern.SILENCE);
        case IDLE_CONFIRMED -> new Place(Variant.TUMBLING, FaultPattern.DELAY);
        case ALL_UPSTREAM -> new Place(Variant.DETECTOR, FaultPattern.NOTHING);
        case RESCALE_ADVANCE -> new Place(Variant.CHAIN_DETECTOR, FaultPattern.RESCALE);
        case FILED_VERSION -> new Place(Variant.CHAIN_MAP, FaultPattern.NOTHING);
      };
    }

    static Place of(Safeguard safeguard) {
      return switch (safeguard) {
        case TRACKED_WATERMARK, LOW_WATERMARK -> new Place(Variant.DETECTOR, FaultPattern.NOTHING);
        case INCARNATION -> new Place(Variant.CHAIN_ORDERED, FaultPattern.NOTHING);
        case IDLE_LAG -> new Place(Variant.CHAIN_DETECTOR, FaultPattern.SILENCE);
        case IDLE_FLAG, FENCING -> new Place(Variant.TUMBLING, FaultPattern.NOTHING);
        case COMPONENT_EPOCH, VERSIONS -> new Place(Variant.SESSION, FaultPattern.RESCALE);
        case SEAL_OLD_SHARDS -> new Place(Variant.CHAIN_DETECTOR, FaultPattern.RESCALE);
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void property_withABoltWithoutOneSafeguard_fails(Guard guard) {
    Place place = Place.of(guard);
    for (int seed = 1; seed <= SEEDS; seed++) {
      Scenario scenario = place.focus.of(Scenario.of(seed, place.variant));
      if (!scenario.violations(new ReferenceBolts(scenario.budget(), Set.of(guard))).isEmpty()) {
        assertThat(scenario.violations(new ReferenceBolts(scenario.budget(), Set.of())))
            .as("%s", scenario)
            .isEmpty();
        return;
      }
    }
    assertThat(guard).as("no run of %d misses it: %s", SEEDS, place).isNull();
  }

  /** With the real bolts. */
  @ParameterizedTest
  @EnumSource
  void property_withoutOneSafeguardAroundTheBolts_fails(Safeguard safeguard) {
    Place place = Place.of(safeguard);
    for (int seed = 1; seed <= SEEDS; seed++) {
      Scenario scenario = place.focus.of(Scenario.of(seed, place.variant));
      Outcome outcome = scenario.simulation(new ProcessorBolts()).without(safeguard).run();
      List<String> violations = scenario.violations(outcome);
      if (!violations.isEmpty()) {
        assertThat(scenario.violations(new ProcessorBolts())).as("%s", scenario).isEmpty();
        return;
      }
    }
    assertThat(safeguard).as("no run of %d misses it: %s", SEEDS, place).isNull();
  }
}
