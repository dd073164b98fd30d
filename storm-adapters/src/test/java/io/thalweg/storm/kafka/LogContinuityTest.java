package io.thalweg.storm.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.storm.TupleFields;
import io.thalweg.storm.kafka.SpoutDriver.Emission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.Uuid;
import org.apache.storm.utils.Time;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Spout on a log that is truncated, or whose records are removed before they are read. */
class LogContinuityTest {

  private static final String SOURCE = Readings.TOPIC_ID + "/0";
  private static final String OTHER = Readings.TOPIC_ID + "/1";

  private final MemoryKafka kafka =
      new MemoryKafka(
          Readings.TOPIC,
          Uuid.fromString(Readings.TOPIC_ID),
          new MemoryKafka.Watcher() {
            @Override
            public void onCommitted(int partition, OffsetAndMetadata offset) {
              if (updating) {
                LogContinuityTest.this.kafka.consumer().updateMetadata();
              }
            }
          });

  /** True while each commit comes with an update of the metadata. */
  private boolean updating;

  private Time.SimulatedTime time;
  private long clock = 1_000;

  @BeforeEach
  void setUp() {
    time = new Time.SimulatedTime();
    Time.advanceTime(1_000_000);
    kafka.addPartition();
  }

  @AfterEach
  void tearDown() {
    time.close();
  }

  private SpoutDriver start() {
    return new SpoutDriver(kafka.spout(source()));
  }

  private KafkaSources.Builder source() {
    return KafkaSources.bytes("nowhere:1", kafka.topic)
        .withGroupId("g")
        .withProperty("max.poll.records", 30)
        .withCommitPeriod(Duration.ofMillis(200))
        .withRetryDelays(Duration.ofMillis(100), Duration.ofMillis(100));
  }

  /** Appends records, each a millisecond later than the one before. */
  private void append(int records) {
    append(0, records);
  }

  private void append(int partition, int records) {
    for (int i = 0; i < records; i++) {
      byte[] text = {'k'};
      kafka.append(partition, kafka.end(partition), clock++, text, text);
    }
  }

  private static void readTo(SpoutDriver driver, int records) {
    driver.until(records + " records", () -> driver.records.size() == records);
    driver.until("commit", () -> driver.marks().values().contains((long) records));
    driver.steps(30);
  }

  private static List<String> identities(List<Emission> records) {
    return records.stream()
        .map(record -> record.get(TupleFields.TOPIC_ID) + "/" + record.get(TupleFields.OFFSET))
        .toList();
  }

  /**
   * Asserts that a spout goes on with the records from an offset on under another id, and so does
   * its successor.
   */
  private void assertReadAsOthers(SpoutDriver driver, int before, long from, long end) {
    try (driver) {
      driver.until("new records", () -> driver.records.size() == before + end - from);
      List<Emission> others = driver.records.subList(before, driver.records.size());
      assertThat(identities(others))
          .allMatch(id -> id.startsWith(Readings.TOPIC_ID + "~"))
          .doesNotHaveDuplicates();
      assertThat(others)
          .extracting(record -> record.number(TupleFields.OFFSET))
          .containsExactlyElementsOf(LongStream.range(from, end).boxed().toList());
      driver.until("settled", () -> driver.marks().values().contains(end));
      driver.steps(30);
    }
    append(5);
    try (SpoutDriver next = start()) {
      next.until("records after a restart", () -> next.records.size() == 5);
      assertThat(identities(next.records)).allMatch(id -> id.contains("~"));
    }
  }

  @Test
  void truncation_belowThePosition_isDetectedAndNewRecordsHaveAnotherId() {
    SpoutDriver driver = start();
    append(100);
    readTo(driver, 100);
    kafka.truncate(0, 40, true);
    append(90);
    assertReadAsOthers(driver, 100, 40, 130);
  }

