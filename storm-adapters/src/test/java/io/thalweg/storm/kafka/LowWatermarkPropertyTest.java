package io.thalweg.storm.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.storm.Heartbeat;
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

/** Properties of {@link LowWatermark}, compared with a model that recomputes everything. */
class LowWatermarkPropertyTest {

  private static final long DISTANCE = 50;

  /** Model of the documented rule, without regard for cost. */
  private static final class Model {
    final long disorder;
    final long idleTimeout;
    long watermark = Long.MIN_VALUE;
    final Map<String, ModelPartition> partitions = new HashMap<>();
    final Set<Long> acked = new HashSet<>();

    Model(long disorder, long idleTimeout) {
      this.disorder = disorder;
      this.idleTimeout = idleTimeout;
    }

    long checkedAt;
    long nextReach;
    long reach = Long.MIN_VALUE;
    long nextConfirmed;
    long confirmedAtCheck = -1;
    long nextClock;
    long clockAtCheck;

    /** Starts of the finished checks. */
    final List<Long> finished = new ArrayList<>();

    long advance(long now) {
      partitions.values().forEach(partition -> partition.updateLastActive(now, idleTimeout));
      partitions.values().stream()
          .map(partition -> partition.limit(disorder))
          .min(Long::compare)
          .ifPresent(low -> watermark = Math.max(watermark, low));
      long low =
          partitions.values().stream()
              .filter(partition -> !partition.isIdle())
              .mapToLong(partition -> partition.limit(disorder))
              .reduce(reach, Math::min);
      watermark = low == Long.MAX_VALUE ? watermark : Math.max(watermark, low);
      return watermark;
    }

    List<String> startIdleCheck(long now, long clock) {
      partitions.values().forEach(partition -> partition.updateLastActive(now, idleTimeout));
      partitions.values().forEach(partition -> partition.updateDelay(clock));
      nextClock =
          clock - DISTANCE - partitions.values().stream().mapToLong(p -> p.delay).max().orElse(0);
      checkedAt = now;
      nextConfirmed = lastConfirmed();
      nextReach =
          partitions.values().stream()
              .filter(partition -> !isCandidate(partition))
              .mapToLong(partition -> partition.limit(disorder))
              .min()
              .orElseGet(
                  () -> // the first active partition must wait for the next check
                  partitions.values().stream()
                          .mapToLong(partition -> partition.limit(disorder))
                          .filter(limit -> limit > Long.MIN_VALUE)
                          .min()
                          .orElse(Long.MIN_VALUE));
      return partitions.keySet().stream().filter(p -> isCandidate(partitions.get(p))).toList();
    }

    boolean isCandidate(ModelPartition partition) {
      return !partition.active
          && partition.hasNoActivityInFlight()
          && checkedAt - partition.lastActive >= idleTimeout;
    }

    void finishIdleCheck(Set<String> read) {
      partitions.forEach((p, of) -> of.markedIdle = isCandidate(of) && read.contains(p));
      reach = nextReach;
      confirmedAtCheck = nextConfirmed;
      clockAtCheck = nextClock;
      finished.add(checkedAt);
    }

    /** Returns the clock of an idle task whose checks were finished for the idle timeout. */
    long clock() {
      int last = finished.size() - 1;
      int first = last;
      while (first > 0 && finished.get(first) - finished.get(first - 1) <= idleTimeout) {
        first--;
      }
      return isIdle() && last >= 0 && finished.get(last) - finished.get(first) >= idleTimeout
          ? clockAtCheck
          : Heartbeat.NO_CLOCK;
    }

    boolean isIdle() {
      return partitions.values().stream().allMatch(ModelPartition::isIdle);
    }

    long confirmed() {
      return isIdle() ? confirmedAtCheck : lastConfirmed();
    }

