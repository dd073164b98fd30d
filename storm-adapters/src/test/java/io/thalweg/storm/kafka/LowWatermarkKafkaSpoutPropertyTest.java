package io.thalweg.storm.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.storm.Heartbeat;
import io.thalweg.storm.SettledMarks;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.kafka.SpoutDriver.Emission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.storm.utils.Time;

/**
 * Property of {@link LowWatermarkKafkaSpout} with Storm's spout, on Kafka in memory and simulated
 * time: random steps never violate its contract. Expected values are computed from the written
 * records, the acks and the responses of Kafka, not from the state of the spout.
 */
class LowWatermarkKafkaSpoutPropertyTest {

  private static final AtomicBoolean END = new AtomicBoolean();
  private static final long NONE = Long.MIN_VALUE;
  private static final int IDLE = 1_000;
  private static final int HEARTBEAT = 200;
  private static final int FIRST_RETRY = 50;
  private static final int LONGEST_RETRY = 400;
  private static final int DISTANCE = 300;
  private static final int UNLIMITED = 10_000;

  /** {@code -Dthalweg.protocol.runs=20} makes twenty times as many runs. */
  private static final int RUNS = Integer.getInteger("thalweg.protocol.runs", 1);

  @Property(tries = 400, edgeCases = EdgeCasesMode.NONE)
  void spout_randomSteps_fulfillsItsContract(@ForAll long seed) {
    for (int i = 0; i < RUNS; i++) {
      run(seed + i);
    }
  }

  /** A partition is added just before the end of the random steps. */
  @Example
  void spout_partitionNotFoundYet_fulfillsItsContract() {
    run(10050);
  }

  /** Runs one schedule. */
  static void run(long seed) {
    END.set(false);
    try (Time.SimulatedTime time = new Time.SimulatedTime()) {
      assertThat(time).isNotNull();
      new Run(new Random(seed)).run();
    }
  }

  private enum State {
    UNREAD,
    OPEN,
    FAILED,
    ACKED
  }

  /** LoggedRecord record, and its state. */
  private static final class LoggedRecord {
    final long offset;

    /** {@link #NONE} if it cannot be read. */
    final long time;

    final long writtenAt = Run.now();

    /** True if its time is within the disorder bound of its partition. */
    final boolean onTime;

    boolean deleted;
    boolean everEmitted;
    boolean everAcked;

    /** Bound below which it may be late: the watermark while its partition was idle. */
    long lateBelow = NONE;

    /** State in the current incarnation of the spout. */
    State state = State.UNREAD;

    /** The larger of its time and its partition's bound when it was first emitted. */
    long hold;

    /** True if it has a time that was below its partition's bound when it was first emitted. */
    boolean late;

    long failedAt;

    LoggedRecord(long offset, long time, boolean onTime) {
      this.offset = offset;
      this.time = time;
      this.onTime = onTime;
    }

    /** Returns true if it keeps its partition from being idle. */
    boolean isActivity() {
      return time != NONE && !late;
    }

    boolean isUnacked() {
      return state == State.OPEN || state == State.FAILED;
    }
  }

  /**
   * Response with the end of a log, which may be delayed.
   *
   * @param at time of the request
   * @param end end of the log
   * @param confirmed last confirmed heartbeat
   */
  private record EndResponse(long at, long end, long confirmed) {}

  private static final class Partition {
    final int number;
    final TreeMap<Long, LoggedRecord> records = new TreeMap<>();
    long clock;
    long largestWritten = NONE;
    long lateBelow = NONE;
    long committed;

    /** State in the current incarnation of the spout. */
    boolean assigned;

    long start;
    long committedTime;
    long lastEmitted;
    long lastPolled = -1;
    long active;

    /** Offset below which every record was emitted. */
    long emittedTo;

    final List<EndResponse> ends = new ArrayList<>();

    /** Largest event time that was read, by the time of reading. */
    final TreeMap<Long, Long> read = new TreeMap<>();

    Partition(int number) {
      this.number = number;
    }

    @Override
    public String toString() {
      return "%d: emitted %d, polled %d, active at %d, ends %s, unacked %s"
          .formatted(
              number,
              lastEmitted,
              lastPolled,
              active,
              ends.subList(Math.max(0, ends.size() - 3), ends.size()),
              unacked().map(record -> record.offset).toList());
    }

