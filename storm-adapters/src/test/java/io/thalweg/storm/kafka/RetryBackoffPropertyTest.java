package io.thalweg.storm.kafka;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.apache.kafka.common.TopicPartition;
import org.apache.storm.kafka.spout.KafkaSpoutMessageId;
import org.apache.storm.utils.Time;
import org.apache.storm.utils.Utils;

/** Properties of {@link RetryBackoff}, compared with a map of due times. */
class RetryBackoffPropertyTest {

  private static final TopicPartition ZERO = new TopicPartition("t", 0);
  private static final TopicPartition ONE = new TopicPartition("t", 1);

  @Property(tries = 500)
  void delayMillis_anyNumberOfFailures_increasesToTheLongest(
      @ForAll @LongRange(min = 1, max = Long.MAX_VALUE) long a,
      @ForAll @LongRange(min = 1, max = Long.MAX_VALUE) long b,
      @ForAll @IntRange(min = 1, max = Integer.MAX_VALUE - 1) int failures) {
    long first = Math.min(a, b);
    long longest = Math.max(a, b);
    RetryBackoff backoff = new RetryBackoff(first, longest, Integer.MAX_VALUE);
    long delay = backoff.delayMillis(failures);
    assertThat(delay).isBetween(first, longest);
    assertThat(backoff.delayMillis(failures + 1)).isGreaterThanOrEqualTo(delay);
    assertThat(backoff.delayMillis(1)).isEqualTo(first);
    assertThat(backoff.delayMillis(Integer.MAX_VALUE)).isEqualTo(longest);
  }

  @Example
  void delayMillis_doublesToTheLongest() {
    RetryBackoff backoff = new RetryBackoff(100, 10_000, Integer.MAX_VALUE);
    assertThat(List.of(1, 2, 3, 7, 8, 44, 58, 1000).stream().map(backoff::delayMillis))
        .containsExactly(100L, 200L, 400L, 6_400L, 10_000L, 10_000L, 10_000L, 10_000L);
  }

  @Property(tries = 200)
  void schedule_randomFailuresAndRetries_equalsAMapOfDueTimes(@ForAll long seed) {
    Random random = new Random(seed);
    try (Time.SimulatedTime time = new Time.SimulatedTime()) {
      assertThat(time).isNotNull();
      RetryBackoff backoff =
          Utils.javaDeserialize(
              Utils.javaSerialize(new RetryBackoff(10, 1_000, 60)), RetryBackoff.class);
      Map<KafkaSpoutMessageId, Long> due = new HashMap<>(); // the model
      Map<KafkaSpoutMessageId, Integer> failures = new HashMap<>();
      for (int i = 0; i < 300; i++) {
        TopicPartition partition = random.nextBoolean() ? ZERO : ONE;
        KafkaSpoutMessageId id = backoff.getMessageId(partition, random.nextInt(20));
        switch (random.nextInt(5)) {
          case 0, 1 -> {
            id.incrementNumFails();
            int count = failures.getOrDefault(id, 0);
            count = due.containsKey(id) ? count + 1 : 1;
            failures.put(id, count);
            boolean scheduled = backoff.schedule(id);
            assertThat(scheduled).as("nothing was acked").isTrue();
            due.put(id, Time.currentTimeMillis() + Math.min(1_000, 10L << Math.min(count - 1, 40)));
          }
          case 2 -> assertThat(backoff.remove(id)).isEqualTo(due.remove(id) != null);
          case 3 -> Time.advanceTime(random.nextInt(200));
          default -> {
            int below = random.nextInt(200);
            if (below < 10) {
              assertThat(backoff.retainAll(List.of(ONE)))
                  .isEqualTo(due.keySet().removeIf(each -> each.partition() != 1));
            } else if (below < 20) {
              List<KafkaSpoutMessageId> gone =
                  due.keySet().stream()
                      .filter(each -> each.getTopicPartition().equals(partition))
                      .filter(each -> each.offset() < below)
                      .toList();
              assertThat(backoff.removeBelow(partition, below))
                  .containsExactlyInAnyOrderElementsOf(gone);
              gone.forEach(due::remove);
            }
          }
        }
        long now = Time.currentTimeMillis();
        Map<TopicPartition, Long> earliest = new HashMap<>();
        due.forEach(
            (each, at) -> {
              if (at <= now) {
                earliest.merge(each.getTopicPartition(), each.offset(), Math::min);
              }
            });
        assertThat(backoff.earliestRetriableOffsets()).as("seed %d", seed).isEqualTo(earliest);
        assertThat(backoff.readyMessageCount())
            .isEqualTo((int) due.values().stream().filter(at -> at <= now).count());
        assertThat(backoff.partitions())
            .isEqualTo(
                due.keySet().stream().map(each -> each.getTopicPartition()).collect(toSet()));
        assertThat(backoff.isScheduled(id)).isEqualTo(due.containsKey(id));
        assertThat(backoff.isReady(id)).isEqualTo(due.getOrDefault(id, Long.MAX_VALUE) <= now);
      }
    }
  }

  @Example
  void isReady_afterManyFailures_waitsForTheDelay() {
    try (Time.SimulatedTime time = new Time.SimulatedTime()) {
      assertThat(time).isNotNull();
      RetryBackoff backoff = new RetryBackoff(2, 10_000, Integer.MAX_VALUE);
      KafkaSpoutMessageId id = backoff.getMessageId(ZERO, 7);
      for (int failure = 1; failure <= 200; failure++) {
        id.incrementNumFails();
        assertThat(backoff.schedule(id)).isTrue();
        assertThat(backoff.isReady(id)).as("at failure %d", failure).isFalse();
        Time.advanceTime(10_000);
        assertThat(backoff.isReady(id)).isTrue();
        assertThat(backoff.remove(id)).isTrue();
      }
    }
  }
}
