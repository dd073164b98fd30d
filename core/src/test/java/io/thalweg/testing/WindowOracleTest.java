package io.thalweg.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Aggregates;
import io.thalweg.Snapshot;
import io.thalweg.window.WindowSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests of the oracle beyond the conformance cases. */
class WindowOracleTest {

  private static WindowOracle.Builder<Sample, Long> tumbling() {
    return WindowOracle.of(Aggregates.<Sample>count(), List.of(new WindowSpec.Sliding(10, 10, 0)));
  }

  private static final Sample EVENT = new Sample(1, 1);

  @Test
  void maxKeys_oneTooMany_rejectedUntilAPlaceIsFree() {
    WindowOracle<String, Sample, Long> oracle = tumbling().maxKeys(1).build();
    Recording<String, Long> out = new Recording<>();
    oracle.process("a", EVENT, 1, out);
    oracle.process("b", EVENT, 2, out);
    oracle.process("a", EVENT, 3, out);
    assertThat(out.drain())
        .hasSize(1)
        .first()
        .isInstanceOfSatisfying(
            RecordedResult.Rejection.class,
            rejection -> assertThat(rejection.reason()).isEqualTo("keys must be at most 1: b"));
    oracle.advance(10, out);
    out.drain();
    oracle.process("b", EVENT, 12, out);
    assertThat(out.drain()).isEmpty();
    assertThat(ConformanceCases.counters(oracle))
        .containsEntry("keys", 1L)
        .containsEntry("admitted", 3L)
        .containsEntry("rejected", 1L);
  }

  @Test
  void maxKeys_lateEventOfAnotherKey_isLateNotRejected() {
    WindowOracle<String, Sample, Long> oracle = tumbling().maxKeys(1).build();
    Recording<String, Long> out = new Recording<>();
    oracle.advance(20, out);
    oracle.process("a", EVENT, 21, out);
    oracle.process("b", EVENT, 2, out);
    assertThat(out.drain()).containsExactly(new RecordedResult.Late<>("b", EVENT, 2, 20));
  }

  @Test
  void process_nullKeyOrEvent_throws() {
    WindowOracle<String, Sample, Long> oracle = tumbling().build();
    assertThatThrownBy(() -> oracle.process(null, EVENT, 1, new Recording<>()))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> oracle.process("k", null, 1, new Recording<>()))
        .isInstanceOf(NullPointerException.class);
  }

  @Test
  void builder_noWindowOrNegativeLateness_rejected() {
    assertThatThrownBy(() -> WindowOracle.of(Aggregates.<Sample>count(), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> tumbling().lateness(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("lateness must not be negative: -1");
  }

  @Test
  void save_always_rejected() {
    WindowOracle<String, Sample, Long> oracle = tumbling().build();
    assertThatThrownBy(() -> oracle.save(new Snapshot<>()))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> oracle.saveChanges(new Snapshot<>()))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> oracle.restore(new Snapshot<>()))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void assign_byCount_rejected() {
    assertThatThrownBy(() -> WindowOracle.assign(new WindowSpec.Count(2, 1), EVENT, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