    /** Returns true if every record was emitted. */
    boolean isRead() {
      return records.isEmpty() || records.lastKey() <= lastEmitted;
    }

    Stream<LoggedRecord> unacked() {
      return records.values().stream().filter(LoggedRecord::isUnacked);
    }

    long largest(long below) {
      return records.headMap(below).values().stream()
          .filter(record -> record.state != State.UNREAD)
          .mapToLong(record -> record.time)
          .reduce(committedTime, Math::max);
    }
  }

  private static final class Run implements MemoryKafka.Watcher {
    final Random random;
    final MemoryKafka kafka = new MemoryKafka("numbers", Uuid.randomUuid(), this);
    final List<Partition> partitions = new ArrayList<>();
    final int disorder;
    final int maxUnconfirmed;
    final int maxUncommitted;
    final int maxPolled;
    final int acksPerFailure;

    /** True if one clock is used for all partitions, so that none that was idle is behind. */
    final boolean oneClock;

    final LowWatermarkKafkaSpout spout;
    final Set<Long> incarnations = new HashSet<>();

    /** Largest watermark of all incarnations. */
    long watermark = NONE;

    /** Driver of the current incarnation of the spout. */
    SpoutDriver driver;

    final List<Emission> open = new ArrayList<>();
    int seenRecords;
    int seenHeartbeats;
    boolean starting;
    long incarnation;
    long ownWatermark;
    long sequence;
    long lastHeartbeat;
    BitSet ackedHeartbeats;
    boolean idle;
    long clock;

    /** True while no heartbeat is acked. */
    boolean sinkIsDown;

    /** True while nothing is written. */
    boolean writesPaused;

    Run(Random random) {
      this.random = random;
      disorder = random.nextInt(100);
      maxUnconfirmed = 1 + random.nextInt(12);
      maxUncommitted = random.nextBoolean() ? UNLIMITED : 1 + random.nextInt(30);
      maxPolled = 1 + random.nextInt(30);
      acksPerFailure = 2 + random.nextInt(30);
      oneClock = random.nextBoolean();
      spout =
          kafka.spout(
              KafkaSources.bytes("nowhere:1", kafka.topic)
                  .withGroupId("g")
                  .withHeader(
                      record -> new Header("k", Long.parseLong(new String(record.value(), UTF_8))))
                  .withDisorder(Duration.ofMillis(disorder))
                  .withIdleTimeout(Duration.ofMillis(IDLE))
                  .withIdleAdvance(Duration.ofMillis(DISTANCE))
                  .withHeartbeat(Duration.ofMillis(HEARTBEAT))
                  .withCommitPeriod(Duration.ofMillis(500))
                  .withRetryDelays(Duration.ofMillis(FIRST_RETRY), Duration.ofMillis(LONGEST_RETRY))
                  .withMaxUnconfirmedHeartbeats(maxUnconfirmed)
                  .withMaxUncommittedOffsets(maxUncommitted)
                  .withProperty("max.poll.records", maxPolled)
                  .withEnd(() -> END.get()));
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        addPartition();
      }
    }

    void addPartition() {
      Partition added = new Partition(partitions.size());
      added.lateBelow = watermark; // the watermark does not decrease for it
      partitions.add(added);
      kafka.addPartition();
    }

    static long now() {
      return Time.currentTimeMillis();
    }

    boolean once(int in) {
      return random.nextInt(in) == 0;
    }

    // Steps

    void run() {
      start();
      for (int i = 100 + random.nextInt(500); i > 0; i--) {
        step();
      }
      kafka.unavailable = false;
      kafka.delayed = false;
      partitions.forEach(each -> kafka.stall(each.number, false));
      kafka.respond();
      // The times of live() begin when a partition is found.
      until(
          "every partition is found, everything is acked and committed, and the spout is idle",
          () -> assigned().size() == partitions.size() && isAllCommitted() && idle);
      live();
      silence();
      END.set(true);
      until("the end", () -> ownWatermark == Long.MAX_VALUE);
      driver.close();
    }

