package io.thalweg.storm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The watermark against a model that keeps everything and looks at all of it every time. */
class LowWatermarkPropertyTest {

  /** What is said in the documentation, with no thought for cost. */
  private static final class Model {
    final long disorder;
    final long idleAfter;
    long watermark = Long.MIN_VALUE;
    final Map<String, ModelPartition> partitions = new HashMap<>();
    final Set<Long> acked = new HashSet<>();

    Model(long disorder, long idleAfter) {
      this.disorder = disorder;
      this.idleAfter = idleAfter;
    }

    long advance(long now) {
      partitions.values().forEach(partition -> partition.hear(now));
      List<Long> bounds = new ArrayList<>();
      for (ModelPartition partition : partitions.values()) {
        if (!partition.resting) {
          long largest = partition.largest(partition.times);
          bounds.add(largest == Flight.NONE ? Long.MIN_VALUE : largest - disorder);
          partition.times.forEach(
              (offset, time) -> {
                if (!partition.settled.contains(offset) && time != Flight.NONE) {
                  bounds.add(time);
                }
              });
        }
      }
      bounds.stream().min(Long::compare).ifPresent(low -> watermark = Math.max(watermark, low));
      return watermark;
    }

    long confirmed() {
      long last = -1;
      while (acked.contains(last + 1)) {
        last++;
      }
      return last;
    }
  }

  private static final class ModelPartition {
    final long start;
    final long before;
    final TreeMap<Long, Long> times = new TreeMap<>();
    final Set<Long> settled = new HashSet<>();
    long polled;
    long lastActive;
    boolean active;
    boolean resting;

    ModelPartition(long start, long before, long now) {
      this.start = start;
      this.before = before;
      this.polled = start - 1;
      this.lastActive = now;
    }

    void hear(long now) {
      lastActive = active ? now : lastActive;
      active = false;
    }

    void wake() {
      active = true;
      resting = false;
    }

    long last() {
      return times.isEmpty() ? start - 1 : times.lastKey();
    }

    List<Long> unacked() {
      return times.keySet().stream().filter(offset -> !settled.contains(offset)).toList();
    }

    boolean done() {
      return unacked().isEmpty() && polled <= last();
    }

    long mark() {
      return unacked().stream().min(Long::compare).orElse(last() + 1);
    }

    long settledLargest() {
      return largest(times.headMap(mark()));
    }

    long largest(Map<Long, Long> of) {
      return of.values().stream().max(Long::compare).map(t -> Math.max(t, before)).orElse(before);
    }
  }

