package io.thalweg.storm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UpstreamWatermarkTest {

  private static final long NONE = Long.MIN_VALUE;

  private final UpstreamWatermark upstream = new UpstreamWatermark(Set.of(1, 2));

  private long busy(int task, long watermark) {
    return add(task, watermark, false, 7, 0, -1);
  }

  private long idle(int task, long sequence, long confirmed) {
    return add(task, NONE, true, 7, sequence, confirmed);
  }

  private long add(
      int task, long watermark, boolean idle, long incarnation, long sequence, long confirmed) {
    Heartbeat.Id id = new Heartbeat.Id(new Heartbeat.Incarnation(9, incarnation), sequence);
    return upstream.add(
        task, new Heartbeat(id, watermark, confirmed, idle, Map.of(), Heartbeat.NO_CLOCK), NONE);
  }

  private long idleAt(int task, long watermark, long clock, long reached) {
    Heartbeat.Id id = new Heartbeat.Id(new Heartbeat.Incarnation(9, 7), 0);
    return upstream.add(task, new Heartbeat(id, watermark, -1, true, Map.of(), clock), reached);
  }

  @Test
  void add_heartbeatsOfAllTasks_returnsTheMinimum() {
    assertThat(busy(1, 100)).isEqualTo(NONE);
    assertThat(busy(1, 110)).isEqualTo(NONE);
    assertThat(busy(2, 90)).isEqualTo(90);
    assertThat(busy(2, 120)).isEqualTo(110);
  }

  @Test
  void add_restartedTask_keepsItsMaximum() {
    busy(1, 100);
    busy(2, 200);
    assertThat(add(1, NONE, false, 8, 0, -1)).isEqualTo(100);
    assertThat(add(1, 150, false, 8, 1, -1)).isEqualTo(150);
  }

  @Test
  void add_idleTask_releasesTheMinimumAtTheConfirmedHeartbeat() {
    busy(2, 100);
    assertThat(idle(1, 0, -1)).isEqualTo(NONE);
    busy(2, 200);
    assertThat(idle(1, 1, -1)).as("nothing is confirmed").isEqualTo(NONE);
    busy(2, 300);
    assertThat(idle(1, 2, 0)).isEqualTo(100);
    assertThat(idle(1, 3, 1)).isEqualTo(200);
    assertThat(busy(2, 400)).as("no further without heartbeats").isEqualTo(200);
  }

  @Test
  void add_restartedIdleTask_releasesNoMore() {
    busy(2, 100);
    idle(1, 0, -1);
    assertThat(idle(1, 1, 0)).isEqualTo(100);
    busy(2, 200);
    idle(1, 2, 0);
    assertThat(add(1, NONE, true, 8, 3, 2)).isEqualTo(100);
  }

  @Test
  void add_idleTaskThatWasBusy_releasesNoMore() {
    busy(2, 100);
    idle(1, 0, -1);
    assertThat(idle(1, 1, 0)).isEqualTo(100);
    busy(2, 200);
    idle(1, 2, 0);
    assertThat(busy(1, 90)).isEqualTo(100);
    assertThat(idle(1, 4, 2)).isEqualTo(100);
    assertThat(idle(1, 5, 4)).as("idle, and the other task advanced").isEqualTo(200);
  }

  @Test
  void add_taskOfNoInput_isRejected() {
    assertThatThrownBy(() -> busy(3, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("heartbeat must come from a task of an input: 3");
  }

  @Test
  void add_allTasksIdle_followsTheSmallestClock() {
    assertThat(idleAt(1, 100, 5_000, NONE)).as("one task is missing").isEqualTo(NONE);
    assertThat(idleAt(2, NONE, 4_000, NONE)).as("a task without records").isEqualTo(4_000);
    assertThat(idleAt(2, NONE, 6_000, NONE)).isEqualTo(5_000);
    assertThat(busy(2, 300)).as("one task is active").isEqualTo(100);
    assertThat(idleAt(2, 300, Heartbeat.NO_CLOCK, NONE)).as("no clock").isEqualTo(100);
  }

  @Test
  void add_allTasksIdleFarBehindTheClock_keepsTheWatermark() {
    long clock = Heartbeat.MAX_DELAY_MILLIS + 301;
    idleAt(1, 100, clock, NONE);
    assertThat(idleAt(2, 300, clock, NONE)).as("a replay").isEqualTo(100);
    assertThat(idleAt(2, 300, clock - 1, NONE)).isEqualTo(clock - 1);
    assertThat(idleAt(2, 300, clock, 301)).as("the receiver had followed").isEqualTo(clock);
  }

  @Test
  void add_oneTaskEnded_doesNotEndTheIdleOne() {
    busy(1, Long.MAX_VALUE);
    add(2, 200, true, 7, 0, -1);
    assertThat(idle(2, 1, 0)).isEqualTo(200);
    assertThat(idle(2, 2, 1)).isEqualTo(200);
    assertThat(upstream.isIdle()).isTrue();
    assertThat(busy(2, 300)).as("live records go on").isEqualTo(300);
    assertThat(upstream.isIdle()).isFalse();
  }

  @Test
  void add_oneTaskEndedAndTheOtherIdle_followsTheClockOfTheOther() {
    busy(1, Long.MAX_VALUE);
    assertThat(idleAt(2, 200, 5_000, NONE)).isEqualTo(5_000);
    long later = Heartbeat.MAX_DELAY_MILLIS + 5_001;
    assertThat(idleAt(2, 200, later, 5_000)).as("a replay").isEqualTo(200);
    assertThat(busy(2, Long.MAX_VALUE)).as("all ended").isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void add_allTasksIdle_taskWithoutEventTimeDoesNotHold() {
    idle(1, 0, -1);
    add(2, 200, true, 7, 0, -1);
    idle(1, 1, -1);
    assertThat(idle(1, 2, 1)).isEqualTo(200);
  }
}