    /**
     * Liveness: while some partitions receive on-time records, and the others nothing or records
     * that are late or cannot be read, the watermark reaches the smallest bound of the former
     * within the idle timeout, eleven of them if late records come alone, the time to ack and two
     * heartbeats. Late, unreadable and failing records are among the others.
     */
    void live() {
      int timeToAck = random.nextInt(200);
      boolean lateAlone = once(4);
      long allowed =
          (lateAlone ? 11 : 1) * IDLE + 2 * timeToAck + FIRST_RETRY + 2 * HEARTBEAT + 200;
      List<Partition> good =
          partitions.stream().filter(each -> each.number == 0 || random.nextBoolean()).toList();
      long clock = partitions.stream().mapToLong(each -> each.clock).max().orElseThrow();
      Map<Emission, Long> openSince = new IdentityHashMap<>();
      Set<LoggedRecord> failed = new HashSet<>();
      sinkIsDown = false;
      partitions.forEach(each -> each.read.clear()); // by earlier incarnations, too
      long from = now();
      while (now() - from < allowed + 1_000) {
        Time.advanceTime(20);
        clock += 20;
        call(); // the ends of the logs are checked while everything is read
        for (Partition each : partitions) {
          boolean isGood = good.contains(each);
          if (isGood && each.isRead()) {
            append(each, clock - random.nextInt(disorder + 1));
          }
          if (once(3) && (isGood || maxUncommitted == UNLIMITED)) {
            long bound = bound(each);
            append(
                each,
                (isGood || lateAlone) && bound != NONE && once(2)
                    ? bound - 1 - random.nextInt(100_000)
                    : NONE);
          }
        }
        for (Emission emission : List.copyOf(open)) {
          if (now() - openSince.computeIfAbsent(emission, each -> now()) < timeToAck) {
            continue;
          }
          if (once(30) && !emission.isHeartbeat() && failed.add(record(emission))) {
            fail(emission);
          } else {
            ack(emission);
          }
        }
        for (int i = 0; i <= 3 * partitions.size(); i++) {
          call();
        }
        long due = now() - allowed;
        if (good.stream().allMatch(each -> each.read.floorKey(due) != null)) {
          assertThat(ownWatermark)
              .as("watermark %d ms after the start, by which %s is read", now() - from, good)
              .isGreaterThanOrEqualTo(
                  good.stream()
                          .mapToLong(each -> each.read.floorEntry(due).getValue())
                          .min()
                          .orElseThrow()
                      - disorder);
        }
      }
    }

    void append(Partition to, long time) {
      long offset = kafka.append(to.number, time == NONE ? "poison" : Long.toString(time));
      boolean onTime = time >= to.largestWritten - disorder && time >= watermark;
      to.records.put(offset, new LoggedRecord(offset, time, onTime));
      to.largestWritten = Math.max(to.largestWritten, time);
      to.clock = Math.max(to.clock, time);
    }

    /** Liveness: once everything is read, acked and idle, the clock goes on. */
    void silence() {
      until("everything is acked, and the spout is idle", () -> isAllCommitted() && idle);
      long idleSince = now();
      until("the clock counts", () -> clock != Heartbeat.NO_CLOCK);
      assertThat(now() - idleSince).isLessThanOrEqualTo(IDLE + 2 * HEARTBEAT);
      long before = now() - clock;
      until("a second has passed", () -> now() - idleSince >= 1_000);
      assertThat(now() - clock).isBetween(before - HEARTBEAT - 20, before + HEARTBEAT + 20);
    }

    void until(String condition, BooleanSupplier holds) {
      for (int i = 0; !holds.getAsBoolean(); i++) {
        assertThat(i).as("condition must hold: " + condition).isLessThan(20_000);
        List.copyOf(open).forEach(this::ack);
        Time.advanceTime(20);
        call();
      }
    }

    boolean isAllCommitted() {
      return partitions.stream()
          .allMatch(
              partition ->
                  partition.records.values().stream()
                      .allMatch(
                          record ->
                              record.deleted
                                  || record.everAcked && record.offset < partition.committed));
    }