    long lastConfirmed() {
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

    /** Offsets of the records that were activity when they were first emitted. */
    final Set<Long> activity = new HashSet<>();

    /** On-time event times emitted for the first time since the last check. */
    final List<Long> onTimeSinceCheck = new ArrayList<>();

    long delay;
    long polled;
    long lastActive;
    boolean active;
    long lastOnTime;
    boolean onTime;
    boolean lateIsActivity = true;
    boolean markedIdle;
    long largestTime;

    ModelPartition(long start, long before, long now) {
      this.start = start;
      this.before = before;
      this.largestTime = before;
      this.polled = start - 1;
      this.lastActive = now;
      this.lastOnTime = now;
    }

    void updateLastActive(long now, long idle) {
      lastActive = active ? now : lastActive;
      active = false;
      lastOnTime = onTime ? now : lastOnTime;
      onTime = false;
      lateIsActivity = now - lastOnTime < 10 * idle;
    }

    void updateDelay(long clock) {
      if (!onTimeSinceCheck.isEmpty()) {
        long behind = clock - onTimeSinceCheck.stream().min(Long::compare).orElseThrow();
        delay = behind > Heartbeat.MAX_DELAY_MILLIS ? 0 : Math.max(0, behind);
        onTimeSinceCheck.clear();
      }
    }

    void onEmittedOrSettled(long offset) {
      if (activity.contains(offset)) {
        active = true;
        markedIdle = false;
      }
    }

    long last() {
      return times.isEmpty() ? start - 1 : times.lastKey();
    }

    List<Long> unacked() {
      return times.keySet().stream().filter(offset -> !settled.contains(offset)).toList();
    }

    boolean isDrained() {
      return unacked().isEmpty() && polled <= last();
    }

    boolean hasNoActivityInFlight() {
      return unacked().stream().noneMatch(activity::contains);
    }

    boolean hasTime(long offset) {
      return times.get(offset) != InFlightOffsets.NO_TIME;
    }

    boolean isIdle() {
      return markedIdle && hasNoActivityInFlight();
    }

    /** Makes a dead letter of a record in flight; its event time was read and still counts. */
    void giveUp(long offset) {
      times.put(offset, InFlightOffsets.NO_TIME);
      holds.put(offset, InFlightOffsets.NO_TIME);
      activity.remove(offset);
    }

    void emit(long offset, long time, long disorder) {
      boolean hasTime = time != InFlightOffsets.NO_TIME;
      holds.put(offset, hasTime ? Math.max(time, bound(disorder)) : time);
      if (hasTime && time >= bound(disorder)) {
        onTime = true;
        onTimeSinceCheck.add(time);
      }
      if (hasTime && (time >= bound(disorder) || lateIsActivity)) {
        activity.add(offset);
      }
      times.put(offset, time);
      largestTime = Math.max(largestTime, time);
    }

    long bound(long disorder) {
      return largestTime == InFlightOffsets.NO_TIME ? Long.MIN_VALUE : largestTime - disorder;
    }

    long limit(long disorder) {
      return unacked().stream()
          .filter(this::hasTime)
          .map(holds::get)
          .reduce(bound(disorder), Math::min);
    }

    long mark() {
      return unacked().stream().min(Long::compare).orElse(last() + 1);
    }

    long largestSettledTime() {
      return holds.entrySet().stream()
          .filter(each -> each.getKey() < mark())
          .map(Map.Entry::getValue)
          .reduce(before, Math::max);
    }
  }

