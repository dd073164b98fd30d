package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CountersTest {

  private final Counters counters = new Counters();
  private final Counters.Counter admitted = counters.add("admitted");
  private final Counters.Counter late = counters.add("late");

  private static Map<String, Long> report(Counters counters) {
    Map<String, Long> report = new LinkedHashMap<>();
    counters.report(report::put);
    return report;
  }

  private static byte[] bytes(Counters counters) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    counters.write(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  @Test
  void report_incremented_hasEveryNameInOrder() {
    admitted.increment();
    admitted.increment();
    late.increment();
    assertThat(report(counters)).containsExactly(Map.entry("admitted", 2L), Map.entry("late", 1L));
    assertThat(admitted.value()).isEqualTo(2);
  }

  @Test
  void read_written_changesNothingUntilAdded() throws IOException {
    admitted.increment();
    late.increment();
    late.increment();
    byte[] bytes = bytes(counters);
    assertThat(bytes).hasSize(16);
    Counters saved = counters.read(new DataInputStream(new ByteArrayInputStream(bytes)));
    assertThat(late.value()).isEqualTo(2);
    counters.addAll(saved);
    assertThat(report(counters)).containsExactly(Map.entry("admitted", 2L), Map.entry("late", 4L));
  }
}