  /** Records of both partitions are in the poll that detects the truncation. */
  @Test
  void truncation_ofOnePartition_losesNoRecordOfAnother() {
    kafka.addPartition();
    try (SpoutDriver driver = start()) {
      append(0, 10);
      append(1, 10);
      driver.until("records", () -> driver.records.size() == 20);
      driver.until("settled", () -> driver.marks().equals(Map.of(SOURCE, 10L, OTHER, 10L)));
      kafka.truncate(0, 4, true);
      append(0, 10);
      append(1, 10);
      driver.until("new records", () -> driver.records.size() == 40);
      assertThat(driver.records)
          .filteredOn(record -> record.number(TupleFields.PARTITION) == 1)
          .extracting(record -> record.number(TupleFields.OFFSET))
          .containsExactlyElementsOf(LongStream.range(0, 20).boxed().toList());
      driver.until("settled", () -> driver.marks().values().containsAll(List.of(14L, 20L)));
      assertThat(driver.marks()).hasSize(3).containsEntry(OTHER, 20L);
    }
  }

  /** The dead letter of a record is settled when it fails, without an ack of the topology. */
  @Test
  void truncation_afterARecordWasLost_isReadOn() {
    SpoutDriver driver = new SpoutDriver(kafka.spout(source().withMaxRetries(0)));
    boolean[] failing = {true};
    driver.onEmission =
        emission -> {
          if (failing[0] && !emission.isHeartbeat() && emission.number(TupleFields.OFFSET) == 3) {
            driver.fail(emission);
            append(1);
          } else {
            driver.ack(emission);
          }
        };
    append(100);
    driver.until("settled", () -> driver.marks().containsValue(kafka.end(0)));
    driver.steps(30);
    failing[0] = false;
    int before = driver.records.size();
    kafka.truncate(0, 40, true);
    append(90);
    assertReadAsOthers(driver, before, 40, 130);
  }

  @Test
  void truncation_endOfLogBelowThePosition_isDetected() {
    SpoutDriver driver = start();
    append(100);
    readTo(driver, 100);
    kafka.truncate(0, 40, false);
    driver.steps(30);
    append(100);
    assertReadAsOthers(driver, 100, 40, 140);
  }

  /** New records were written before the consumer noticed, under an epoch that was used before. */
  @Test
  void truncation_epochUsedAgain_isLocatedByTheTimestamps() {
    SpoutDriver driver = start();
    append(100);
    readTo(driver, 100);
    kafka.truncate(0, 40, false);
    append(30);
    driver.steps(30);
    append(30);
    assertReadAsOthers(driver, 100, 40, 100);
  }

  @Test
  void truncation_crashAfterAnUpdateOfTheMetadata_keepsTheId() {
    SpoutDriver driver = start();
    append(100);
    readTo(driver, 100);
    kafka.truncate(0, 40, true);
    append(90);
    driver.until("commit", () -> kafka.committed.get(0).offset() == 130);
    driver.steps(30);
    updating = true;
    append(5);
    driver.until("next commit", () -> kafka.committed.get(0).offset() == 135);
    updating = false;
    // The task ends without another commit.
    append(5);
    try (SpoutDriver next = start()) {
      next.until("records after a restart", () -> next.records.size() == 5);
      assertThat(identities(next.records)).allMatch(id -> id.contains("~"));
    }
  }

  @Test
  void truncation_twice_givesTwoIds() {
    SpoutDriver driver = start();
    append(100);
    readTo(driver, 100);
    kafka.truncate(0, 40, true);
    append(60);
    driver.until("first", () -> driver.records.size() == 160);
    driver.until("settled", () -> driver.marks().values().contains(100L));
    kafka.truncate(0, 70, true);
    append(30);
    assertReadAsOthers(driver, 160, 70, 100);
    assertThat(identities(driver.records)).doesNotHaveDuplicates();
  }

  @Test
  void truncation_whileStopped_isDetectedAtTheStart() {
    append(100);
    try (SpoutDriver driver = start()) {
      readTo(driver, 100);
    }
    kafka.truncate(0, 40, false);
    append(10);
    SpoutDriver driver = start();
    driver.steps(30);
    append(50);
    driver.until("new records", () -> driver.records.size() >= 50);
    assertThat(identities(driver.records)).allMatch(id -> id.contains("~"));
    driver.close();
  }

