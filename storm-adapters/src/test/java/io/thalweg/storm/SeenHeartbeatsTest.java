package io.thalweg.storm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SeenHeartbeatsTest {

  private static final Set<Long> TREE = Set.of(1L);
  private static final Set<Long> OTHER = Set.of(2L);

  private final SeenHeartbeats seenHeartbeats = new SeenHeartbeats();

  private boolean isFirst(long sequence, Set<Long> roots, long confirmed) {
    return isFirst(7, sequence, roots, confirmed);
  }

  private boolean isFirst(long incarnation, long sequence, Set<Long> roots, long confirmed) {
    return seenHeartbeats.addAndCheckOnlyAttempt(
        heartbeat(incarnation, sequence, confirmed), roots, 1);
  }

  private static Heartbeat heartbeat(long incarnation, long sequence, long confirmed) {
    Heartbeat.Id id = new Heartbeat.Id(new Heartbeat.Incarnation(3, incarnation), sequence);
    return new Heartbeat(id, 0, confirmed, false, Map.of(), Heartbeat.NO_CLOCK);
  }

  @Test
  void addIfFirstAttempt_copiesOfOneAttempt_returnsTrue() {
    assertThat(isFirst(4, TREE, 2)).isTrue();
    assertThat(isFirst(5, OTHER, 2)).isTrue();
    assertThat(isFirst(4, TREE, 2)).isTrue();
  }

  @Test
  void addIfFirstAttempt_afterAnotherAttempt_returnsFalseForBoth() {
    assertThat(isFirst(4, TREE, 2)).isTrue();
    assertThat(isFirst(4, OTHER, 2)).isFalse();
    assertThat(isFirst(4, TREE, 2)).isFalse();
    assertThat(isFirst(4, OTHER, 2)).isFalse();
    assertThat(isFirst(5, TREE, 2)).isTrue();
  }

  @Test
  void addIfFirstAttempt_sequenceConfirmedByAnotherHeartbeat_returnsFalse() {
    assertThat(isFirst(6, TREE, 4)).isTrue();
    assertThat(isFirst(4, TREE, 1)).isFalse();
    assertThat(isFirst(5, TREE, 1)).isTrue();
  }

  @Test
  void addIfFirstAttempt_sequenceOfTheRestoredTask_returnsFalse() {
    assertThat(isFirst(6, TREE, 4)).isTrue();
    assertThat(isFirst(5, TREE, 4)).isTrue();
    Map<String, Long> saved = seenHeartbeats.saved();
    SeenHeartbeats next = new SeenHeartbeats();
    next.restore(saved);
    assertThat(saved).containsExactly(Map.entry("3/7", 6L));
    assertThat(next.saved()).isEqualTo(saved);
    assertThat(next.addAndCheckOnlyAttempt(heartbeat(7, 6, 4), OTHER, 1)).isFalse();
    assertThat(next.addAndCheckOnlyAttempt(heartbeat(7, 7, 4), OTHER, 1)).isTrue();
    assertThat(next.addAndCheckOnlyAttempt(heartbeat(8, 0, -1), OTHER, 1)).isTrue();
  }

  @Test
  void saved_afterManyIncarnations_containsTheLatest() {
    for (long incarnation = 1; incarnation <= 9; incarnation++) {
      isFirst(incarnation, 0, TREE, -1);
      isFirst(1, incarnation, TREE, -1);
    }
    assertThat(seenHeartbeats.saved().keySet()).containsExactly("3/7", "3/8", "3/9", "3/1");
  }
}