    void step() {
      Partition any = partitions.get(random.nextInt(partitions.size()));
      switch (random.nextInt(20)) {
        case 0, 1 -> {
          for (int i = random.nextInt(once(5) ? 30 : 4); i > 0 && !writesPaused; i--) {
            write(any);
          }
        }
        case 2, 3, 4 -> {
          for (int i = random.nextInt(6); i > 0; i--) {
            List<Emission> ackable =
                open.stream().filter(each -> !sinkIsDown || !each.isHeartbeat()).toList();
            if (ackable.isEmpty()) {
              break;
            }
            Emission emission = ackable.get(random.nextInt(ackable.size()));
            if (once(acksPerFailure)) {
              fail(emission);
            } else {
              ack(emission);
            }
          }
        }
        case 5 -> {
          sinkIsDown ^= once(4);
          writesPaused = once(4) ? !writesPaused : sinkIsDown && once(2);
          disturb(any);
        }
        case 6 -> Time.advanceTime(once(4) ? random.nextInt(3_000) : random.nextInt(200));
        default -> {
          Time.advanceTime(random.nextInt(40));
          call();
        }
      }
    }

    void disturb(Partition any) {
      switch (random.nextInt(12)) {
        case 0 -> kafka.unavailable = !kafka.unavailable;
        case 1, 2 -> kafka.unavailable = false;
        case 3 -> kafka.stall(any.number, true);
        case 4 -> partitions.forEach(each -> kafka.stall(each.number, false));
        case 5 -> kafka.delayed = !kafka.delayed;
        case 6, 7 -> kafka.respond();
        case 8 -> kafka.consumer().updateMetadata();
        case 9 -> {
          if (once(4) && partitions.size() < 4) {
            addPartition();
          }
        }
        case 10 -> {
          if (once(2)) {
            long end = kafka.end(any.number);
            long below = kafka.start(any.number) + random.nextInt(5);
            kafka.deleteBelow(any.number, Math.min(end, below));
            any.records.headMap(kafka.start(any.number)).values().forEach(r -> r.deleted = true);
          }
        }
        default -> {
          if (once(2)) {
            if (random.nextBoolean() && !kafka.unavailable) {
              driver.close();
            }
            start();
          }
        }
      }
    }

    void write(Partition to) {
      if (once(10)) {
        kafka.skip(to.number, 1 + random.nextInt(3));
      }
      to.clock += random.nextInt(60);
      if (oneClock) {
        partitions.forEach(each -> each.clock = Math.max(each.clock, to.clock));
      }
      long time = to.clock - (once(20) ? random.nextInt(1_000) : random.nextInt(disorder + 1));
      boolean poison = once(12);
      long offset = kafka.append(to.number, poison ? "poison" : Long.toString(time));
      long largest =
          oneClock
              ? partitions.stream().mapToLong(each -> each.largestWritten).max().orElseThrow()
              : to.largestWritten;
      boolean onTime = largest == NONE || time >= largest - disorder;
      to.records.put(offset, new LoggedRecord(offset, poison ? NONE : time, onTime));
      to.largestWritten = poison ? to.largestWritten : Math.max(to.largestWritten, time);
    }

    /** Starts a new incarnation of the spout, without the state of the previous one. */
    void start() {
      boolean unavailable = kafka.unavailable;
      boolean delayed = kafka.delayed;
      kafka.unavailable = false; // otherwise a worker would restart until Kafka is available
      kafka.delayed = false;
      kafka.dropResponses();
      open.clear();
      seenRecords = 0;
      seenHeartbeats = 0;
      incarnation = 0;
      starting = true;
      ownWatermark = NONE;
      sequence = 0;
      lastHeartbeat = now() - HEARTBEAT; // the first one comes before the first record
      ackedHeartbeats = new BitSet();
      idle = false;
      partitions.forEach(
          partition -> {
            partition.assigned = false;
            partition.lastPolled = -1;
            partition.records.values().forEach(record -> record.state = State.UNREAD);
          });
      driver = new SpoutDriver(spout);
      starting = false;
      observe();
      kafka.unavailable = unavailable;
      kafka.delayed = delayed;
    }

