package io.thalweg.storm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.storm.spout.ISpoutOutputCollector;
import org.apache.storm.spout.SpoutOutputCollector;
import org.apache.storm.utils.Time;
import org.junit.jupiter.api.Test;

class TickSpoutTest {

  @Test
  void pulse_isEmittedOncePerPeriodAndNotTracked() {
    List<Object> pulses = new ArrayList<>();
    ISpoutOutputCollector recorder =
        new ISpoutOutputCollector() {
          @Override
          public List<Integer> emit(String stream, List<Object> tuple, Object messageId) {
            assertThat(stream).isEqualTo("tick");
            assertThat(messageId).isNull();
            pulses.add(tuple.get(0));
            return List.of();
          }

          @Override
          public void emitDirect(int task, String stream, List<Object> tuple, Object messageId) {}

          @Override
          public long getPendingCount() {
            return 0;
          }

          @Override
          public void flush() {}

          @Override
          public void reportError(Throwable error) {}
        };
    try (Time.SimulatedTime time = new Time.SimulatedTime()) {
      assertThat(time).isNotNull();
      TickSpout spout = new TickSpout(Duration.ofMillis(50));
      spout.open(Map.of(), null, new SpoutOutputCollector(recorder));
      for (int i = 0; i < 200; i++) {
        Time.advanceTime(1);
        spout.nextTuple();
      }
    }
    assertThat(pulses).containsExactly(50L, 100L, 150L, 200L);
  }

  @Test
  void period_notPositive_isRefused() {
    assertThatThrownBy(() -> new TickSpout(Duration.ofMillis(0)))
        .hasMessage("period must be at least 1 ms: PT0S");
  }
}
