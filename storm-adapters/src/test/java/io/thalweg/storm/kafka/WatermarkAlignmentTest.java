package io.thalweg.storm.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.storm.TupleFields;
import io.thalweg.storm.kafka.SpoutDriver.Emission;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.storm.utils.Time;
import org.apache.storm.utils.Utils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The spout reads partitions in step, on Kafka in memory and simulated time. */
class WatermarkAlignmentTest {

  private static final long T0 = 1_700_000_000_000L;
  private static final long MINUTE = 60_000;
  private static final int RECORD = WaitingBytes.RECORD_BYTES + 13;

  private final MemoryKafka kafka = new MemoryKafka("numbers");
  private Time.SimulatedTime time;

  @BeforeEach
  void startTime() {
    time = new Time.SimulatedTime();
  }

  @AfterEach
  void stopTime() {
    time.close();
  }

  private static KafkaSources.Builder source(MemoryKafka kafka, int maxPollRecords) {
    return KafkaSources.bytes("memory", kafka.topic)
        .withGroupId("group")
        .withDisorder(Duration.ZERO)
        .withIdleTimeout(Duration.ofSeconds(1))
        .withRetryDelays(Duration.ofMillis(50), Duration.ofMillis(50))
        .withMaxFuture(ChronoUnit.FOREVER.getDuration())
        .withProperty("max.poll.records", maxPollRecords)
        .withHeader(record -> new Header("k", Long.parseLong(new String(record.value(), UTF_8))));
  }

  private KafkaSources.Builder source() {
    return source(kafka, 50);
  }

  /** Adds a partition with records at equal distances in event time. */
  private int addPartition(int records, long stepMillis) {
    kafka.addPartition();
    int partition = kafka.partitions() - 1;
    for (int i = 0; i < records; i++) {
      kafka.append(partition, Long.toString(T0 + i * stepMillis));
    }
    return partition;
  }

  private static long time(Emission record) {
    return record.number(TupleFields.TIMESTAMP);
  }

  private static long count(SpoutDriver driver, int partition) {
    return driver.records.stream()
        .filter(record -> record.number(TupleFields.PARTITION) == partition)
        .count();
  }

  /** Two backlogs of two hours, of different rates. */
  @Test
  void backlogs_ofDifferentRates_areReadInStep() {
    int dense = addPartition(7_200, 1_000);
    int sparse = addPartition(720, 10_000);
    try (SpoutDriver driver = new SpoutDriver(kafka.spout(source()))) {
      long[] reached = {T0, T0};
      long[] drift = {0};
      driver.onEmission =
          emission -> {
            if (!emission.isHeartbeat()) {
              int partition = (int) emission.number(TupleFields.PARTITION);
              reached[partition] = time(emission);
              drift[0] = Math.max(drift[0], reached[sparse] - reached[dense]);
            }
            driver.ack(emission);
          };
      driver.until("all records", () -> driver.records.size() == 7_920);
      driver.until("watermark", () -> driver.watermark() >= T0 + 719 * 10_000);
      // Without alignment the sparse one is read to its end when the other has reached 12 minutes.
      assertThat(drift[0]).isLessThanOrEqualTo(MINUTE + 50 * 10_000);
    }
  }

  @Test
  void partition_stalled_stopsTheOthersUntilItIsRead() {
    int stalled = addPartition(10, 1_000);
    int other = addPartition(1_000, 1_000);
    kafka.stall(stalled, true);
    try (SpoutDriver driver = new SpoutDriver(kafka.spout(source()))) {
      driver.until("a batch", () -> count(driver, other) == 50);
      driver.steps(500);
      assertThat(count(driver, other)).isEqualTo(50);
      kafka.stall(stalled, false);
      driver.until("all records", () -> driver.records.size() == 1_010);
    }
  }

  @Test
  void partitions_emptyOrReadToTheirEnds_stopNoOther() {
    addPartition(0, 0);
    addPartition(1, 0);
    int other = addPartition(1_000, 10_000);
    try (SpoutDriver driver =
        new SpoutDriver(kafka.spout(source().withIdleTimeout(Duration.ofHours(1))))) {
      driver.until("all records", () -> count(driver, other) == 1_000);
    }
  }

  @Test
  void failedRecord_ofAPausedPartition_isEmittedAgain() {
    int slow = addPartition(1_000, 10);
    int ahead = addPartition(200, MINUTE);
    try (SpoutDriver driver = new SpoutDriver(kafka.spout(source()))) {
      List<Emission> held = new ArrayList<>();
      driver.onEmission =
          emission -> {
            if (!emission.isHeartbeat()
                && emission.number(TupleFields.PARTITION) == ahead
                && emission.number(TupleFields.OFFSET) == 3
                && held.isEmpty()) {
              held.add(emission);
            } else {
              driver.ack(emission);
            }
          };
      driver.until("paused", () -> count(driver, ahead) == 50 && count(driver, slow) > 100);
      kafka.stall(slow, true);
      driver.fail(held.get(0));
      driver.until("emitted again", () -> count(driver, ahead) > 50);
      driver.steps(100);
      assertThat(count(driver, ahead)).as("with the rest of its batch").isEqualTo(54);
      kafka.stall(slow, false);
      driver.until("all records", () -> driver.records.size() == 1_201);
    }
  }