    void call() {
      boolean due = now() - lastHeartbeat >= HEARTBEAT;
      long before = sequence;
      driver.call();
      observe();
      assertThat(sequence).as("a heartbeat each period").isEqualTo(due ? before + 1 : before);
      if (due) {
        lastHeartbeat = now();
      }
    }

    void ack(Emission emission) {
      open.remove(emission);
      if (emission.isHeartbeat()) {
        ackedHeartbeats.set((int) emission.number(TupleFields.SEQUENCE));
      } else {
        Partition partition = partition(emission);
        LoggedRecord record = record(emission);
        record.state = State.ACKED;
        record.everAcked = true;
        if (record.isActivity()) {
          partition.active = now();
        }
      }
      driver.ack(emission);
      observe();
    }

    void fail(Emission emission) {
      open.remove(emission);
      if (!emission.isHeartbeat()) {
        LoggedRecord record = record(emission);
        record.state = State.FAILED;
        record.failedAt = now();
      }
      int before = seenHeartbeats;
      driver.fail(emission);
      observe();
      if (emission.isHeartbeat()) {
        assertThat(seenHeartbeats).as("emitted again at once").isEqualTo(before + 1);
        assertThat(driver.lastHeartbeat().get(TupleFields.SEQUENCE))
            .isEqualTo(emission.get(TupleFields.SEQUENCE));
      }
    }

    Partition partition(Emission of) {
      return partitions.get((int) of.number(TupleFields.PARTITION));
    }

    LoggedRecord record(Emission of) {
      return partition(of).records.get(of.number(TupleFields.OFFSET));
    }

    // Requests of the spout to Kafka

    @Override
    public void onPolled(int partition, long lastOffset) {
      Partition of = partitions.get(partition);
      of.lastPolled = Math.max(of.lastPolled, lastOffset);
    }

    @Override
    public void onBlockingRequest() {
      assertThat(starting).as("waits for Kafka only when it starts").isTrue();
    }

    @Override
    public void onEndRequested(int partition, long end) {
      partitions.get(partition).ends.add(new EndResponse(now(), end, confirmed()));
    }

    @Override
    public void onCommitted(int partition, OffsetAndMetadata offset) {
      Partition of = partitions.get(partition);
      assertThat(offset.offset()).as("does not decrease").isGreaterThanOrEqualTo(of.committed);
      assertThat(of.records.headMap(offset.offset()).values())
          .as("every record below the committed offset is acked")
          .allMatch(record -> record.everAcked || record.deleted);
      long largest = committedTime(offset);
      if (largest != NONE) {
        assertThat(largest).isEqualTo(of.largest(offset.offset()));
      }
      of.committed = offset.offset();
    }

    /** Returns the event time that was committed with an offset. */
    long committedTime(OffsetAndMetadata offset) {
      String[] words = offset == null ? new String[0] : offset.metadata().split(" ");
      if (words.length != 3) {
        return NONE;
      }
      assertThat(words[1]).isEqualTo(kafka.id.toString());
      return Long.parseLong(words[2]);
    }

    // Emissions of the spout

    void observe() {
      for (Partition partition : partitions) {
        if (!partition.assigned && kafka.consumer().assignment().contains(topic(partition))) {
          OffsetAndMetadata from = kafka.committed.get(partition.number);
          partition.assigned = true;
          partition.start = from == null ? kafka.start(partition.number) : from.offset();
          partition.committedTime = committedTime(from);
          partition.lastEmitted = partition.start - 1;
          partition.lastPolled = Math.max(partition.start - 1, partition.lastPolled);
          partition.active = now();
          partition.emittedTo = partition.start;
          partition.ends.clear();
        }
      }
      List<Emission> records = driver.records.subList(seenRecords, driver.records.size());
      seenRecords = driver.records.size();
      records.forEach(this::emitted);
      assigned().forEach(this::updateEmittedTo);
      List<Emission> heartbeats =
          driver.heartbeats.subList(seenHeartbeats, driver.heartbeats.size());
      seenHeartbeats = driver.heartbeats.size();
      heartbeats.forEach(this::heartbeat);
    }

    TopicPartition topic(Partition partition) {
      return new TopicPartition(kafka.topic, partition.number);
    }

