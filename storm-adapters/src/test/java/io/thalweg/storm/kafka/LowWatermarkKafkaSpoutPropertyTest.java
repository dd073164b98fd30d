package io.thalweg.storm.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.storm.SettledMarks;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.kafka.SpoutDriver.Emission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
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
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.storm.utils.Time;

/**
 * The whole spout, with Storm's in it, on a Kafka in memory and simulated time: whatever comes in
 * whatever order, it keeps what it promises to those who build on it. What is expected is computed
 * from what was written and what was answered, not from anything that the spout knows.
 */
class LowWatermarkKafkaSpoutPropertyTest {

  private static final AtomicBoolean END = new AtomicBoolean();
  private static final long NONE = Long.MIN_VALUE;
  private static final int IDLE = 1_000;
  private static final int HEARTBEAT = 200;
  private static final int FIRST_RETRY = 50;

  @Property(tries = 400, edgeCases = EdgeCasesMode.NONE)
  void spout_whateverHappens_keepsItsPromises(@ForAll long seed) {
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

  /** A record, and what became of it. */
  private static final class Written {
    final long offset;

    /** {@link #NONE} if it cannot be read. */
    final long time;

    /** Whether its time is within the disorder of its partition. */
    final boolean good;

    boolean deleted;
    boolean everEmitted;
    boolean everAcked;

    /** With a smaller time it may be late: so far the watermark rose while its partition rested. */
    long excuse = NONE;

    /** In the life of the spout at hand. */
    State state = State.UNREAD;

    /** The larger of its time and its partition's bound when it was first emitted. */
    long hold;

    long failedAt;

    Written(long offset, long time, boolean good) {
      this.offset = offset;
      this.time = time;
      this.good = good;
    }

    boolean isUnacked() {
      return state == State.OPEN || state == State.FAILED;
    }
  }

  /**
   * An answer that may be under way.
   *
   * @param at when the spout asked
   * @param end where the log ended
   * @param confirmed which heartbeats were confirmed
   */
  private record Told(long at, long end, long confirmed) {}

  private static final class Partition {
    final int number;
    final TreeMap<Long, Written> records = new TreeMap<>();
    long clock;
    long largestWritten = NONE;
    long excuse = NONE;
    long committed;

    /** In the life of the spout at hand. */
    boolean assigned;

    long start;
    long remembered;
    long lastEmitted;
    long lastPolled = -1;
    long active;

    final List<Told> told = new ArrayList<>();

    Partition(int number) {
      this.number = number;
    }

    @Override
    public String toString() {
      return "%d: emitted %d, polled %d, active at %d, told %s, unacked %s"
          .formatted(
              number,
              lastEmitted,
              lastPolled,
              active,
              told.subList(Math.max(0, told.size() - 3), told.size()),
              unacked().map(record -> record.offset).toList());
    }

    Stream<Written> unacked() {
      return records.values().stream().filter(Written::isUnacked);
    }

    long largest(long below) {
      return records.headMap(below).values().stream()
          .filter(record -> record.state != State.UNREAD)
          .mapToLong(record -> record.time)
          .reduce(remembered, Math::max);
    }
  }

  private static final class Run implements MemoryKafka.Watcher {
    final Random random;
    final MemoryKafka kafka = new MemoryKafka("numbers", this);
    final List<Partition> partitions = new ArrayList<>();
    final int disorder;
    final int maxUnconfirmed;
    final int maxUncommitted;
    final int maxPolled;
    final int answersToAFailure;

    /** Whether all partitions are written by one clock: then none that was silent is behind. */
    final boolean together;

    final LowWatermarkKafkaSpout spout;
    final Set<Long> incarnations = new HashSet<>();

    /** The largest watermark of all lives. */
    long watermark = NONE;

    /** The life of the spout at hand. */
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

    /** Whether nothing arrives that heartbeats bring. */
    boolean sinkIsDown;

    /** Whether nothing is written. */
    boolean silent;

    Run(Random random) {
      this.random = random;
      disorder = random.nextInt(100);
      maxUnconfirmed = 1 + random.nextInt(12);
      maxUncommitted = 1 + random.nextInt(30);
      maxPolled = 1 + random.nextInt(30);
      answersToAFailure = 2 + random.nextInt(30);
      together = random.nextBoolean();
      spout =
          KafkaSources.bytes("nowhere:1", kafka.topic)
              .withGroupId("g")
              .withHeader(
                  record -> new Header("k", Long.parseLong(new String(record.value(), UTF_8))))
              .withDisorder(Duration.ofMillis(disorder))
              .withIdleTimeout(Duration.ofMillis(IDLE))
              .withHeartbeat(Duration.ofMillis(HEARTBEAT))
              .withCommitPeriod(Duration.ofMillis(500))
              .withRetryDelays(Duration.ofMillis(FIRST_RETRY), Duration.ofMillis(400))
              .withMaxUnconfirmedHeartbeats(maxUnconfirmed)
              .withMaxUncommittedOffsets(maxUncommitted)
              .withProperty("max.poll.records", maxPolled)
              .withEnd(() -> END.get())
              .lowWatermarkSpout();
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        addPartition();
      }
    }

    void addPartition() {
      Partition added = new Partition(partitions.size());
      added.excuse = watermark; // which does not go back for it
      partitions.add(added);
      kafka.addPartition();
    }

    static long now() {
      return Time.currentTimeMillis();
    }

    boolean once(int in) {
      return random.nextInt(in) == 0;
    }

    // What happens

    void run() {
      start();
      for (int i = 100 + random.nextInt(500); i > 0; i--) {
        step();
      }
      kafka.away = false;
      kafka.slow = false;
      partitions.forEach(each -> kafka.stall(each.number, false));
      kafka.answer();
      until("all is acked and committed, and rests", () -> isAllCommitted() && idle);
      END.set(true);
      until("the end", () -> ownWatermark == Long.MAX_VALUE);
      driver.close();
    }

    void until(String what, BooleanSupplier holds) {
      for (int i = 0; !holds.getAsBoolean(); i++) {
        assertThat(i).as("must come: " + what).isLessThan(20_000);
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
          for (int i = random.nextInt(once(5) ? 30 : 4); i > 0 && !silent; i--) {
            write(any);
          }
        }
        case 2, 3, 4 -> {
          for (int i = random.nextInt(6); i > 0; i--) {
            List<Emission> arrived =
                open.stream().filter(each -> !sinkIsDown || !each.isHeartbeat()).toList();
            if (arrived.isEmpty()) {
              break;
            }
            Emission answered = arrived.get(random.nextInt(arrived.size()));
            if (once(answersToAFailure)) {
              fail(answered);
            } else {
              ack(answered);
            }
          }
        }
        case 5 -> {
          sinkIsDown ^= once(4);
          silent = once(4) ? !silent : sinkIsDown && once(2);
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
        case 0 -> kafka.away = !kafka.away;
        case 1, 2 -> kafka.away = false;
        case 3 -> kafka.stall(any.number, true);
        case 4 -> partitions.forEach(each -> kafka.stall(each.number, false));
        case 5 -> kafka.slow = !kafka.slow;
        case 6, 7 -> kafka.answer();
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
            if (random.nextBoolean() && !kafka.away) {
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
      if (together) {
        partitions.forEach(each -> each.clock = Math.max(each.clock, to.clock));
      }
      long time = to.clock - (once(20) ? random.nextInt(1_000) : random.nextInt(disorder + 1));
      boolean poison = once(12);
      long offset = kafka.append(to.number, poison ? "poison" : Long.toString(time));
      long largest =
          together
              ? partitions.stream().mapToLong(each -> each.largestWritten).max().orElseThrow()
              : to.largestWritten;
      boolean good = largest == NONE || time >= largest - disorder;
      to.records.put(offset, new Written(offset, poison ? NONE : time, good));
      to.largestWritten = poison ? to.largestWritten : Math.max(to.largestWritten, time);
    }

    /** A worker starts the task, and knows nothing of one before. */
    void start() {
      boolean away = kafka.away;
      boolean slow = kafka.slow;
      kafka.away = false; // where it is, a worker tries until it is back
      kafka.slow = false;
      kafka.forget();
      open.clear();
      seenRecords = 0;
      seenHeartbeats = 0;
      incarnation = 0;
      starting = true;
      ownWatermark = NONE;
      sequence = 0;
      lastHeartbeat = now();
      ackedHeartbeats = new BitSet();
      idle = false;
      partitions.forEach(
          partition -> {
            partition.assigned = false;
            partition.lastPolled = -1;
            partition.records.values().forEach(record -> record.state = State.UNREAD);
          });
      driver = new SpoutDriver(spout, kafka::connect);
      starting = false;
      observe();
      kafka.away = away;
      kafka.slow = slow;
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

    void ack(Emission answered) {
      open.remove(answered);
      if (answered.isHeartbeat()) {
        ackedHeartbeats.set((int) answered.number(TupleFields.SEQUENCE));
      } else {
        Partition partition = partition(answered);
        Written record = record(answered);
        record.state = State.ACKED;
        record.everAcked = true;
        if (record.time != NONE) {
          partition.active = now();
        }
      }
      driver.ack(answered);
      observe();
    }

    void fail(Emission answered) {
      open.remove(answered);
      if (!answered.isHeartbeat()) {
        Written record = record(answered);
        record.state = State.FAILED;
        record.failedAt = now();
      }
      int before = seenHeartbeats;
      driver.fail(answered);
      observe();
      if (answered.isHeartbeat()) {
        assertThat(seenHeartbeats).as("it goes out again at once").isEqualTo(before + 1);
        assertThat(driver.lastHeartbeat().get(TupleFields.SEQUENCE))
            .isEqualTo(answered.get(TupleFields.SEQUENCE));
      }
    }

    Partition partition(Emission of) {
      return partitions.get((int) of.number(TupleFields.PARTITION));
    }

    Written record(Emission of) {
      return partition(of).records.get(of.number(TupleFields.OFFSET));
    }

    // What Kafka sees

    @Override
    public void polled(int partition, long lastOffset) {
      Partition of = partitions.get(partition);
      of.lastPolled = Math.max(of.lastPolled, lastOffset);
    }

    @Override
    public void waited() {
      assertThat(starting).as("it waits for Kafka when it starts only").isTrue();
    }

    @Override
    public void toldEnd(int partition, long end) {
      partitions.get(partition).told.add(new Told(now(), end, confirmed()));
    }

    @Override
    public void committed(int partition, OffsetAndMetadata offset) {
      Partition of = partitions.get(partition);
      assertThat(offset.offset()).as("never back").isGreaterThanOrEqualTo(of.committed);
      assertThat(of.records.headMap(offset.offset()).values())
          .as("below the committed offset all is acked")
          .allMatch(record -> record.everAcked || record.deleted);
      long largest = remembered(offset);
      if (largest != NONE) {
        assertThat(largest).isEqualTo(of.largest(offset.offset()));
      }
      of.committed = offset.offset();
    }

    /** The event time that goes with an offset. */
    long remembered(OffsetAndMetadata offset) {
      String[] words = offset == null ? new String[0] : offset.metadata().split(" ");
      if (words.length != 3) {
        return NONE;
      }
      assertThat(words[1]).isEqualTo(kafka.id.toString());
      return Long.parseLong(words[2]);
    }

    // What the spout sends

    void observe() {
      for (Partition partition : partitions) {
        if (!partition.assigned && kafka.consumer().assignment().contains(topic(partition))) {
          OffsetAndMetadata from = kafka.committed.get(partition.number);
          partition.assigned = true;
          partition.start = from == null ? kafka.start(partition.number) : from.offset();
          partition.remembered = remembered(from);
          partition.lastEmitted = partition.start - 1;
          partition.lastPolled = Math.max(partition.start - 1, partition.lastPolled);
          partition.active = now();
          partition.told.clear();
        }
      }
      List<Emission> records = driver.records.subList(seenRecords, driver.records.size());
      seenRecords = driver.records.size();
      records.forEach(this::emitted);
      List<Emission> beats = driver.heartbeats.subList(seenHeartbeats, driver.heartbeats.size());
      seenHeartbeats = driver.heartbeats.size();
      beats.forEach(this::heartbeat);
    }

    TopicPartition topic(Partition partition) {
      return new TopicPartition(kafka.topic, partition.number);
    }

    void emitted(Emission emission) {
      Partition partition = partition(emission);
      Written record = record(emission);
      assertThat(record).as("it was written: %s", emission).isNotNull();
      assertThat(emission.stream()).isEqualTo(record.time == NONE ? "dead-letter" : "default");
      assertThat(emission.get(TupleFields.TOPIC_ID)).isEqualTo(kafka.id.toString());
      if (record.time != NONE) {
        assertThat(emission.get(TupleFields.TIMESTAMP)).isEqualTo(record.time);
      }
      if (record.state == State.UNREAD) {
        assertThat(record.offset).as("in order").isGreaterThan(partition.lastEmitted);
        assertThat(partition.records.subMap(partition.lastEmitted + 1, record.offset).values())
            .as("nothing is passed over")
            .allMatch(passed -> passed.deleted);
        partition.lastEmitted = record.offset;
        record.hold = Math.max(record.time, bound(partition));
      } else {
        assertThat(record.state).as("again only what failed").isEqualTo(State.FAILED);
        assertThat(now() - record.failedAt).isGreaterThanOrEqualTo(FIRST_RETRY);
      }
      assertThat(sequence - 1 - confirmed())
          .as("nothing goes out while heartbeats are not confirmed")
          .isLessThanOrEqualTo(maxUnconfirmed);
      if (!record.everEmitted) {
        record.excuse = partition.excuse;
        record.everEmitted = true;
      }
      record.state = State.OPEN;
      if (record.time != NONE) {
        partition.active = now();
      }
      open.add(emission);
      // What is deleted may be settled: see checkMarks.
      assertThat(partition.unacked().filter(each -> !each.deleted).count())
          .as("in flight")
          .isLessThanOrEqualTo(maxUncommitted + maxPolled);
    }

    long confirmed() {
      return ackedHeartbeats.nextClearBit(0) - 1;
    }

    void heartbeat(Emission emission) {
      long number = emission.number(TupleFields.SEQUENCE);
      boolean fresh = number == sequence;
      if (fresh) {
        sequence++;
      }
      assertThat(number).isBetween(0L, sequence - 1);
      if (incarnation == 0) {
        incarnation = emission.number(TupleFields.INCARNATION);
        assertThat(incarnations.add(incarnation)).as("another one each start").isTrue();
      }
      assertThat(emission.get(TupleFields.INCARNATION)).isEqualTo(incarnation);
      open.add(emission);
      checkMarks(SettledMarks.decode((byte[]) emission.get(TupleFields.MARKS)));
      checkWatermark(emission.number(TupleFields.WATERMARK), fresh);
      idle = (Boolean) emission.get(TupleFields.IDLE);
      long shown = emission.number(TupleFields.CONFIRMED);
      if (idle) {
        assertThat(assigned()).allMatch(this::mayRest);
        // It was idle after these had arrived, so that what it reads later was written later.
        assertThat(assigned())
            .allMatch(partition -> silences(partition).anyMatch(each -> shown <= each.confirmed));
        if (kafka.isAllAnswered()) {
          assertThat(assigned())
              .allMatch(partition -> silences(partition).anyMatch(each -> shown == each.confirmed));
        }
      } else {
        assertThat(shown).isEqualTo(confirmed());
      }
      checkGoodRecords();
    }

    List<Partition> assigned() {
      return partitions.stream().filter(partition -> partition.assigned).toList();
    }

    void checkMarks(Map<String, Long> marks) {
      Map<String, Long> expected = new HashMap<>();
      for (Partition partition : assigned()) {
        String source = kafka.id + "/" + partition.number;
        // What is deleted may be settled, or not yet.
        long least = mark(partition.unacked(), partition);
        long most = mark(partition.unacked().filter(record -> !record.deleted), partition);
        assertThat(marks.get(source)).isBetween(least, most);
        expected.put(source, marks.get(source));
      }
      assertThat(marks).isEqualTo(expected);
    }

    static long mark(Stream<Written> unacked, Partition of) {
      return unacked.mapToLong(record -> record.offset).min().orElse(of.lastEmitted + 1);
    }

    /** What the documentation says, with nothing but this at hand. */
    boolean mayRest(Partition partition) {
      return partition.unacked().allMatch(record -> record.deleted || record.time == NONE)
          && partition.lastPolled <= partition.lastEmitted
          && silences(partition).findAny().isPresent();
    }

    /** The answers by which it is silent. */
    Stream<Told> silences(Partition partition) {
      return partition.told.stream()
          .filter(each -> each.at >= partition.active + IDLE)
          .filter(each -> each.end <= kafka.consumer().position(topic(partition)));
    }

    long bound(Partition partition) {
      long largest = partition.largest(Long.MAX_VALUE);
      return largest == NONE ? NONE : largest - disorder;
    }

    void checkWatermark(long shown, boolean fresh) {
      List<Partition> all = assigned();
      List<Partition> counting = all.stream().filter(partition -> !mayRest(partition)).toList();
      if (shown == Long.MAX_VALUE) {
        assertThat(END.get()).isTrue();
        assertThat(isAllCommitted()).isTrue();
      } else if (!fresh) {
        assertThat(shown).isEqualTo(ownWatermark);
      } else if (counting.isEmpty()) {
        long most = all.stream().mapToLong(this::bound).max().orElse(NONE);
        assertThat(shown).isBetween(ownWatermark, Math.max(ownWatermark, most));
      } else {
        long most = least(counting.stream(), all, false);
        long least = least(all.stream(), all, true);
        assertThat(shown)
            .as("watermark after %d at %d: %s", ownWatermark, now(), all)
            .isBetween(Math.max(ownWatermark, least), Math.max(ownWatermark, most));
      }
      ownWatermark = shown;
      watermark = Math.max(watermark, shown);
    }

    long least(Stream<Partition> counting, List<Partition> all, boolean deletedToo) {
      LongStream unacked =
          all.stream()
              .flatMap(Partition::unacked)
              .filter(record -> record.time != NONE && (deletedToo || !record.deleted))
              .mapToLong(record -> record.hold);
      return LongStream.concat(counting.mapToLong(this::bound), unacked).min().orElseThrow();
    }

    /** No good record that is to be applied yet may come below a watermark of any life. */
    void checkGoodRecords() {
      for (Partition partition : partitions) {
        if (!partition.assigned || !together && mayRest(partition)) {
          partition.excuse = watermark;
        }
        for (Written record : partition.records.values()) {
          if (record.good && record.time != NONE && !record.everAcked && !record.deleted) {
            long excuse = record.everEmitted ? record.excuse : partition.excuse;
            assertThat(record.time >= watermark || record.time < excuse)
                .as("offset %d of %d at %d", record.offset, partition.number, record.time)
                .isTrue();
          }
        }
      }
    }
  }
}
