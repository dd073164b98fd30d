package io.thalweg.storm.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
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

    long asked;
    long reachThen;
    long reach = Long.MIN_VALUE;
    long confirmedThen;
    long confirmedBefore = -1;

    long advance(long now) {
      partitions.values().forEach(partition -> partition.hear(now));
      partitions.values().stream()
          .map(partition -> partition.holds(disorder))
          .min(Long::compare)
          .ifPresent(low -> watermark = Math.max(watermark, low));
      long low =
          partitions.values().stream()
              .filter(partition -> !partition.isIdle())
              .mapToLong(partition -> partition.holds(disorder))
              .reduce(reach, Math::min);
      watermark = low == Long.MAX_VALUE ? watermark : Math.max(watermark, low);
      return watermark;
    }

    List<String> ask(long now) {
      partitions.values().forEach(partition -> partition.hear(now));
      asked = now;
      confirmedThen = arrived();
      reachThen =
          partitions.values().stream()
              .filter(partition -> !isQuiet(partition))
              .mapToLong(partition -> partition.holds(disorder))
              .min()
              .orElse(Long.MIN_VALUE); // nobody has gone further than what has just woken
      return partitions.keySet().stream().filter(p -> isQuiet(partitions.get(p))).toList();
    }

    boolean isQuiet(ModelPartition partition) {
      return !partition.active
          && partition.hasNoTimeInFlight()
          && asked - partition.lastActive >= idleAfter;
    }

    void answer(Set<String> read) {
      partitions.forEach((p, of) -> of.resting = isQuiet(of) && read.contains(p));
      reach = reachThen;
      confirmedBefore = confirmedThen;
    }

    boolean idle() {
      return partitions.values().stream().allMatch(ModelPartition::isIdle);
    }

    long confirmed() {
      return idle() ? confirmedBefore : arrived();
    }

    long arrived() {
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
    final Map<Long, Long> holds = new HashMap<>();
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

    boolean hasNoTimeInFlight() {
      return polled <= last() && unacked().stream().noneMatch(this::hasTime);
    }

    boolean hasTime(long offset) {
      return times.get(offset) != InFlightOffsets.NONE;
    }

    boolean isIdle() {
      return resting && hasNoTimeInFlight();
    }

    void emit(long offset, long time, long disorder) {
      holds.put(offset, Math.max(time, bound(disorder)));
      times.put(offset, time);
    }

    long bound(long disorder) {
      long largest = largest(times);
      return largest == InFlightOffsets.NONE ? Long.MIN_VALUE : largest - disorder;
    }

    long holds(long disorder) {
      return unacked().stream()
          .filter(this::hasTime)
          .map(holds::get)
          .reduce(bound(disorder), Math::min);
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
      long before = random.nextInt(3) == 0 ? random.nextInt(200) : InFlightOffsets.NONE;
      low.assign("p" + i, "source/" + i, start, before, now);
      model.partitions.put("p" + i, new ModelPartition(start, before, now));
    }
    long time = 0;
    boolean asked = false;
    for (int step = 0; step < steps; step++) {
      String name = "p" + random.nextInt(partitions);
      ModelPartition partition = model.partitions.get(name);
      time += random.nextInt(10);
      switch (random.nextInt(16)) {
        case 0, 1, 2, 3 -> {
          long offset = partition.last() + 1 + random.nextInt(gap);
          long of = random.nextInt(10) == 0 ? InFlightOffsets.NONE : time - random.nextInt(60);
          low.emitted(name, offset, of);
          partition.emit(offset, of, disorder);
          if (of != InFlightOffsets.NONE) {
            partition.wake();
          }
        }
        case 4, 5, 6, 7, 8 -> {
          List<Long> unacked = partition.unacked();
          if (!unacked.isEmpty()) {
            long offset = unacked.get(random.nextInt(unacked.size()));
            low.settled(name, offset);
            partition.settled.add(offset);
            if (partition.hasTime(offset)) {
              partition.wake();
            }
          }
        }
        case 9 -> { // an ack of what is not under way, an emission again of what is
          low.settled(name, partition.last() + 1 + random.nextInt(5));
          low.settled(name, partition.mark() - 1);
          if (!partition.unacked().isEmpty()) {
            low.emitted(name, partition.mark(), partition.times.get(partition.mark()));
            if (partition.hasTime(partition.mark())) {
              partition.wake();
            }
          }
        }
        case 10 -> {
          long last = partition.last() + random.nextInt(3);
          low.polled(name, last);
          partition.polled = Math.max(partition.polled, last);
        }
        case 11 -> now += random.nextInt(random.nextInt(3) == 0 ? 300 : 60);
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
        case 13 -> {
          long before = low.watermark();
          assertThat(low.advance(now)).isEqualTo(model.advance(now)).isGreaterThanOrEqualTo(before);
        }
        case 14 -> {
          if (!asked) {
            assertThat(low.ask(now)).containsExactlyInAnyOrderElementsOf(model.ask(now));
            asked = true;
          }
        }
        default -> {
          if (asked) {
            Set<String> read = new HashSet<>(model.partitions.keySet());
            read.removeIf(p -> random.nextInt(4) == 0);
            low.answer(read); // nothing for those that are not quiet
            model.answer(read);
            asked = false;
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
      assertThat(low.watermark()).isEqualTo(model.watermark);
      assertThat(low.idle()).isEqualTo(model.idle());
      assertThat(low.confirmed()).isEqualTo(model.confirmed());
      assertThat(low.unconfirmed()).isEqualTo(sent.size() - 1 - model.arrived());
    }
  }

  private final LowWatermark<String> low = new LowWatermark<>(10, 5_000);

  @Test
  void partitionWithoutRecord_holdsTheWatermark_untilItRests() {
    low.assign("a", "a", 0, InFlightOffsets.NONE, 0);
    low.assign("b", "b", 0, InFlightOffsets.NONE, 0);
    low.emitted("a", 0, 1_000);
    assertThat(low.advance(1)).isEqualTo(Long.MIN_VALUE);
    assertThat(low.ask(4_999)).isEmpty();
    assertThat(low.ask(5_000)).containsExactly("b");
    assertThat(low.advance(5_000)).isEqualTo(Long.MIN_VALUE);
    low.answer(Set.of("b"));
    assertThat(low.advance(5_000)).isEqualTo(990);
    assertThat(low.idle()).isFalse();
  }

  @Test
  void whenNothingCounts_theWatermarkStays_andLaterRecordsCannotMoveItBack() {
    low.assign("a", "a", 0, InFlightOffsets.NONE, 0);
    low.emitted("a", 0, 1_000);
    low.settled("a", 0);
    low.advance(0);
    low.ask(5_000);
    low.answer(Set.of("a"));
    assertThat(low.idle()).isTrue();
    assertThat(low.advance(90_000)).isEqualTo(990);
    low.emitted("a", 1, 5);
    assertThat(low.idle()).isFalse();
    assertThat(low.advance(90_001)).isEqualTo(990);
  }

  @Test
  void answerThatComesLate_doesNotCountForALaterSilence() {
    low.assign("a", "a", 0, InFlightOffsets.NONE, 0);
    assertThat(low.ask(5_000)).containsExactly("a");
    low.emitted("a", 0, 1_000);
    low.settled("a", 0);
    low.advance(6_000);
    low.advance(11_000);
    low.answer(Set.of("a"));
    assertThat(low.idle()).isFalse();
    assertThat(low.ask(11_000)).containsExactly("a");
    low.answer(Set.of("a"));
    assertThat(low.idle()).isTrue();
  }

  /** What comes to it then is no older than what the others had before. */
  @Test
  void partitionThatRests_letsTheWatermarkGo_asFarAsOthersWereWhenItsEndWasAsked() {
    low.assign("a", "a", 0, InFlightOffsets.NONE, 0);
    low.assign("b", "b", 0, InFlightOffsets.NONE, 0);
    low.emitted("a", 0, 1_000);
    low.settled("a", 0);
    assertThat(low.ask(5_000)).contains("b");
    low.emitted("a", 1, 6_000);
    low.answer(Set.of("b"));
    assertThat(low.advance(5_200)).isEqualTo(990);
    // Something has come to it, and is not read.
    low.ask(5_200);
    low.answer(Set.of());
    assertThat(low.advance(5_400)).isEqualTo(990);
    low.ask(5_600);
    low.answer(Set.of("b"));
    assertThat(low.advance(5_600)).isEqualTo(5_990);
  }

  @Test
  void partitionThatWakesFirst_waitsForWhatCameToOthersBefore() {
    low.assign("a", "a", 0, InFlightOffsets.NONE, 0);
    low.assign("b", "b", 0, InFlightOffsets.NONE, 0);
    for (String each : List.of("a", "b")) {
      low.emitted(each, 0, 1_000);
      low.settled(each, 0);
    }
    low.advance(0);
    low.ask(5_000);
    low.answer(Set.of("a", "b"));
    low.ask(5_200);
    // Now something comes to b that cannot be read, and then to a.
    low.emitted("a", 1, 60_000);
    low.settled("a", 1);
    assertThat(low.advance(5_200)).isEqualTo(990);
    low.answer(Set.of("a", "b"));
    assertThat(low.advance(5_400)).isEqualTo(990);
    low.ask(5_600);
    low.answer(Set.of());
    assertThat(low.advance(5_600)).isEqualTo(990);
    low.ask(5_800);
    low.answer(Set.of("b"));
    assertThat(low.advance(5_800)).isEqualTo(59_990);
  }

  @Test
  void confirmed_ofAnIdleTask_isWhatWasSoWhenItWasAsked() {
    low.assign("a", "a", 0, InFlightOffsets.NONE, 0);
    low.confirm(low.nextSequence());
    low.ask(5_000);
    low.confirm(low.nextSequence());
    assertThat(low.confirmed()).isEqualTo(1);
    low.answer(Set.of("a"));
    assertThat(low.confirmed()).isZero();
    assertThat(low.unconfirmed()).isZero();
    low.emitted("a", 0, 1_000);
    assertThat(low.confirmed()).isEqualTo(1);
  }

  @Test
  void end_isNotIdle_andConfirmsAllThatArrived() {
    low.assign("a", "a", 0, InFlightOffsets.NONE, 0);
    low.ask(5_000);
    low.answer(Set.of("a"));
    low.end();
    low.confirm(low.nextSequence());
    assertThat(low.idle()).isFalse();
    assertThat(low.confirmed()).isZero();
  }

  @Test
  void unackedRecord_holdsTheWatermark_howeverLongItFails() {
    low.assign("a", "a", 0, InFlightOffsets.NONE, 0);
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
    low.assign("a", "a", 0, InFlightOffsets.NONE, 0);
    low.emitted("a", 0, Long.MIN_VALUE + 1);
    assertThat(low.advance(0)).isEqualTo(Long.MIN_VALUE);
    low.settled("a", 0);
    low.emitted("a", 1, Long.MAX_VALUE - 1);
    low.settled("a", 1);
    assertThat(low.advance(0)).isEqualTo(Long.MAX_VALUE - 11);
    low.end();
    assertThat(low.advance(1)).isEqualTo(Long.MAX_VALUE);
  }

  /**
   * Liveness: whatever stale, unreadable or failing records come beside good ones, the watermark is
   * behind the largest event time by no more than disorder, time to ack and one heartbeat.
   */
  @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
  void watermark_reachesWhatGoodRecordsReached_withinDisorderAndTimeToAck(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 4) int partitions,
      @ForAll @IntRange(min = 1, max = 400) int timeToAck,
      @ForAll @IntRange(max = 100) int stalePercent,
      @ForAll @IntRange(max = 100) int unreadablePercent,
      @ForAll boolean poisonPartition) {
    Random random = new Random(seed);
    long disorder = 500;
    long idle = 1_000;
    int heartbeat = 200;
    LowWatermark<Integer> low = new LowWatermark<>(disorder, idle);
    int all = partitions + (poisonPartition ? 1 : 0);
    long[] next = new long[all];
    for (int p = 0; p < all; p++) {
      low.assign(p, "source/" + p, 0, InFlightOffsets.NONE, 0);
    }
    record Emitted(int partition, long offset, long at, boolean fails) {}
    ArrayDeque<Emitted> inFlight = new ArrayDeque<>();
    List<Integer> asked = null;
    for (long now = 0; now <= 8_000; now++) {
      for (int p = 0; p < all; p++) {
        if (random.nextInt(10) > 0) {
          continue;
        }
        boolean poison = p == partitions || random.nextInt(100) < unreadablePercent;
        boolean stale = random.nextInt(100) < stalePercent;
        long time =
            poison
                ? InFlightOffsets.NONE
                : stale ? now - random.nextInt(100_000) : now - random.nextInt((int) disorder);
        low.polled(p, next[p]);
        low.emitted(p, next[p], time);
        inFlight.add(new Emitted(p, next[p]++, now, random.nextInt(50) == 0));
      }
      if (now % 10 == 0) { // a good record in each partition but that of poison
        for (int p = 0; p < partitions; p++) {
          low.polled(p, next[p]);
          low.emitted(p, next[p], now);
          inFlight.add(new Emitted(p, next[p]++, now, false));
        }
      }
      while (!inFlight.isEmpty() && now - inFlight.peek().at >= timeToAck) {
        Emitted done = inFlight.poll();
        if (done.fails) { // it is emitted again, and acked then
          inFlight.add(new Emitted(done.partition, done.offset, now, false));
        } else {
          low.settled(done.partition, done.offset);
        }
      }
      if (now % heartbeat == heartbeat * 4 / 5) {
        asked = low.ask(now);
      } else if (now % heartbeat == heartbeat * 9 / 10) {
        low.answer(new HashSet<>(asked)); // all are read to their ends
      } else if (now % heartbeat == 0) {
        long watermark = low.advance(now);
        long start = poisonPartition ? idle + 2 * heartbeat : 0;
        if (now > start + disorder + 2 * timeToAck + heartbeat) {
          assertThat(now - watermark)
              .as("the watermark is behind the newest good record")
              .isLessThanOrEqualTo(disorder + 2L * timeToAck + heartbeat);
        }
      }
    }
  }

  @Test
  void lateRecordInFlight_doesNotHoldTheWatermark() {
    low.assign("a", "a", 0, InFlightOffsets.NONE, 0);
    low.emitted("a", 0, 1_000);
    low.settled("a", 0);
    low.emitted("a", 1, 5);
    assertThat(low.advance(0)).isEqualTo(990);
    low.emitted("a", 2, 2_000);
    low.settled("a", 2);
    assertThat(low.advance(0)).as("the bound when the late record was emitted").isEqualTo(990);
    low.emitted("a", 1, 5); // again, after it failed
    assertThat(low.advance(0)).isEqualTo(990);
    low.settled("a", 1);
    assertThat(low.advance(0)).isEqualTo(1_990);
  }

  @Test
  void partitionOfUnreadableRecords_becomesIdle() {
    low.assign("good", "g", 0, InFlightOffsets.NONE, 0);
    low.assign("poison", "p", 0, InFlightOffsets.NONE, 0);
    low.emitted("good", 0, 60_000);
    low.settled("good", 0);
    for (int i = 0; i < 60; i++) {
      low.polled("poison", i);
      low.emitted("poison", i, InFlightOffsets.NONE);
    }
    assertThat(low.ask(5_000)).contains("poison");
    low.emitted("good", 1, 60_500);
    low.answer(Set.of("poison"));
    assertThat(low.advance(5_200)).isEqualTo(59_990);
    assertThat(low.idle()).isFalse();
    low.polled("poison", 60);
    low.emitted("good", 2, 70_000);
    low.settled("good", 1);
    low.settled("good", 2);
    assertThat(low.advance(5_300))
        .as("a record that is polled may have an event time")
        .isEqualTo(59_990);
    low.emitted("poison", 60, 65_000);
    low.ask(5_400);
    low.answer(Set.of());
    assertThat(low.advance(5_400)).isEqualTo(64_990);
  }

  @Test
  void offsetThatWentBack_isRefused() {
    low.assign("a", "a", 0, InFlightOffsets.NONE, 0);
    low.emitted("a", 5, 1);
    low.settled("a", 5);
    assertThatThrownBy(() -> low.emitted("a", 2, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("offset must follow 5 or be under way: 2");
  }

  @Test
  void forgottenPartition_isSilent() {
    low.assign("a", "a", 0, InFlightOffsets.NONE, 0);
    low.assign("b", "b", 0, InFlightOffsets.NONE, 0);
    low.emitted("b", 0, 50);
    low.retain(List.of("b"));
    low.emitted("a", 0, 1);
    low.settled("a", 0);
    low.polled("a", 9);
    assertThat(low.advance(0)).isEqualTo(40);
    assertThat(low.marks()).isEqualTo(Map.of("b", 0L));
  }
}