    void emitted(Emission emission) {
      Partition partition = partition(emission);
      LoggedRecord record = record(emission);
      assertThat(record).as("written: %s", emission).isNotNull();
      assertThat(emission.stream()).isEqualTo(record.time == NONE ? "dead-letter" : "default");
      assertThat(emission.get(TupleFields.TOPIC_ID)).isEqualTo(kafka.id.toString());
      if (record.time != NONE) {
        assertThat(emission.get(TupleFields.TIMESTAMP)).isEqualTo(record.time);
      }
      if (record.state == State.UNREAD) {
        assertThat(record.offset).as("in order").isGreaterThan(partition.lastEmitted);
        assertThat(partition.records.subMap(partition.lastEmitted + 1, record.offset).values())
            .as("no record is skipped")
            .allMatch(skipped -> skipped.deleted);
        partition.lastEmitted = record.offset;
        record.hold = Math.max(record.time, bound(partition));
        record.late = record.time != NONE && record.time < bound(partition);
      } else {
        assertThat(record.state)
            .as("only failed records are emitted again")
            .isEqualTo(State.FAILED);
        assertThat(now() - record.failedAt).isGreaterThanOrEqualTo(FIRST_RETRY);
      }
      assertThat(sequence - 1 - confirmed())
          .as("no record is emitted while too many heartbeats are unconfirmed")
          .isLessThanOrEqualTo(maxUnconfirmed);
      if (!record.everEmitted) {
        record.lateBelow = partition.lateBelow;
        record.everEmitted = true;
        if (record.time != NONE) {
          long before = partition.read.isEmpty() ? NONE : partition.read.lastEntry().getValue();
          partition.read.put(now(), Math.max(before, record.time));
        }
      }
      record.state = State.OPEN;
      if (record.isActivity()) {
        partition.active = now();
      }
      open.add(emission);
      // Deleted records may be settled or not, as in checkMarks.
      assertThat(partition.unacked().filter(each -> !each.deleted).count())
          .as("in flight")
          .isLessThanOrEqualTo(maxUncommitted + maxPolled);
    }

    long confirmed() {
      return ackedHeartbeats.nextClearBit(0) - 1;
    }

    void heartbeat(Emission emission) {
      long number = emission.number(TupleFields.SEQUENCE);
      boolean isNew = number == sequence;
      if (isNew) {
        sequence++;
      }
      assertThat(number).isBetween(0L, sequence - 1);
      if (incarnation == 0) {
        incarnation = emission.number(TupleFields.INCARNATION);
        assertThat(incarnations.add(incarnation)).as("a new one for each start").isTrue();
      }
      assertThat(emission.get(TupleFields.INCARNATION)).isEqualTo(incarnation);
      open.add(emission);
      checkMarks(SettledMarks.decode((byte[]) emission.get(TupleFields.MARKS)));
      checkWatermark(emission.number(TupleFields.WATERMARK), isNew);
      idle = (Boolean) emission.get(TupleFields.IDLE);
      long shown = emission.number(TupleFields.CONFIRMED);
      if (idle) {
        assertThat(assigned()).allMatch(this::mayBeIdle);
        // It was idle after these were acked, so that records read later were written later.
        assertThat(assigned())
            .allMatch(
                partition -> idleResponses(partition).anyMatch(each -> shown <= each.confirmed));
        if (kafka.hasNoPendingResponses()) {
          assertThat(assigned())
              .allMatch(
                  partition -> idleResponses(partition).anyMatch(each -> shown == each.confirmed));
        }
      } else {
        assertThat(shown).isEqualTo(confirmed());
      }
      checkClock(emission.number(TupleFields.CLOCK));
      checkOnTimeRecords();
    }

    /**
     * Checks that every record is acked that was written before the time to which a clock belongs.
     */
    void checkClock(long shown) {
      clock = shown;
      if (shown != Heartbeat.NO_CLOCK) {
        assertThat(idle).isTrue();
        for (Partition partition : assigned()) {
          for (LoggedRecord record : partition.records.values()) {
            assertThat(
                    record.writtenAt >= shown + DISTANCE
                        || record.everAcked
                        || record.deleted
                        || record.state != State.UNREAD && !record.isActivity())
                .as("offset %d of %d", record.offset, partition.number)
                .isTrue();
          }
        }
      }
    }