  @Property(tries = 2_000, edgeCases = EdgeCasesMode.NONE)
  void watermarkMarksAndIdleness_equalTheModel(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 400) int steps,
      @ForAll @IntRange(min = 1, max = 4) int partitions,
      @ForAll @IntRange(max = 50) int disorder,
      @ForAll @IntRange(min = 1, max = 8) int gap) {
    Random random = new Random(seed);
    LowWatermark<String> low = new LowWatermark<>(disorder, 100, DISTANCE);
    Model model = new Model(disorder, 100);
    long now = random.nextInt(1000) - 500;
    long clockOffset = random.nextInt(4) == 0 ? 2 * Heartbeat.MAX_DELAY_MILLIS : 500;
    List<Long> sent = new ArrayList<>();
    for (int i = 0; i < partitions; i++) {
      long start = random.nextInt(1000);
      long before = random.nextInt(3) == 0 ? random.nextInt(200) : InFlightOffsets.NO_TIME;
      low.assign("p" + i, "source/" + i, start, before, now);
      model.partitions.put("p" + i, new ModelPartition(start, before, now));
    }
    long time = 0;
    boolean checking = false;
    for (int step = 0; step < steps; step++) {
      String name = "p" + random.nextInt(partitions);
      ModelPartition partition = model.partitions.get(name);
      time += random.nextInt(10);
      switch (random.nextInt(16)) {
        case 0, 1, 2, 3 -> {
          long offset = partition.last() + 1 + random.nextInt(gap);
          long of = random.nextInt(10) == 0 ? InFlightOffsets.NO_TIME : time - random.nextInt(60);
          low.onEmitted(name, offset, of);
          partition.emit(offset, of, disorder);
          partition.onEmittedOrSettled(offset);
        }
        case 4, 5, 6, 7, 8 -> {
          List<Long> unacked = partition.unacked();
          if (!unacked.isEmpty()) {
            long offset = unacked.get(random.nextInt(unacked.size()));
            low.onSettled(name, offset);
            partition.settled.add(offset);
            partition.onEmittedOrSettled(offset);
          }
        }
        case 9 -> { // acks of records that are not in flight, and a repeated emission
          low.onSettled(name, partition.last() + 1 + random.nextInt(5));
          low.onSettled(name, partition.mark() - 1);
          if (!partition.unacked().isEmpty()) {
            if (random.nextInt(4) == 0) { // it was given up
              partition.giveUp(partition.mark());
            }
            low.onEmitted(name, partition.mark(), partition.times.get(partition.mark()));
            partition.onEmittedOrSettled(partition.mark());
          }
        }
        case 10 -> {
          long last = partition.last() + random.nextInt(3);
          low.onPolled(name, last);
          partition.polled = Math.max(partition.polled, last);
        }
        case 11 -> now += random.nextInt(random.nextInt(3) == 0 ? 300 : 60);
        case 12 -> {
          if (random.nextBoolean() || sent.isEmpty()) {
            assertThat(low.nextSequence()).isEqualTo(sent.size());
            sent.add((long) sent.size());
          } else {
            long heartbeat = sent.get(random.nextInt(sent.size()));
            low.confirm(heartbeat);
            model.acked.add(heartbeat);
          }
        }
        case 13 -> {
          long before = low.watermark();
          assertThat(low.advance(now)).isEqualTo(model.advance(now)).isGreaterThanOrEqualTo(before);
        }
        case 14 -> {
          if (!checking) {
            long clock = now + clockOffset;
            assertThat(low.startIdleCheck(now, clock))
                .containsExactlyInAnyOrderElementsOf(model.startIdleCheck(now, clock));
            checking = true;
          }
        }
        default -> {
          if (checking) {
            Set<String> read = new HashSet<>(model.partitions.keySet());
            read.removeIf(p -> random.nextInt(4) == 0);
            low.finishIdleCheck(read); // has no effect on partitions that are no candidates
            model.finishIdleCheck(read);
            checking = false;
          }
        }
      }
      model.partitions.forEach(
          (p, of) -> {
            assertThat(low.mark(p)).isEqualTo(of.mark());
            assertThat(low.largestSettledTime(p)).isEqualTo(of.largestSettledTime());
          });
      assertThat(low.unacked())
          .isEqualTo(model.partitions.values().stream().mapToLong(of -> of.unacked().size()).sum());
      assertThat(low.isDrained())
          .isEqualTo(model.partitions.values().stream().allMatch(ModelPartition::isDrained));
      assertThat(low.watermark()).isEqualTo(model.watermark);
      assertThat(low.isIdle()).isEqualTo(model.isIdle());
      assertThat(low.confirmed()).isEqualTo(model.confirmed());
      assertThat(low.clock()).isEqualTo(model.clock());
      assertThat(low.unconfirmed()).isEqualTo(sent.size() - 1 - model.lastConfirmed());
    }
  }