  @Property(tries = 2_000, edgeCases = EdgeCasesMode.NONE)
  void watermarkMarksAndRest_areThoseOfTheModel(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 400) int steps,
      @ForAll @IntRange(min = 1, max = 4) int partitions,
      @ForAll @IntRange(max = 50) int disorder,
      @ForAll @IntRange(min = 1, max = 8) int gap) {
    Random random = new Random(seed);
    LowWatermark<String> low = new LowWatermark<>(disorder, 100);
    Model model = new Model(disorder, 100);
    long now = random.nextInt(1000) - 500;
    List<Long> sent = new ArrayList<>();
    for (int i = 0; i < partitions; i++) {
      long start = random.nextInt(1000);
      long before = random.nextInt(3) == 0 ? random.nextInt(200) : Flight.NONE;
      low.assign("p" + i, "source/" + i, start, before, now);
      model.partitions.put("p" + i, new ModelPartition(start, before, now));
    }
    long time = 0;
    for (int step = 0; step < steps; step++) {
      String name = "p" + random.nextInt(partitions);
      ModelPartition partition = model.partitions.get(name);
      time += random.nextInt(10);
      switch (random.nextInt(14)) {
        case 0, 1, 2, 3 -> {
          long offset = partition.last() + 1 + random.nextInt(gap);
          long of = random.nextInt(10) == 0 ? Flight.NONE : time - random.nextInt(60);
          low.emitted(name, offset, of);
          partition.times.put(offset, of);
          partition.wake();
        }
        case 4, 5, 6, 7, 8 -> {
          List<Long> unacked = partition.unacked();
          if (!unacked.isEmpty()) {
            long offset = unacked.get(random.nextInt(unacked.size()));
            low.settled(name, offset);
            partition.settled.add(offset);
            partition.wake();
          }
        }
        case 9 -> { // an ack of what is not under way, an emission again of what is
          low.settled(name, partition.last() + 1 + random.nextInt(5));
          low.settled(name, partition.mark() - 1);
          if (!partition.unacked().isEmpty()) {
            low.emitted(name, partition.mark(), partition.times.get(partition.mark()));
            partition.wake();
          }
        }
        case 10 -> {
          long last = partition.last() + random.nextInt(3);
          low.polled(name, last);
          partition.polled = Math.max(partition.polled, last);
          partition.wake();
        }
        case 11 -> now += random.nextInt(90);
        case 12 -> {
          if (random.nextBoolean() || sent.isEmpty()) {
            assertThat(low.nextSequence()).isEqualTo(sent.size());
            sent.add((long) sent.size());
          } else {
            long beat = sent.get(random.nextInt(sent.size()));
            low.confirm(beat);
            model.acked.add(beat);
          }
        }
        default -> {
          long before = low.watermark();
          assertThat(low.advance(now)).isEqualTo(model.advance(now)).isGreaterThanOrEqualTo(before);
          long then = now;
          List<String> quiet =
              model.partitions.keySet().stream()
                  .filter(
                      p -> {
                        ModelPartition of = model.partitions.get(p);
                        return !of.resting && of.done() && then - of.lastActive >= 100;
                      })
                  .toList();
          assertThat(low.quiet(now)).containsExactlyInAnyOrderElementsOf(quiet);
          if (random.nextBoolean()) {
            low.rest(name, now); // nothing for those that are not quiet
            partition.resting |= quiet.contains(name);
          }
        }
      }
      model.partitions.forEach(
          (p, of) -> {
            assertThat(low.mark(p)).isEqualTo(of.mark());
            assertThat(low.settledLargest(p)).isEqualTo(of.settledLargest());
          });
      assertThat(low.unacked())
          .isEqualTo(model.partitions.values().stream().mapToLong(of -> of.unacked().size()).sum());
      assertThat(low.done())
          .isEqualTo(model.partitions.values().stream().allMatch(ModelPartition::done));
      assertThat(low.idle())
          .isEqualTo(model.partitions.values().stream().allMatch(of -> of.resting));
      assertThat(low.confirmed()).isEqualTo(model.confirmed());
      assertThat(low.unconfirmed()).isEqualTo(sent.size() - 1 - model.confirmed());
    }
  }

  private final LowWatermark<String> low = new LowWatermark<>(10, 5_000);

  @Test
  void partitionWithoutRecord_holdsTheWatermark_untilItRests() {
    low.assign("a", "a", 0, Flight.NONE, 0);
    low.assign("b", "b", 0, Flight.NONE, 0);
    low.emitted("a", 0, 1_000);
    assertThat(low.advance(1)).isEqualTo(Long.MIN_VALUE);
    assertThat(low.advance(4_999)).isEqualTo(Long.MIN_VALUE);
    assertThat(low.quiet(4_999)).isEmpty();
    low.advance(5_000);
    assertThat(low.quiet(5_000)).containsExactly("b");
    low.rest("b", 5_000);
    assertThat(low.advance(5_000)).isEqualTo(990);
    assertThat(low.idle()).isFalse();
  }

  @Test
  void whenNothingCounts_theWatermarkStays_andLaterRecordsCannotMoveItBack() {
    low.assign("a", "a", 0, Flight.NONE, 0);
    low.emitted("a", 0, 1_000);
    low.settled("a", 0);
    low.advance(0);
    low.rest("a", 5_000);
    assertThat(low.idle()).isTrue();
    assertThat(low.advance(90_000)).isEqualTo(990);
    low.emitted("a", 1, 5);
    assertThat(low.idle()).isFalse();
    assertThat(low.advance(90_001)).isEqualTo(990);
  }

  @Test
  void answerThatComesLate_doesNotCountForALaterSilence() {
    low.assign("a", "a", 0, Flight.NONE, 0);
    low.advance(5_000);
    assertThat(low.quiet(5_000)).containsExactly("a");
    low.emitted("a", 0, 1_000);
    low.settled("a", 0);
    low.advance(6_000);
    low.advance(11_000);
    low.rest("a", 5_000);
    assertThat(low.idle()).isFalse();
    low.rest("a", 11_000);
    assertThat(low.idle()).isTrue();
  }

  @Test
  void recordPolledAndNotEmitted_keepsThePartitionFromResting() {
    low.assign("a", "a", 0, Flight.NONE, 0);
    low.polled("a", 3);
    low.advance(0);
    assertThat(low.quiet(100_000)).isEmpty();
    assertThat(low.done()).isFalse();
  }

  @Test
  void unackedRecord_holdsTheWatermark_howeverLongItFails() {
    low.assign("a", "a", 0, Flight.NONE, 0);
    low.emitted("a", 0, 100);
    for (int i = 1; i < 1_000; i++) {
      low.emitted("a", i, 100 + i);
      low.settled("a", i);
    }
    low.emitted("a", 0, 100);
    assertThat(low.advance(0)).isEqualTo(100);
    assertThat(low.marks()).isEqualTo(Map.of("a", 0L));
    low.settled("a", 0);
    assertThat(low.advance(0)).isEqualTo(1_089);
    assertThat(low.marks()).isEqualTo(Map.of("a", 1_000L));
  }

  @Test
  void end_isForEver_andExtremeTimesDoNotWrap() {
    low.assign("a", "a", 0, Flight.NONE, 0);
    low.emitted("a", 0, Long.MIN_VALUE + 1);
    assertThat(low.advance(0)).isEqualTo(Long.MIN_VALUE);
    low.settled("a", 0);
    low.emitted("a", 1, Long.MAX_VALUE - 1);
    low.settled("a", 1);
    assertThat(low.advance(0)).isEqualTo(Long.MAX_VALUE - 11);
    low.end();
    assertThat(low.advance(1)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void offsetThatWentBack_isRefused() {
    low.assign("a", "a", 0, Flight.NONE, 0);
    low.emitted("a", 5, 1);
    low.settled("a", 5);
    assertThatThrownBy(() -> low.emitted("a", 2, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("offset must follow 5 or be under way: 2");
  }

  @Test
  void forgottenPartition_isSilent() {
    low.assign("a", "a", 0, Flight.NONE, 0);
    low.assign("b", "b", 0, Flight.NONE, 0);
    low.emitted("b", 0, 50);
    low.retain(List.of("b"));
    low.emitted("a", 0, 1);
    low.settled("a", 0);
    low.polled("a", 9);
    assertThat(low.advance(0)).isEqualTo(40);
    assertThat(low.marks()).isEqualTo(Map.of("b", 0L));
  }
}