    List<Partition> assigned() {
      return partitions.stream().filter(partition -> partition.assigned).toList();
    }

    void checkMarks(Map<String, Long> marks) {
      Map<String, Long> expected = new HashMap<>();
      for (Partition partition : assigned()) {
        String source = kafka.id + "/" + partition.number;
        // Deleted records may be settled or not.
        long least = mark(partition.unacked(), partition);
        long most = mark(partition.unacked().filter(record -> !record.deleted), partition);
        assertThat(marks.get(source)).isBetween(least, most);
        expected.put(source, marks.get(source));
      }
      assertThat(marks).isEqualTo(expected);
    }

    static long mark(Stream<LoggedRecord> unacked, Partition of) {
      return unacked.mapToLong(record -> record.offset).min().orElse(of.lastEmitted + 1);
    }

    /** Returns true if the partition may be idle, by the documented rule. */
    boolean mayBeIdle(Partition partition) {
      return partition.unacked().allMatch(record -> record.deleted || !record.isActivity())
          && idleResponses(partition).findAny().isPresent();
    }

    /** Returns the responses by which the partition is idle. */
    Stream<EndResponse> idleResponses(Partition partition) {
      return partition.ends.stream()
          .filter(each -> each.at >= partition.active + IDLE)
          .filter(each -> each.end <= partition.emittedTo);
    }

    void updateEmittedTo(Partition partition) {
      long to = partition.lastEmitted + 1;
      if (partition.lastPolled <= partition.lastEmitted) {
        to = Math.max(to, kafka.consumer().position(topic(partition)));
      }
      partition.emittedTo = Math.max(partition.emittedTo, to);
    }

    long bound(Partition partition) {
      long largest = partition.largest(Long.MAX_VALUE);
      return largest == NONE ? NONE : largest - disorder;
    }

    void checkWatermark(long shown, boolean isNew) {
      List<Partition> all = assigned();
      List<Partition> holding = all.stream().filter(partition -> !mayBeIdle(partition)).toList();
      if (shown == Long.MAX_VALUE) {
        assertThat(END.get()).isTrue();
        assertThat(isAllCommitted()).isTrue();
      } else if (!isNew) {
        assertThat(shown).isEqualTo(ownWatermark);
      } else if (holding.isEmpty()) {
        long most = all.stream().mapToLong(this::bound).max().orElse(NONE);
        assertThat(shown).isBetween(ownWatermark, Math.max(ownWatermark, most));
      } else {
        long most = least(holding.stream(), all, false);
        long least = least(all.stream(), all, true);
        assertThat(shown)
            .as("watermark after %d at %d: %s", ownWatermark, now(), all)
            .isBetween(Math.max(ownWatermark, least), Math.max(ownWatermark, most));
      }
      ownWatermark = shown;
      watermark = Math.max(watermark, shown);
    }

    long least(Stream<Partition> holding, List<Partition> all, boolean deletedToo) {
      List<Partition> held = holding.toList();
      LongStream unacked =
          all.stream()
              .flatMap(
                  partition ->
                      partition
                          .unacked()
                          .filter(record -> record.isActivity() || held.contains(partition)))
              .filter(record -> record.time != NONE && (deletedToo || !record.deleted))
              .mapToLong(record -> record.hold);
      return LongStream.concat(held.stream().mapToLong(this::bound), unacked).min().orElseThrow();
    }

    /** Checks that no unacked on-time record is below a watermark of any incarnation. */
    void checkOnTimeRecords() {
      for (Partition partition : partitions) {
        if (!partition.assigned || !oneClock && mayBeIdle(partition)) {
          partition.lateBelow = watermark;
        }
        for (LoggedRecord record : partition.records.values()) {
          if (record.onTime && record.time != NONE && !record.everAcked && !record.deleted) {
            long lateBelow = record.everEmitted ? record.lateBelow : partition.lateBelow;
            assertThat(record.time >= watermark || record.time < lateBelow)
                .as("offset %d of %d at %d", record.offset, partition.number, record.time)
                .isTrue();
          }
        }
      }
    }
  }
}
