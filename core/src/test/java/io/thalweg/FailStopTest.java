package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.testing.Recording;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class FailStopTest {

  @Test
  void enter_afterFailure_namesTheFirstFailureAndTheRemedy() {
    FailStop calls = new FailStop();
    RuntimeException first = new RuntimeException("disk full");
    calls.enter("process");
    calls.fail(first);
    calls.fail(new RuntimeException("another"));
    assertThatThrownBy(() -> calls.enterSave("save"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("restore its last saved state into a new one")
        .hasMessageContaining("disk full")
        .hasCause(first);
  }

  @Test
  void enter_duringACall_namesTheKindOfOverlap() throws InterruptedException {
    FailStop calls = new FailStop();
    calls.enter("advance");
    assertThatThrownBy(() -> calls.enter("process"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("an output or function must not call its own operator: process");
    List<Throwable> thrown = new ArrayList<>();
    Thread other =
        new Thread(
            () -> {
              try {
                calls.enterSave("save");
              } catch (IllegalStateException e) {
                thrown.add(e);
              }
            });
    other.start();
    other.join();
    assertThat(thrown)
        .singleElement()
        .satisfies(e -> assertThat(e).hasMessageContaining("by one thread at a time").hasNoCause());
    calls.exit();
    calls.enter("process"); // the refused calls have changed nothing
    calls.exit();
  }

  @Test
  void exit_ofACallThatAnotherThreadOverlapped_endsTheOperator() throws InterruptedException {
    FailStop calls = new FailStop();
    Thread other = new Thread(() -> calls.enter("process"));
    other.start();
    other.join();
    assertThatThrownBy(calls::exit)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("calls of two threads have overlapped");
    assertThatThrownBy(() -> calls.enter("process")).hasMessageContaining("has ended");
  }

  @Test
  void enterRestore_afterUse_throws() {
    FailStop calls = new FailStop();
    calls.enterRestore();
    calls.exit();
    calls.enterRestore();
    calls.exit();
    calls.enter("process");
    calls.exit();
    assertThatThrownBy(calls::enterRestore)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("into a new operator");
  }

  @Test
  void reason_eachException_namesTheRule() {
    assertThat(FailStop.reason("k", new IllegalArgumentException("gap must be positive: 0")))
        .isEqualTo("gap must be positive: 0");
    assertThat(FailStop.reason("k", new NumberFormatException("x")))
        .isEqualTo("event of key k must be readable: java.lang.NumberFormatException: x");
  }

  /** The events of a bucket are neither lost nor released twice. */
  @Test
  void ordered_innerProcessorThrowsOnce_retryLosesNothing() {
    ProcessorFactory<String, Long, Long> factory =
        () ->
            new Ordered<>(
                Processor.stateless((key, event, time, out) -> out.emit(key, event)), Codec.LONG);
    Processor<String, Long, Long> ordered = factory.create();
    Recording<String, Long> out = new Recording<>();
    for (long event = 1; event <= 3; event++) {
      ordered.process("k", event, 5, out);
    }
    Snapshot<String> saved = new Snapshot<>();
    ordered.save(saved);
    Output<String, Long> failing =
        (key, value) -> {
          throw new UnsupportedOperationException("the network");
        };
    assertThatThrownBy(() -> ordered.advance(10, failing)).hasMessage("the network");
    assertThatThrownBy(() -> ordered.advance(10, out)).isInstanceOf(IllegalStateException.class);
    Processor<String, Long, Long> restored = factory.create();
    restored.restore(saved);
    restored.advance(10, out);
    assertThat(out.drain()).hasSize(3);
  }

  @Test
  void restore_stateOfAnotherKindOfProcessor_refusedAndUntouched() {
    Codec<long[]> codec =
        Codec.of("test.box", (box, to) -> to.writeLong(box[0]), in -> new long[] {in.readLong()});
    ProcessorFactory<String, Long, Long> keyed =
        () ->
            Processor.keyed(
                () -> new long[1],
                codec,
                Duration.ofHours(1),
                (box, key, event, time, out) -> out.emit(key, box[0] += event));
    Processor<String, Long, Long> plain = keyed.create();
    Processor<String, Long, Long> ordered = new Ordered<>(keyed.create(), Codec.LONG);
    Recording<String, Long> out = new Recording<>();
    plain.process("k", 1L, 1, out);
    ordered.process("k", 1L, 1, out);
    Snapshot<String> ofPlain = new Snapshot<>();
    plain.save(ofPlain);
    Snapshot<String> ofOrdered = new Snapshot<>();
    ordered.save(ofOrdered);
    Processor<String, Long, Long> another = keyed.create();
    assertThatThrownBy(() -> another.restore(ofOrdered))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("with or without Ordered");
    another.restore(ofPlain);
    Processor<String, Long, Long> anotherOrdered = new Ordered<>(keyed.create(), Codec.LONG);
    assertThatThrownBy(() -> anotherOrdered.restore(ofPlain))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("with or without Ordered");
    anotherOrdered.restore(ofOrdered);
  }

  /** A list is another key once it has changed; its state still expires. */
  @Test
  void advance_keysThatHaveChanged_areNotHeld() {
    Codec<long[]> codec =
        Codec.of("test.box", (box, to) -> to.writeLong(box[0]), in -> new long[] {in.readLong()});
    Processor<List<String>, Long, Long> keyed =
        Processor.keyed(
            () -> new long[1],
            codec,
            Duration.ofMillis(10),
            (box, key, event, time, out) -> out.emit(key, box[0] += event));
    Recording<List<String>, Long> out = new Recording<>();
    List<String> key = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      key.add("x"); // the same object all the time
      keyed.process(key, 1L, 1, out);
    }
    keyed.advance(1000, out);
    Map<String, Long> counters = new TreeMap<>();
    keyed.counters(counters::put);
    assertThat(counters).containsEntry("keys", 0L);
  }
}
