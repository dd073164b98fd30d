package io.thalweg.examples.fraud;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Output;
import io.thalweg.Snapshot;
import io.thalweg.feature.FeatureRow;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Reports of known and unknown transactions. */
class CustomerStageTest {

  private static final long DAY = 86_400_000;
  private static final long START = 1_522_540_800_000L;
  private static final Transaction PAID = new Transaction(1, START, "c1", "t1", 10);

  private final List<FeatureRow<CardEvent>> passed = new ArrayList<>();
  private final List<String> reasons = new ArrayList<>();

  private void process(CustomerStage stage, CardEvent... events) {
    for (CardEvent event : events) {
      stage.process(
          event.customer(),
          event,
          event.timestamp(),
          Output.of(
              (terminal, row) -> {
                assertThat(terminal).isEqualTo(row.event().terminal());
                passed.add(row);
              },
              (key, late, time, watermark) -> reasons.add("late"),
              (key, rejected, time, reason) -> reasons.add(reason)));
    }
  }

  private static FraudReport report(long id, long timestamp, String terminal) {
    return new FraudReport(id, timestamp, "c1", terminal);
  }

  @Test
  void process_reportOfTransaction_passes() {
    process(new CustomerStage(), PAID, FraudSimulation.report(PAID));
    assertThat(passed).hasSize(2);
    assertThat(reasons).isEmpty();
  }

  @Test
  void process_badReport_isRejectedWithReason() {
    CustomerStage stage = new CustomerStage();
    process(
        stage,
        report(1, START + 1, "t1"), // before its transaction has come
        PAID,
        report(1, START - 1, "t1"), // before the time of its transaction
        report(2, START + DAY, "t1"), // of an unknown transaction
        report(1, START + DAY, "t2"), // of another terminal
        report(1, START + 2 * DAY, "t1"),
        report(1, START + 3 * DAY, "t1")); // the second one
    assertThat(passed).hasSize(2);
    assertThat(reasons)
        .hasSize(5)
        .allMatch(
            reason ->
                reason.startsWith(
                    "a report must follow a transaction of its customer and terminal within 14"
                        + " days, and be the first one: "));
  }

  @Test
  void process_reportAfterTheMemory_isRejected() {
    process(new CustomerStage(), PAID, report(1, START + 15 * DAY, "t1"));
    assertThat(passed).hasSize(1);
    assertThat(reasons).hasSize(1);
  }

  @Test
  void process_secondTransactionOfAnId_isRejected() {
    process(new CustomerStage(), PAID, new Transaction(1, START + 1, "c1", "t3", 5));
    assertThat(reasons).containsExactly("id of a transaction must be new: 1");
  }

  @Test
  void restore_ofSavedChanges_givesTheSameRows() {
    FraudSimulation simulation = FraudSimulation.of(new FraudSimulation.Size(10, 300, 40), 9);
    List<CardEvent> events = new ArrayList<>();
    FraudStream.of(simulation, Long.MIN_VALUE).forEachRemaining(events::add);
    CardEvent[] first = events.subList(0, events.size() / 2).toArray(CardEvent[]::new);
    CardEvent[] second = events.subList(events.size() / 2, events.size()).toArray(CardEvent[]::new);

    CustomerStage stage = new CustomerStage();
    Snapshot<String> saved = new Snapshot<>();
    for (CardEvent each : first) {
      process(stage, each);
      stage.saveChanges(saved);
    }
    CustomerStage restored = new CustomerStage();
    restored.restore(saved);
    passed.clear();
    process(stage, second);
    List<FeatureRow<CardEvent>> expected = List.copyOf(passed);
    passed.clear();
    process(restored, second);
    assertThat(passed).isEqualTo(expected).isNotEmpty();
    assertThat(reasons).isEmpty();
  }
}