  @Test
  void waitingBytes_aboveTheBound_onlyTheSlowestPartitionIsRead() {
    int slow = addPartition(2_000, 1);
    int fast = addPartition(2_000, 10);
    try (SpoutDriver driver =
        new SpoutDriver(kafka.spout(source().withMaxWaitingBytes(200 * RECORD)))) {
      long[] most = {0};
      driver.onEmission =
          emission -> {
            driver.ack(emission);
            most[0] =
                Math.max(
                    most[0],
                    driver.records.stream().filter(at -> time(at) > driver.watermark()).count());
          };
      driver.until("the slow one", () -> count(driver, slow) == 2_000);
      // A heartbeat reads on for ten calls before the bytes are known.
      assertThat(most[0]).isLessThan(400);
      driver.until("all records", () -> count(driver, fast) == 2_000);
    }
  }

  @Test
  void releasedBytes_unconfirmed_stopReading() {
    addPartition(2_000, 1);
    try (SpoutDriver driver =
        new SpoutDriver(kafka.spout(source().withMaxWaitingBytes(200 * RECORD)))) {
      List<Emission> held = new ArrayList<>();
      driver.onEmission =
          emission -> {
            if (emission.isHeartbeat()) {
              held.add(emission);
            } else {
              driver.ack(emission);
            }
          };
      driver.until("the bound", () -> driver.records.size() > 200);
      driver.steps(500);
      assertThat(driver.records).hasSizeLessThan(240);
      driver.onEmission = driver::ack;
      held.forEach(driver::ack);
      driver.until("all records", () -> driver.records.size() == 2_000);
    }
  }

  /** Fails the first record of the first partition until it is given up. */
  private void assertGivenUp(KafkaSources.Builder source, int records) {
    try (SpoutDriver driver = new SpoutDriver(kafka.spout(source.withMaxRetries(3)))) {
      driver.onEmission =
          emission -> {
            if (emission.stream().equals(Utils.DEFAULT_STREAM_ID)
                && emission.number(TupleFields.PARTITION) == 0
                && emission.number(TupleFields.OFFSET) == 0) {
              driver.fail(emission);
            } else {
              driver.ack(emission);
            }
          };
      driver.until("given up", () -> driver.counter("givenUp") == 1);
      driver.until(
          "all records",
          () -> driver.marks().values().stream().mapToLong(Long::longValue).sum() == records);
    }
  }

  @Test
  void failingRecord_atTheBoundOfUncommittedOffsets_isGivenUp() {
    addPartition(100, 1_000);
    assertGivenUp(source().withMaxUncommittedOffsets(10), 100);
  }

  @Test
  void failingRecord_withOtherPartitionsAhead_isGivenUp() {
    addPartition(100, 1_000);
    addPartition(200, 10_000);
    assertGivenUp(source().withMaxUncommittedOffsets(10), 300);
  }

  /** The watermark waits for the record, and the other partition for the watermark. */
  @Test
  void failingRecord_atTheEndWhileTheBytesAreAboveTheBound_isGivenUp() {
    addPartition(1, 0);
    addPartition(2_000, 1);
    assertGivenUp(source().withMaxWaitingBytes(200 * RECORD), 2_001);
  }

  /** Whatever fails, stalls or is written late: everything is read, and the watermark follows. */
  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void reading_goesOn(@ForAll long seed) {
    Random random = new Random(seed);
    MemoryKafka kafka = new MemoryKafka("numbers");
    int partitions = 2 + random.nextInt(3);
    long[] clocks = new long[partitions];
    Arrays.fill(clocks, T0);
    for (int i = 0; i < partitions; i++) {
      kafka.addPartition();
    }
    KafkaSources.Builder source =
        source(kafka, 1 + random.nextInt(20))
            .withMaxDrift(Duration.ofMillis(random.nextInt(3) * 1_000L))
            .withMaxWaitingBytes((1 + random.nextInt(60)) * (long) RECORD)
            .withMaxUncommittedOffsets(1 + random.nextInt(40))
            .withCommitPeriod(Duration.ofMillis(100));
    try (Time.SimulatedTime time = new Time.SimulatedTime();
        SpoutDriver driver = new SpoutDriver(kafka.spout(source))) {
      assertThat(time).isNotNull();
      List<Emission> open = new ArrayList<>();
      driver.onEmission = open::add;
      for (int step = 0; step < 300; step++) {
        int partition = random.nextInt(partitions);
        switch (random.nextInt(8)) {
          case 0, 1, 2 -> {
            for (int left = random.nextInt(1 + 10 * partition); left >= 0; left--) {
              clocks[partition] += random.nextInt(200);
              boolean readable = random.nextInt(10) > 0;
              kafka.append(partition, readable ? Long.toString(clocks[partition]) : "none");
            }
          }
          case 3 -> kafka.stall(partition, random.nextBoolean());
          default -> {
            while (random.nextInt(8) > 0 && !open.isEmpty()) {
              Emission next = open.remove(random.nextInt(open.size()));
              if (random.nextInt(6) == 0) {
                driver.fail(next);
              } else {
                driver.ack(next);
              }
            }
          }
        }
        driver.step();
      }
      for (int i = 0; i < partitions; i++) {
        kafka.stall(i, false);
      }
      driver.onEmission = driver::ack;
      open.forEach(driver::ack);
      driver.until(
          "everything is settled",
          () -> {
            for (int i = 0; i < partitions; i++) {
              if (driver.marks().getOrDefault(kafka.id + "/" + i, -1L) != kafka.end(i)) {
                return false;
              }
            }
            return driver.lastHeartbeat().get(TupleFields.IDLE).equals(true);
          });
    }
  }

  @Test
  void options_outOfRange_throw() {
    assertThatThrownBy(() -> source().withMaxDrift(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("bound must not be negative: PT-0.001S");
    assertThatThrownBy(() -> source().withMaxWaitingBytes(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("bytes must be positive: 0");
  }
}