  private static final int IDLE = 5_000;

  private final LowWatermark<String> low = new LowWatermark<>(10, IDLE, DISTANCE);

  @Test
  void advance_partitionWithoutRecord_holdsTheWatermarkUntilItIsIdle() {
    low.assign("a", "a", 0, InFlightOffsets.NO_TIME, 0);
    low.assign("b", "b", 0, InFlightOffsets.NO_TIME, 0);
    low.onEmitted("a", 0, 1_000);
    assertThat(low.advance(1)).isEqualTo(Long.MIN_VALUE);
    assertThat(low.startIdleCheck(4_999, 4_999)).isEmpty();
    assertThat(low.startIdleCheck(5_000, 5_000)).containsExactly("b");
    assertThat(low.advance(5_000)).isEqualTo(Long.MIN_VALUE);
    low.finishIdleCheck(Set.of("b"));
    assertThat(low.advance(5_000)).isEqualTo(990);
    assertThat(low.isIdle()).isFalse();
  }

  @Test
  void advance_allPartitionsIdle_keepsTheWatermark() {
    low.assign("a", "a", 0, InFlightOffsets.NO_TIME, 0);
    low.onEmitted("a", 0, 1_000);
    low.onSettled("a", 0);
    low.advance(0);
    low.startIdleCheck(5_000, 5_000);
    low.finishIdleCheck(Set.of("a"));
    assertThat(low.isIdle()).isTrue();
    assertThat(low.advance(90_000)).isEqualTo(990);
    low.onEmitted("a", 1, 5);
    assertThat(low.isIdle()).as("the record is late").isTrue();
    low.onEmitted("a", 2, 995);
    assertThat(low.isIdle()).isFalse();
    assertThat(low.advance(90_001)).isEqualTo(990);
  }

  @Test
  void finishIdleCheck_partitionActiveSinceTheStart_isNotIdle() {
    low.assign("a", "a", 0, InFlightOffsets.NO_TIME, 0);
    assertThat(low.startIdleCheck(5_000, 5_000)).containsExactly("a");
    low.onEmitted("a", 0, 1_000);
    low.onSettled("a", 0);
    low.advance(6_000);
    low.advance(11_000);
    low.finishIdleCheck(Set.of("a"));
    assertThat(low.isIdle()).isFalse();
    assertThat(low.startIdleCheck(11_000, 11_000)).containsExactly("a");
    low.finishIdleCheck(Set.of("a"));
    assertThat(low.isIdle()).isTrue();
  }

  @Test
  void advance_pastAnIdlePartition_stopsWhereTheOthersWereAtTheCheck() {
    low.assign("a", "a", 0, InFlightOffsets.NO_TIME, 0);
    low.assign("b", "b", 0, InFlightOffsets.NO_TIME, 0);
    low.onEmitted("a", 0, 1_000);
    low.onSettled("a", 0);
    assertThat(low.startIdleCheck(5_000, 5_000)).contains("b");
    low.onEmitted("a", 1, 6_000);
    low.finishIdleCheck(Set.of("b"));
    assertThat(low.advance(5_200)).isEqualTo(990);
    // A record was written to b, and is unread.
    low.startIdleCheck(5_200, 5_200);
    low.finishIdleCheck(Set.of());
    assertThat(low.advance(5_400)).isEqualTo(990);
    low.startIdleCheck(5_600, 5_600);
    low.finishIdleCheck(Set.of("b"));
    assertThat(low.advance(5_600)).isEqualTo(5_990);
  }

