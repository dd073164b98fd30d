package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.testing.Sample;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class KeyedStateTest {

  private static KeyedState<String, Hash> states(int maxKeys) {
    return new KeyedState<>(
        Hash::new, KeyedState.format(Hash.CODEC), Duration.ofMillis(10), maxKeys);
  }

  private final KeyedState<String, Hash> states = states(3);

  private static void add(KeyedState<String, Hash> states, String key, long timestamp) {
    states.update(key, timestamp).add(new Sample(1, 1), timestamp);
  }

  /** The number of events of each key. */
  private static Map<String, Long> events(KeyedState<String, Hash> states) {
    Map<String, Long> events = new TreeMap<>();
    states.forEach(entry -> events.put(entry.key(), entry.state().events));
    return events;
  }

  private static KeyedState<String, Hash> restored(StateReader<String> from) {
    KeyedState<String, Hash> restored = states(3);
    restored.addAll(restored.read(from));
    return restored;
  }

  @Test
  void update_newKey_createsItsState() {
    assertThat(states.get("a")).isNull();
    assertThat(states.entry("a")).isNull();
    add(states, "a", 5);
    add(states, "a", 6);
    assertThat(states.get("a").events).isEqualTo(2);
    assertThat(states.entry("a").state()).isSameAs(states.get("a"));
    assertThat(states.size()).isEqualTo(1);
  }

  @Test
  void update_oneKeyTooMany_givesNull() {
    add(states, "a", 1);
    add(states, "b", 1);
    assertThat(states.isFull()).isFalse();
    add(states, "c", 1);
    assertThat(states.isFull()).isTrue();
    assertThat(states.update("d", 1)).isNull();
    assertThatThrownBy(() -> states.create("d", 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("at most 3 keys are held: d");
    assertThat(states.update("a", 1)).isNotNull();
  }

  @Test
  void expire_watermarkAtNewestPlusIdle_removes() {
    add(states, "a", 5);
    add(states, "b", 5);
    add(states, "b", 3);
    states.update(states.entry("b"), 8);
    List<String> expired = new ArrayList<>();
    states.expire(14, entry -> expired.add(entry.key()));
    assertThat(expired).isEmpty();
    states.expire(15, entry -> expired.add(entry.key()));
    assertThat(expired).containsExactly("a");
    states.expire(17);
    assertThat(states.get("b")).isNotNull();
    states.expire(18);
    assertThat(states.size()).isZero();
  }

  @Test
  void expiry_nearTheEndOfTime_isClamped() {
    assertThat(states.expiry(5)).isEqualTo(15);
    assertThat(states.expiry(Long.MAX_VALUE - 9)).isEqualTo(Long.MAX_VALUE);
    add(states, "a", Long.MAX_VALUE - 5);
    states.expire(Long.MAX_VALUE - 1);
    assertThat(states.size()).isEqualTo(1);
    states.expire(Long.MAX_VALUE);
    assertThat(states.size()).isZero();
  }

  @Test
  void expire_idleForever_removesNothing() {
    KeyedState<String, Hash> forever = new KeyedState<>(Hash::new, Hash.CODEC, KeyedState.FOREVER);
    add(forever, "a", 5);
    forever.expire(Long.MAX_VALUE);
    assertThat(forever.size()).isEqualTo(1);
  }

  @Test
  void saveChanges_second_writesChangedAndRemovesExpired() {
    add(states, "a", 5);
    add(states, "b", 50);
    add(states, "c", 50);
    Snapshot<String> saved = new Snapshot<>();
    saved.put("stale", 0, new byte[0]);
    states.saveChanges(saved);
    assertThat(events(restored(saved))).isEqualTo(Map.of("a", 1L, "b", 1L, "c", 1L));
    states.expire(20);
    add(states, "b", 51);
    List<String> written = new ArrayList<>();
    states.saveChanges(log(written));
    assertThat(written).containsExactly("remove a", "put b 0");
    written.clear();
    states.saveChanges(log(written));
    assertThat(written).isEmpty();
  }

  @Test
  void saveChanges_expiredAndCreatedAgain_writesTheNewState() {
    Snapshot<String> saved = new Snapshot<>();
    add(states, "a", 5);
    add(states, "a", 5);
    states.saveChanges(saved);
    add(states, "a", 6);
    states.expire(20);
    add(states, "a", 30);
    states.saveChanges(saved);
    assertThat(events(restored(saved))).isEqualTo(Map.of("a", 1L));
  }

  @Test
  void addAll_savedStates_goOnAndExpire() {
    add(states, "a", 5);
    add(states, "b", 8);
    Snapshot<String> saved = new Snapshot<>();
    states.save(saved);
    KeyedState<String, Hash> other = states(3);
    other.expire(16);
    List<KeyedState.Entry<String, Hash>> read = other.read(saved);
    assertThat(other.size()).isZero();
    other.addAll(read);
    assertThat(events(other)).isEqualTo(Map.of("a", 1L, "b", 1L));
    other.expire(16);
    assertThat(events(other)).as("overdue at the same watermark").isEqualTo(Map.of("b", 1L));
  }

  @Test
  void read_damagedRecord_isRefused() {
    Snapshot<String> saved = new Snapshot<>();
    saved.put("a", 0, new byte[20]);
    assertThatThrownBy(() -> states.read(saved))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("thalweg.keyed of hash")
        .hasMessageContaining("damaged");
  }

  @Test
  void new_badArguments_areRefused() {
    assertThatThrownBy(() -> new KeyedState<>(Hash::new, Hash.CODEC, Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("idle must be positive: PT0S");
    assertThatThrownBy(() -> states(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxKeys must be positive: 0");
    KeyedState<String, Hash> noState = new KeyedState<>(() -> null, Hash.CODEC, KeyedState.FOREVER);
    assertThatThrownBy(() -> noState.update("a", 1)).isInstanceOf(NullPointerException.class);
    assertThat(noState.size()).isZero();
  }

  private static StateWriter<String> log(List<String> calls) {
    return new StateWriter<>() {
      @Override
      public StateWriter<String> scope(String scope) {
        throw new AssertionError(scope);
      }

      @Override
      public void put(String key, long part, byte[] state) {
        calls.add("put " + key + " " + part);
      }

      @Override
      public void remove(String key, long part) {
        calls.add("remove " + key + " " + part);
      }

      @Override
      public void remove(String key) {
        calls.add("remove " + key);
      }

      @Override
      public void removeBefore(long part) {
        calls.add("removeBefore " + part);
      }

      @Override
      public void putOperatorState(byte[] state) {
        calls.add("putOperatorState");
      }

      @Override
      public void clear() {
        calls.add("clear");
      }
    };
  }
}
