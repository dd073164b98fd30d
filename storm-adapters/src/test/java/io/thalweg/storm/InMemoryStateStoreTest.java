package io.thalweg.storm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.storm.utils.Time;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InMemoryStateStoreTest {

  private final StateStore store = StateStore.inMemory();
  private Time.SimulatedTime time;

  @BeforeEach
  void start() {
    time = new Time.SimulatedTime();
  }

  @AfterEach
  void stop() {
    time.close();
  }

  @Test
  void acquire_again_hasNothingSavedAndANewerEpochAndName() {
    StateStore.Task task = new StateStore.Task("job", "bolt", 1, 2, 0);
    StateStore.Shard first = store.acquire(task);
    first.changes().scope("processor").put("key", 0, new byte[] {1});
    first.commit();
    StateStore.Shard second = store.acquire(task);
    assertThat(store.durable()).isFalse();
    assertThat(first.epoch()).isGreaterThanOrEqualTo(Time.currentTimeMillis());
    assertThat(second.saved()).isEmpty();
    assertThat(second.epoch()).isGreaterThan(first.epoch());
    assertThat(second.name()).isEqualTo("bolt/" + second.epoch() + "/1");
  }

  @Test
  void task_indexOrDeploymentOutOfRange_isRefused() {
    assertThatThrownBy(() -> new StateStore.Task("job", "bolt", 2, 2, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("index must be from 0 to tasks - 1, with 2 tasks: 2");
    assertThatThrownBy(() -> new StateStore.Task("job", "bolt", 0, 1, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("deployment must not be negative: -1");
  }
}