  @Test
  void advance_firstActivePartitionOfAll_waitsForTheOthers() {
    low.assign("a", "a", 0, InFlightOffsets.NO_TIME, 0);
    low.assign("b", "b", 0, InFlightOffsets.NO_TIME, 0);
    for (String each : List.of("a", "b")) {
      low.onEmitted(each, 0, 1_000);
      low.onSettled(each, 0);
    }
    low.advance(0);
    low.startIdleCheck(5_000, 5_000);
    low.finishIdleCheck(Set.of("a", "b"));
    low.startIdleCheck(5_200, 5_200);
    // A record is written to b but not read, then one to a.
    low.onEmitted("a", 1, 60_000);
    low.onSettled("a", 1);
    assertThat(low.advance(5_200)).isEqualTo(990);
    low.finishIdleCheck(Set.of("a", "b"));
    assertThat(low.advance(5_400)).isEqualTo(990);
    low.startIdleCheck(5_600, 5_600);
    low.finishIdleCheck(Set.of());
    assertThat(low.advance(5_600)).isEqualTo(990);
    low.startIdleCheck(5_800, 5_800);
    low.finishIdleCheck(Set.of("b"));
    assertThat(low.advance(5_800)).isEqualTo(59_990);
  }

  @Test
  void confirmed_ofAnIdleTask_isThatAtTheStartOfTheCheck() {
    low.assign("a", "a", 0, InFlightOffsets.NO_TIME, 0);
    low.confirm(low.nextSequence());
    low.startIdleCheck(5_000, 5_000);
    low.confirm(low.nextSequence());
    assertThat(low.confirmed()).isEqualTo(1);
    low.finishIdleCheck(Set.of("a"));
    assertThat(low.confirmed()).isZero();
    assertThat(low.unconfirmed()).isZero();
    low.onEmitted("a", 0, 1_000);
    assertThat(low.confirmed()).isEqualTo(1);
  }

  @Test
  void end_idleTask_isNotIdleAndConfirmsEverything() {
    low.assign("a", "a", 0, InFlightOffsets.NO_TIME, 0);
    low.startIdleCheck(5_000, 5_000);
    low.finishIdleCheck(Set.of("a"));
    low.end();
    low.confirm(low.nextSequence());
    assertThat(low.isIdle()).isFalse();
    assertThat(low.confirmed()).isZero();
  }

  @Test
  void advance_unackedRecord_holdsTheWatermark() {
    low.assign("a", "a", 0, InFlightOffsets.NO_TIME, 0);
    low.onEmitted("a", 0, 100);
    for (int i = 1; i < 1_000; i++) {
      low.onEmitted("a", i, 100 + i);
      low.onSettled("a", i);
    }
    low.onEmitted("a", 0, 100);
    assertThat(low.advance(0)).isEqualTo(100);
    assertThat(low.marks()).isEqualTo(Map.of("a", 0L));
    low.onSettled("a", 0);
    assertThat(low.advance(0)).isEqualTo(1_089);
    assertThat(low.marks()).isEqualTo(Map.of("a", 1_000L));
  }

  @Test
  void advance_extremeTimes_doesNotOverflow() {
    low.assign("a", "a", 0, InFlightOffsets.NO_TIME, 0);
    low.onEmitted("a", 0, Long.MIN_VALUE + 1);
    assertThat(low.advance(0)).isEqualTo(Long.MIN_VALUE);
    low.onSettled("a", 0);
    low.onEmitted("a", 1, Long.MAX_VALUE - 1);
    low.onSettled("a", 1);
    assertThat(low.advance(0)).isEqualTo(Long.MAX_VALUE - 11);
    low.end();
    assertThat(low.advance(1)).isEqualTo(Long.MAX_VALUE);
  }