  /** Records before the truncation that were not acked keep their id, and are settled under it. */
  @Test
  void truncation_withUnackedRecordsBefore_keepsTheirId() {
    try (SpoutDriver driver = start()) {
      List<Emission> out = new ArrayList<>();
      Consumer<Emission> acks = driver.onEmission;
      driver.onEmission =
          emission -> {
            if (emission.isHeartbeat() || emission.number(TupleFields.OFFSET) < 20) {
              acks.accept(emission);
            } else {
              out.add(emission);
            }
          };
      append(100);
      driver.until("read", () -> out.size() == 80);
      driver.until("mark", () -> driver.marks().equals(Map.of(SOURCE, 20L)));
      kafka.truncate(0, 40, true);
      append(30);
      driver.steps(50);
      assertThat(driver.records).as("waits for the records that are out").hasSize(100);
      driver.onEmission = acks;
      out.forEach(driver::fail);
      driver.until("read again", () -> driver.records.size() == 150);
      List<String> ids = identities(driver.records.subList(100, 150));
      assertThat(ids.subList(0, 20)).allMatch(id -> id.startsWith(Readings.TOPIC_ID + "/"));
      assertThat(ids.subList(20, 50)).allMatch(id -> id.contains("~"));
      driver.until("settled", () -> driver.marks().values().contains(70L));
      assertThat(driver.marks()).hasSize(2).containsEntry(SOURCE, 100L);
    }
  }

  /** After a retry the consumer reads settled records again, below the mark. */
  @Test
  void retry_pastSettledRecords_isNoTruncation() {
    try (SpoutDriver driver = start()) {
      List<Long> failed = new ArrayList<>();
      driver.onEmission =
          emission -> {
            if (!emission.isHeartbeat()
                && emission.number(TupleFields.OFFSET) % 7 == 3
                && !failed.contains(emission.number(TupleFields.OFFSET))) {
              failed.add(emission.number(TupleFields.OFFSET));
              driver.fail(emission);
            } else {
              driver.ack(emission);
            }
          };
      append(2_000);
      driver.until("all settled", () -> driver.marks().equals(Map.of(SOURCE, 2_000L)));
      assertThat(failed).hasSize(286);
      assertThat(driver.counter("removedUnread")).isZero();
    }
  }

  @Test
  void retention_ofUnreadRecords_isCounted() {
    append(100);
    try (SpoutDriver driver = start()) {
      readTo(driver, 100);
      kafka.stall(0, true);
      append(100);
      kafka.deleteBelow(0, 150);
      driver.until("removed", () -> driver.counter("removedUnread") == 50);
      kafka.stall(0, false);
      driver.until("the rest", () -> driver.records.size() == 150);
      driver.steps(60);
      assertThat(driver.counter("removedUnread")).isEqualTo(50);
    }
    append(100);
    kafka.deleteBelow(0, 260);
    try (SpoutDriver driver = start()) {
      driver.until("removed while stopped", () -> driver.counter("removedUnread") == 60);
      driver.until("the rest", () -> driver.records.size() == 40);
      driver.steps(60);
      assertThat(driver.counter("removedUnread")).isEqualTo(60);
    }
  }

  @Test
  void compaction_ofUnreadRecords_isNoRemoval() {
    try (SpoutDriver driver = start()) {
      append(10);
      kafka.skip(0, 10);
      append(10);
      driver.until("all settled", () -> driver.marks().equals(Map.of(SOURCE, 30L)));
      driver.steps(60);
      assertThat(driver.counter("removedUnread")).isZero();
    }
  }

  @Test
  void committedTime_beyondTheFutureGuard_isForgotten() {
    long future = Time.currentTimeMillis() + 86_400_000;
    KafkaSources.Builder unguarded =
        KafkaSources.bytes("nowhere:1", kafka.topic)
            .withGroupId("g")
            .withProperty("max.poll.records", 30)
            .withCommitPeriod(Duration.ofMillis(200))
            .withMaxFuture(Duration.ofMillis(Long.MAX_VALUE));
    kafka.append(0, 0, future, "k".getBytes(UTF_8), new byte[1]);
    try (SpoutDriver driver = new SpoutDriver(kafka.spout(unguarded))) {
      readTo(driver, 1);
      assertThat(driver.watermark()).isEqualTo(future - 1_000);
    }
    try (SpoutDriver driver = start()) {
      driver.until("heartbeat", () -> !driver.heartbeats.isEmpty());
      assertThat(driver.watermark()).isEqualTo(Long.MIN_VALUE);
      append(1);
      driver.until("watermark", () -> driver.watermark() == clock - 1 - 1_000);
    }
  }
}