  /**
   * Liveness: with any stale, unreadable or failing records among on-time ones, and in a partition
   * of their own, the watermark is behind the largest event time by at most the disorder, the time
   * to ack and one heartbeat.
   */
  @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
  void watermark_followsOnTimeRecordsWithinDisorderAndTimeToAck(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 4) int partitions,
      @ForAll @IntRange(min = 1, max = 400) int timeToAck,
      @ForAll @IntRange(max = 100) int stalePercent,
      @ForAll @IntRange(max = 100) int unreadablePercent,
      @ForAll boolean poisonPartition,
      @ForAll boolean stalePartition) {
    Random random = new Random(seed);
    long disorder = 500;
    long idle = 300;
    int heartbeat = 200;
    LowWatermark<Integer> low = new LowWatermark<>(disorder, idle, DISTANCE);
    int all = partitions + (poisonPartition ? 1 : 0) + (stalePartition ? 1 : 0);
    long[] next = new long[all];
    for (int p = 0; p < all; p++) {
      low.assign(p, "source/" + p, 0, InFlightOffsets.NO_TIME, 0);
    }
    if (stalePartition) { // the first record is not late
      low.onPolled(all - 1, next[all - 1]);
      low.onEmitted(all - 1, next[all - 1], 0);
      low.onSettled(all - 1, next[all - 1]++);
    }
    record Emitted(int partition, long offset, long at, boolean fails) {}
    ArrayDeque<Emitted> inFlight = new ArrayDeque<>();
    List<Integer> candidates = null;
    for (long now = 0; now <= 8_000; now++) {
      for (int p = 0; p < all; p++) {
        if (random.nextInt(10) > 0) {
          continue;
        }
        boolean late = stalePartition && p == all - 1;
        boolean poison = p >= partitions && !late || random.nextInt(100) < unreadablePercent;
        boolean stale = random.nextInt(100) < stalePercent;
        long time =
            poison
                ? InFlightOffsets.NO_TIME
                : late
                    ? -disorder - 1 - random.nextInt(100_000)
                    : stale ? now - random.nextInt(100_000) : now - random.nextInt((int) disorder);
        low.onPolled(p, next[p]);
        low.onEmitted(p, next[p], time);
        inFlight.add(new Emitted(p, next[p]++, now, random.nextInt(50) == 0));
      }
      if (now % 10 == 0) { // an on-time record in each readable partition
        for (int p = 0; p < partitions; p++) {
          low.onPolled(p, next[p]);
          low.onEmitted(p, next[p], now);
          inFlight.add(new Emitted(p, next[p]++, now, false));
        }
      }
      while (!inFlight.isEmpty() && now - inFlight.peek().at >= timeToAck) {
        Emitted done = inFlight.poll();
        if (done.fails) { // it is emitted again, and then acked
          inFlight.add(new Emitted(done.partition, done.offset, now, false));
        } else {
          low.onSettled(done.partition, done.offset);
        }
      }
      if (now % heartbeat == heartbeat * 4 / 5) {
        candidates = low.startIdleCheck(now, now);
      } else if (now % heartbeat == heartbeat * 9 / 10) {
        low.finishIdleCheck(new HashSet<>(candidates)); // all are read to their ends
      } else if (now % heartbeat == 0) {
        long watermark = low.advance(now);
        long start =
            all > partitions ? idle * (stalePartition ? 11 : 1) + 2 * timeToAck + 2 * heartbeat : 0;
        if (now > start + disorder + 2 * timeToAck + heartbeat) {
          assertThat(now - watermark)
              .as("distance to the newest on-time record")
              .isLessThanOrEqualTo(disorder + 2L * timeToAck + heartbeat);
        }
      }
    }
  }

  @Test
  void advance_lateRecordInFlight_isNotHeld() {
    low.assign("a", "a", 0, InFlightOffsets.NO_TIME, 0);
    low.onEmitted("a", 0, 1_000);
    low.onSettled("a", 0);
    low.onEmitted("a", 1, 5);
    assertThat(low.advance(0)).isEqualTo(990);
    low.onEmitted("a", 2, 2_000);
    low.onSettled("a", 2);
    assertThat(low.advance(0)).as("bound when the late record was emitted").isEqualTo(990);
    low.onEmitted("a", 1, 5); // again, after it failed
    assertThat(low.advance(0)).isEqualTo(990);
    low.onSettled("a", 1);
    assertThat(low.advance(0)).isEqualTo(1_990);
  }

  @Test
  void advance_partitionOfUnreadableRecords_becomesIdle() {
    low.assign("good", "g", 0, InFlightOffsets.NO_TIME, 0);
    low.assign("poison", "p", 0, InFlightOffsets.NO_TIME, 0);
    low.onEmitted("good", 0, 60_000);
    low.onSettled("good", 0);
    for (int i = 0; i < 60; i++) {
      low.onPolled("poison", i);
      low.onEmitted("poison", i, InFlightOffsets.NO_TIME);
    }
    assertThat(low.startIdleCheck(5_000, 5_000)).contains("poison");
    low.onEmitted("good", 1, 60_500);
    low.finishIdleCheck(Set.of("poison"));
    assertThat(low.advance(5_200)).isEqualTo(59_990);
    assertThat(low.isIdle()).isFalse();
    low.onPolled("poison", 60);
    low.onEmitted("good", 2, 70_000);
    low.onSettled("good", 1);
    low.onSettled("good", 2);
    assertThat(low.advance(5_300)).as("a polled record may have an event time").isEqualTo(59_990);
    low.onEmitted("poison", 60, 65_000);
    low.startIdleCheck(5_400, 5_400);
    low.finishIdleCheck(Set.of());
    assertThat(low.advance(5_400)).isEqualTo(64_990);
  }

  @Test
  void advance_partitionOfLateRecords_becomesIdle() {
    low.assign("good", "g", 0, InFlightOffsets.NO_TIME, 0);
    low.assign("late", "l", 0, InFlightOffsets.NO_TIME, 0);
    low.onEmitted("good", 0, 60_000);
    low.onEmitted("late", 0, 1_000);
    low.onSettled("good", 0);
    low.onSettled("late", 0);
    assertThat(low.advance(0)).isEqualTo(990);
    for (int i = 1; i < 10 * IDLE / 1_000; i++) {
      low.onEmitted("late", i, 989 - i);
      low.startIdleCheck(1_000 * i, 0);
      low.finishIdleCheck(Set.of("late"));
      low.onEmitted("good", i, 60_500);
      assertThat(low.advance(1_000 * i)).as("a bolt may admit it").isEqualTo(990);
      low.onSettled("late", i);
    }
    low.advance(10 * IDLE);
    for (int i = 50; i < 60; i++) {
      low.onEmitted("late", i, 989 - i);
    }
    assertThat(low.startIdleCheck(11 * IDLE, 0)).containsExactly("late");
    low.onSettled("late", 50);
    low.onEmitted("late", 51, 938); // again, after it failed
    low.onEmitted("late", 60, 5);
    low.finishIdleCheck(Set.of("late"));
    assertThat(low.advance(11 * IDLE)).isEqualTo(60_490);
    assertThat(low.isIdle("late")).isTrue();
    low.onEmitted("late", 61, 990);
    low.onSettled("late", 61);
    assertThat(low.isIdle("late")).as("an on-time record is activity").isFalse();
  }

  @Test
  void onEmitted_settledOffset_throws() {
    low.assign("a", "a", 0, InFlightOffsets.NO_TIME, 0);
    low.onEmitted("a", 5, 1);
    low.onSettled("a", 5);
    assertThatThrownBy(() -> low.onEmitted("a", 2, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("offset must follow 5 or be in flight: 2");
  }

  @Test
  void retain_removedPartition_hasNoEffect() {
    low.assign("a", "a", 0, InFlightOffsets.NO_TIME, 0);
    low.assign("b", "b", 0, InFlightOffsets.NO_TIME, 0);
    low.onEmitted("b", 0, 50);
    low.retain(List.of("b"));
    low.onEmitted("a", 0, 1);
    low.onSettled("a", 0);
    low.onPolled("a", 9);
    assertThat(low.advance(0)).isEqualTo(40);
    assertThat(low.marks()).isEqualTo(Map.of("b", 0L));
  }

  private void check(long now, String... read) {
    low.startIdleCheck(now, 1_000_000 + now);
    low.finishIdleCheck(Set.of(read));
  }

  @Test
  void clock_allPartitionsIdle_isBehindTheCheckByDistanceAndDelay() {
    low.assign("a", "a", 0, InFlightOffsets.NO_TIME, 0);
    low.assign("empty", "e", 0, InFlightOffsets.NO_TIME, 0);
    low.onEmitted("a", 0, 999_700);
    low.onEmitted("a", 1, 1_000_000);
    low.onEmitted("a", 2, 5); // late, which is no delay
    check(100);
    low.onSettled("a", 0);
    low.onSettled("a", 2);
    for (long now = 300; now <= 5_100; now += 200) {
      check(now, "a", "empty");
      assertThat(low.clock()).as("a record is in flight").isEqualTo(Heartbeat.NO_CLOCK);
    }
    low.onSettled("a", 1);
    check(5_200, "a", "empty");
    check(10_100, "a", "empty");
    check(10_200, "empty");
    assertThat(low.clock()).as("a is not read to its end").isEqualTo(Heartbeat.NO_CLOCK);
    check(10_300, "a", "empty");
    assertThat(low.clock()).isEqualTo(1_010_300 - DISTANCE - 400);
    assertThat(low.advance(10_300)).as("its own watermark stays").isEqualTo(999_990);
    low.onPolled("a", 3);
    assertThat(low.clock()).isEqualTo(1_010_300 - DISTANCE - 400);
    low.onEmitted("a", 3, 1_000_000);
    assertThat(low.clock()).as("a record is in flight").isEqualTo(Heartbeat.NO_CLOCK);
  }

  @Test
  void clock_afterKafkaWasUnreachable_waitsForTheIdleTimeout() {
    low.assign("a", "a", 0, InFlightOffsets.NO_TIME, 0);
    low.onEmitted("a", 0, 1_000_000);
    low.onSettled("a", 0);
    check(0);
    check(5_000, "a");
    assertThat(low.clock()).isEqualTo(1_005_000 - DISTANCE);
    check(20_000, "a");
    assertThat(low.isIdle()).isTrue();
    assertThat(low.clock()).as("producers may hold back records").isEqualTo(Heartbeat.NO_CLOCK);
    check(22_500, "a");
    check(25_000, "a");
    assertThat(low.clock()).isEqualTo(1_025_000 - DISTANCE);
  }

  @Test
  void clock_recordsOfAReplay_areNoDelay() {
    low.assign("a", "a", 0, InFlightOffsets.NO_TIME, 0);
    low.onEmitted("a", 0, -Heartbeat.MAX_DELAY_MILLIS);
    low.onSettled("a", 0);
    check(0);
    check(5_000, "a");
    assertThat(low.clock()).isEqualTo(1_005_000 - DISTANCE);
  }

  @Test
  void clock_withoutDistance_isNone() {
    LowWatermark<String> off = new LowWatermark<>(10, 0, LowWatermark.NO_DISTANCE);
    off.startIdleCheck(0, 1_000_000);
    off.finishIdleCheck(Set.of());
    assertThat(off.isIdle()).isTrue();
    assertThat(off.clock()).isEqualTo(Heartbeat.NO_CLOCK);
  }

  @Test
  void advance_allIdleAtOnce_isNotHeldByAPartitionWithoutEventTime() {
    low.assign("a", "a", 0, InFlightOffsets.NO_TIME, 0);
    low.assign("empty", "e", 0, InFlightOffsets.NO_TIME, 0);
    low.onEmitted("a", 0, 1_000);
    low.onSettled("a", 0);
    low.startIdleCheck(0, 0);
    low.startIdleCheck(5_000, 5_000);
    low.onEmitted("a", 1, 9_000);
    low.finishIdleCheck(Set.of("empty"));
    assertThat(low.advance(5_000)).as("reached at the start of the check").isEqualTo(990);
  }
}
