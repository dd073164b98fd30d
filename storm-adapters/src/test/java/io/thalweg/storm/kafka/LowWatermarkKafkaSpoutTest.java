package io.thalweg.storm.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.kafka.SpoutDriver.Emission;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.storm.kafka.spout.FirstPollOffsetStrategy;
import org.apache.storm.utils.Time;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** The spout against a real broker; time is simulated, so that nothing waits for it. */
class LowWatermarkKafkaSpoutTest {

  private static final long T0 = 1_700_000_000_000L;
  private static final AtomicBoolean END = new AtomicBoolean();

  private static Broker shared;
  private Broker broker;
  private String topic;
  private KafkaProducer<byte[], byte[]> producer;
  private Time.SimulatedTime time;

  @BeforeAll
  static void startBroker() throws IOException {
    shared = Broker.patient();
  }

  @AfterAll
  static void stopBroker() throws IOException {
    shared.close();
  }

  @BeforeEach
  void setUp(TestInfo test) {
    broker = shared;
    topic = test.getTestMethod().orElseThrow().getName();
    producer = broker.producer(Map.of());
    END.set(false);
    time = new Time.SimulatedTime();
    // Event times near T0 are no future, and too old for the watermark to follow the clock.
    Time.advanceTime(T0 + 7_200_000);
  }

  @AfterEach
  void tearDown() {
    time.close();
    producer.close();
  }

  private KafkaSources.Builder source() {
    return KafkaSources.bytes(broker.bootstrapServers(), topic)
        .withGroupId(topic)
        .withDisorder(Duration.ofMillis(100))
        .withIdleTimeout(Duration.ofSeconds(1))
        .withRetryDelays(Duration.ofMillis(50), Duration.ofMillis(50))
        .withHeader(record -> new Header("k", Long.parseLong(new String(record.value(), UTF_8))));
  }

  private void create(int partitions) throws ExecutionException, InterruptedException {
    broker.create(topic, partitions, Map.of());
  }

  /** Writes a record whose value is its event time, and waits for its offset. */
  private long send(int partition, long recordTime, String value) {
    try {
      return producer
          .send(
              new ProducerRecord<>(
                  topic, partition, recordTime, new byte[] {'k'}, value.getBytes(UTF_8)))
          .get()
          .offset();
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  private long send(int partition, long eventTime) {
    return send(partition, T0, Long.toString(eventTime));
  }

  private static List<Long> times(List<Emission> records) {
    return records.stream().map(record -> record.number(TupleFields.TIMESTAMP)).toList();
  }

  @Test
  void watermark_withSkewIdlenessAndFutureTimes_makesNoRecordLate() throws Exception {
    create(4);
    // Partition 1 is a minute behind partition 0, 2 is empty, 3 has times a day ahead.
    try (SpoutDriver driver =
        new SpoutDriver(
            source()
                .withMaxFuture(Duration.ofHours(1))
                .withHeartbeat(Duration.ofMillis(40)) // shortens the polls
                .lowWatermarkSpout())) {
      Random random = new Random(1);
      List<Emission> waiting = new ArrayList<>();
      List<String> late = new ArrayList<>();
      int[] behindTheFastest = {0};
      long[] largest = {Long.MIN_VALUE};
      driver.onEmission =
          emission -> {
            if (emission.stream().equals("default")) {
              long at = emission.number(TupleFields.TIMESTAMP);
              if (at < driver.watermark()) {
                late.add(at + " < " + driver.watermark());
              }
              largest[0] = Math.max(largest[0], at);
              behindTheFastest[0] += at < largest[0] - 100 ? 1 : 0;
            }
            waiting.add(emission);
            if (waiting.size() > 20) { // acks are out of order, and some records fail
              Emission next = waiting.remove(random.nextInt(waiting.size()));
              if (random.nextInt(10) == 0) {
                driver.fail(next);
              } else {
                driver.ack(next);
              }
            }
          };
      for (int i = 0; i < 60; i++) {
        long now = T0 + 100L * i;
        send(0, now, Long.toString(now - random.nextInt(100)));
        send(1, now, Long.toString(now - 60_000 - random.nextInt(100)));
        if (i % 10 == 0) {
          send(3, now, Long.toString(now + 86_400_000));
          send(3, now, Long.toString(now));
          send(3, now, "garbage");
        }
        driver.steps(8);
      }
      driver.onEmission = driver::ack;
      waiting.forEach(driver::ack);
      driver.until(
          "all",
          () ->
              emittedOffsets(driver) == 126
                  && driver.marks().size() == 4
                  && driver.marks().values().stream().mapToLong(Long::longValue).sum() == 138);
      assertThat(late).isEmpty();
      // A watermark of the fastest partition would make most of partition 1 late.
      assertThat(behindTheFastest[0]).isGreaterThan(50);
      long slowest = T0 + 5_900 - 60_000 - 100;
      driver.until("watermark of the slowest", () -> driver.watermark() >= slowest - 100);
      assertThat(driver.watermark()).isBetween(slowest - 100, T0 + 5_900 - 60_000 - 100);
      assertThat(driver.lastHeartbeat().get(TupleFields.IDLE)).isEqualTo(false);
      // Then all become idle, one after the other, and the watermark stays at the last one.
      driver.until("idle", () -> driver.lastHeartbeat().get(TupleFields.IDLE).equals(true));
      assertThat(late).isEmpty();
      assertThat(driver.watermark()).isLessThanOrEqualTo(T0 + 5_900 - 100);
      assertThat(driver.records)
          .filteredOn(record -> record.stream().equals("dead-letter"))
          .extracting(record -> record.number(TupleFields.PARTITION))
          .containsOnly(3L);
    }
  }

  private static long emittedOffsets(SpoutDriver driver) {
    return driver.records.stream()
        .filter(record -> record.stream().equals("default"))
        .map(record -> record.get(TupleFields.PARTITION) + "/" + record.get(TupleFields.OFFSET))
        .distinct()
        .count();
  }

  @Test
  void watermark_failingRecord_isHeldUntilItIsAcked() throws Exception {
    create(1);
    try (SpoutDriver driver = new SpoutDriver(source().lowWatermarkSpout())) {
      LongStream.range(0, 20).forEach(i -> send(0, T0 + 1_000 * i));
      AtomicBoolean failing = new AtomicBoolean(true);
      driver.onEmission =
          emission -> {
            if (!emission.isHeartbeat()
                && failing.get()
                && emission.number(TupleFields.OFFSET) == 3) {
              driver.fail(emission);
            } else {
              driver.ack(emission);
            }
          };
      driver.until(
          "third failure",
          () -> times(driver.records).stream().filter(at -> at == T0 + 3_000).count() >= 3);
      driver.until("all", () -> driver.records.size() >= 20);
      driver.steps(50);
      assertThat(driver.watermark()).isEqualTo(T0 + 3_000);
      assertThat(driver.marks().values()).containsExactly(3L);
      failing.set(false);
      driver.until("watermark", () -> driver.watermark() == T0 + 18_900);
      assertThat(driver.marks().values()).containsExactly(20L);
    }
  }

  /** Retention deletes old records, also those that fail. */
  @Test
  void watermark_failingRecordDeletedFromKafka_isSettled() throws Exception {
    create(1);
    try (SpoutDriver driver =
        new SpoutDriver(source().withCommitPeriod(Duration.ofMillis(500)).lowWatermarkSpout())) {
      LongStream.range(0, 20).forEach(i -> send(0, T0 + 1_000 * i));
      driver.onEmission =
          emission -> {
            if (!emission.isHeartbeat() && emission.number(TupleFields.OFFSET) % 5 == 3) {
              driver.fail(emission);
            } else {
              driver.ack(emission);
            }
          };
      driver.until("all records, and retries", () -> driver.records.size() > 24);
      TopicPartition partition = new TopicPartition(topic, 0);
      broker.admin().deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(10))).all().get();
      driver.until("the next failing record holds it", () -> driver.watermark() == T0 + 13_000);
      assertThat(driver.marks().values()).containsExactly(13L);
      broker.admin().deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(20))).all().get();
      driver.until("no record holds it", () -> driver.watermark() == T0 + 18_900);
      assertThat(driver.marks().values()).containsExactly(20L);
      driver.until("commit", () -> committed() == 20);
      send(0, T0 + 20_000);
      driver.until("next", () -> driver.watermark() == T0 + 19_900);
    }
  }

  @Test
  void record_failingWhileOthersAreAcked_becomesADeadLetterThatHoldsNothing() throws Exception {
    create(1);
    try (SpoutDriver driver = new SpoutDriver(source().lowWatermarkSpout())) {
      send(0, T0);
      List<Emission> deadLetters = new ArrayList<>();
      int[] failures = {0};
      driver.onEmission =
          emission -> {
            if (emission.stream().equals(Streams.DEAD_LETTER)) {
              deadLetters.add(emission); // neither acked nor failed
            } else if (!emission.isHeartbeat() && emission.number(TupleFields.OFFSET) == 0) {
              driver.fail(emission);
              send(0, T0 + 1_000 * ++failures[0]);
            } else {
              driver.ack(emission);
            }
          };
      driver.until("given up", () -> !deadLetters.isEmpty() && driver.watermark() > T0);
      assertThat(failures[0]).as("failures, of which 31 count").isGreaterThan(31);
      assertThat(deadLetters).hasSize(1);
      assertThat((byte[]) deadLetters.get(0).get(TupleFields.VALUE)).asString().isEqualTo("" + T0);
      assertThat(deadLetters.get(0).get(TupleFields.REASON))
          .isEqualTo(
              "record must be acked after at most 30 retries while other records are: failed "
                  + failures[0]
                  + " times");
      assertThat(driver.marks().values()).as("the dead letter is tracked").containsExactly(0L);
      driver.ack(deadLetters.get(0));
      driver.until("settled", () -> driver.marks().containsValue(failures[0] + 1L));
    }
  }

  @Test
  void record_failingWhileNothingIsAcked_isNotGivenUp() throws Exception {
    create(1);
    try (SpoutDriver driver = new SpoutDriver(source().withMaxRetries(1).lowWatermarkSpout())) {
      send(0, T0);
      send(0, T0 + 1_000);
      int[] failures = {0};
      driver.onEmission =
          emission -> {
            if (!emission.isHeartbeat() && failures[0] < 20) {
              failures[0]++;
              driver.fail(emission);
            } else {
              driver.ack(emission);
            }
          };
      driver.until("acked", () -> driver.watermark() == T0 + 900);
      assertThat(driver.records).hasSize(22).extracting(Emission::stream).containsOnly("default");
    }
  }

  @Test
  void deadLetter_ofARecordGivenUp_isSettledAfterAsManyFailures() throws Exception {
    create(1);
    try (SpoutDriver driver = new SpoutDriver(source().withMaxRetries(2).lowWatermarkSpout())) {
      send(0, T0);
      long[] last = {0};
      driver.onEmission =
          emission -> {
            if (!emission.isHeartbeat() && emission.number(TupleFields.OFFSET) == 0) {
              driver.fail(emission);
              last[0] = send(0, T0 + 1_000);
            } else {
              driver.ack(emission);
            }
          };
      driver.until("heartbeat", () -> !driver.heartbeats.isEmpty());
      driver.until("settled", () -> driver.marks().containsValue(last[0] + 1));
      assertThat(driver.records)
          .filteredOn(each -> each.stream().equals(Streams.DEAD_LETTER))
          .hasSize(3);
    }
  }

  @Test
  void heartbeat_failed_isEmittedAgainWithItsNumber() throws Exception {
    create(1);
    // An idle task confirms as of its last check, whose reply may take any time.
    try (SpoutDriver driver =
        new SpoutDriver(source().withIdleTimeout(Duration.ofMinutes(1)).lowWatermarkSpout())) {
      List<Long> failed = new ArrayList<>(List.of(2L, 5L));
      driver.onEmission =
          emission -> {
            if (emission.isHeartbeat() && failed.remove(emission.number(TupleFields.SEQUENCE))) {
              driver.fail(emission);
            } else {
              driver.ack(emission);
            }
          };
      driver.steps(91); // 1.8 s
      assertThat(driver.heartbeats)
          .extracting(heartbeat -> heartbeat.number(TupleFields.SEQUENCE))
          .containsExactly(0L, 1L, 2L, 2L, 3L, 4L, 5L, 5L, 6L, 7L, 8L, 9L);
      assertThat(driver.heartbeats)
          .extracting(heartbeat -> heartbeat.number(TupleFields.CONFIRMED))
          .containsExactly(-1L, 0L, 1L, 1L, 2L, 3L, 4L, 4L, 5L, 6L, 7L, 8L);
      assertThat(driver.heartbeats)
          .extracting(heartbeat -> heartbeat.get(TupleFields.INCARNATION))
          .containsOnly(driver.lastHeartbeat().get(TupleFields.INCARNATION));
      assertThat(driver.heartbeats)
          .extracting(heartbeat -> heartbeat.get(TupleFields.SPOUT))
          .containsOnly(1);
      assertThat(driver.heartbeats)
          .extracting(heartbeat -> heartbeat.get(TupleFields.WATERMARK))
          .containsOnly(Long.MIN_VALUE);
    }
  }

  @Test
  void unconfirmedHeartbeats_aboveTheBound_stopReading() throws Exception {
    create(1);
    try (SpoutDriver driver =
        new SpoutDriver(
            source()
                .withIdleTimeout(Duration.ofSeconds(5))
                .withMaxUnconfirmedHeartbeats(10)
                .lowWatermarkSpout())) {
      List<Emission> held = new ArrayList<>();
      driver.onEmission =
          emission -> {
            if (emission.isHeartbeat()) {
              held.add(emission); // the sink is down
            } else {
              driver.ack(emission);
            }
          };
      send(0, T0);
      driver.until("eleven heartbeats", () -> driver.heartbeats.size() == 11);
      assertThat(driver.records).hasSize(1);
      // Nothing is read, heartbeats go on, and the partition does not become idle.
      send(0, T0 + 1);
      for (int i = 0; i < 50; i++) { // 10 s
        driver.steps(10);
        committed(); // takes as long as a request of the spout to Kafka
      }
      assertThat(driver.records).hasSize(1);
      assertThat(driver.heartbeats.size()).isBetween(60, 62);
      assertThat(driver.lastHeartbeat().get(TupleFields.IDLE)).isEqualTo(false);
      driver.onEmission = driver::ack;
      held.forEach(driver::ack);
      driver.until("second record", () -> driver.records.size() == 2);
      driver.until("idle", () -> driver.lastHeartbeat().get(TupleFields.IDLE).equals(true));
    }
  }

  @Test
  void watermark_openTransaction_isHeldUntilItsEnd() throws Exception {
    create(2);
    try (KafkaProducer<byte[], byte[]> transactional =
            broker.producer(
                Map.of("transactional.id", topic, "max.in.flight.requests.per.connection", 1));
        SpoutDriver driver =
            new SpoutDriver(
                source().withProperty("isolation.level", "read_committed").lowWatermarkSpout())) {
      transactional.initTransactions();
      transactional.beginTransaction();
      transactional.send(
          new ProducerRecord<>(topic, 1, T0, new byte[] {'k'}, Long.toString(T0).getBytes(UTF_8)));
      transactional.flush();
      for (int i = 0; i < 50; i++) { // 10 s
        send(0, T0 + 1_000 * i);
        driver.steps(10);
      }
      assertThat(driver.watermark()).isEqualTo(Long.MIN_VALUE);
      transactional.commitTransaction();
      driver.until("its record", () -> times(driver.records).contains(T0));
      driver.until("idle", () -> driver.lastHeartbeat().get(TupleFields.IDLE).equals(true));
      send(0, T0 + 60_000);
      driver.until("watermark", () -> driver.watermark() == T0 + 59_900);
    }
  }

  @Test
  void transactions_committedAndAborted_areReadAndARestartContinues() throws Exception {
    create(2);
    try (KafkaProducer<byte[], byte[]> transactional =
        broker.producer(
            Map.of("transactional.id", topic, "max.in.flight.requests.per.connection", 1))) {
      transactional.initTransactions();
      long at = T0;
      for (int i = 0; i < 30; i++) {
        transactional.beginTransaction();
        for (int j = 0; j < 5; j++) {
          at += 10;
          transactional.send(
              new ProducerRecord<>(
                  topic, 0, T0, new byte[] {'k'}, Long.toString(at + i % 3).getBytes(UTF_8)));
        }
        if (i % 3 == 0) {
          transactional.commitTransaction();
        } else {
          transactional.flush();
          transactional.abortTransaction();
        }
      }
    }
    KafkaSources.Builder source =
        source()
            .withCommitPeriod(Duration.ofMillis(500))
            .withProperty("isolation.level", "read_committed");
    long last = T0 + 10 * 140; // of the last committed transaction
    long lastOffset;
    try (SpoutDriver driver = new SpoutDriver(source.lowWatermarkSpout())) {
      driver.until("all committed records", () -> driver.records.size() == 50);
      // The log ends with markers and aborted records: the partition becomes idle all the same.
      driver.until("idle", () -> driver.lastHeartbeat().get(TupleFields.IDLE).equals(true));
      assertThat(times(driver.records)).isSorted().doesNotHaveDuplicates().hasSize(50);
      assertThat(times(driver.records)).last().isEqualTo(last);
      lastOffset = driver.records.get(49).number(TupleFields.OFFSET);
      assertThat(driver.marks().values()).containsExactlyInAnyOrder(lastOffset + 1, 0L);
      assertThat(driver.watermark()).isEqualTo(last - 100);
      // close() commits only if the topics were verified just before.
      driver.until("commit", () -> committed() == lastOffset + 1);
    }
    try (SpoutDriver driver = new SpoutDriver(source.lowWatermarkSpout())) {
      send(1, last + 50_000);
      driver.until("watermark", () -> driver.watermark() > Long.MIN_VALUE);
      // The event time of partition 0 was restored from its commit.
      assertThat(driver.watermark()).isEqualTo(last - 100);
      assertThat(times(driver.records)).containsExactly(last + 50_000);
      assertThat(driver.marks().values()).containsExactlyInAnyOrder(lastOffset + 1, 1L);
      send(0, last + 10_000);
      driver.until("next", () -> driver.watermark() == last + 9_900);
    }
  }

  @Test
  void restart_readsUnackedRecordsOnly() throws Exception {
    create(1);
    LongStream.range(0, 100).forEach(i -> send(0, T0 + i));
    KafkaSources.Builder source = source().withCommitPeriod(Duration.ofMillis(300));
    SpoutDriver killed = new SpoutDriver(source.lowWatermarkSpout());
    killed.onEmission =
        emission -> {
          if (emission.isHeartbeat() || emission.number(TupleFields.OFFSET) != 60) {
            killed.ack(emission);
          }
        };
    killed.until("all", () -> killed.records.size() == 100);
    killed.until("commit", () -> committed() == 60);
    assertThat(killed.watermark()).isEqualTo(T0 + 99 - 100);
    // Not closed: a killed worker does not commit.
    try (SpoutDriver driver = new SpoutDriver(source.lowWatermarkSpout())) {
      driver.until("uncommitted records", () -> driver.records.size() == 40);
      driver.steps(50);
      assertThat(times(driver.records))
          .containsExactlyElementsOf(LongStream.range(60, 100).map(i -> T0 + i).boxed().toList());
      driver.until("commit", () -> committed() == 100);
      assertThat(driver.lastHeartbeat().get(TupleFields.INCARNATION))
          .isNotEqualTo(killed.lastHeartbeat().get(TupleFields.INCARNATION));
    } finally {
      killed.close();
    }
  }

  private long committed() {
    try {
      return broker
          .admin()
          .listConsumerGroupOffsets(topic)
          .partitionsToOffsetAndMetadata()
          .get()
          .values()
          .stream()
          .mapToLong(offset -> offset.offset())
          .sum();
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void end_afterEverythingIsReadAndAcked_isTheLargestWatermark() throws Exception {
    create(3);
    send(0, T0);
    send(1, T0 + 70_000);
    try (SpoutDriver driver =
        new SpoutDriver(source().withEnd(() -> END.get()).lowWatermarkSpout())) {
      List<Emission> held = new ArrayList<>();
      driver.onEmission =
          emission -> {
            if (!emission.isHeartbeat() && emission.number(TupleFields.PARTITION) == 2) {
              held.add(emission);
            } else {
              driver.ack(emission);
            }
          };
      driver.until("two records", () -> driver.records.size() == 2);
      driver.steps(50);
      send(2, T0 + 10);
      END.set(true);
      driver.until("the last record", () -> driver.records.size() == 3);
      driver.steps(100);
      assertThat(driver.watermark()).isLessThan(Long.MAX_VALUE); // not acked yet
      driver.onEmission = driver::ack;
      held.forEach(driver::ack);
      driver.until("end", () -> driver.watermark() == Long.MAX_VALUE);
      driver.steps(100);
      assertThat(driver.watermark()).isEqualTo(Long.MAX_VALUE);
    }
  }

  @Test
  void topic_createdAgain_failsTheSpoutAndIsReadByTheNext() throws Exception {
    create(1);
    String oldId = source().topicIds().get(topic);
    LongStream.range(0, 10).forEach(i -> send(0, T0 + i));
    SpoutDriver driver = new SpoutDriver(source().lowWatermarkSpout());
    driver.until("the old topic", () -> driver.records.size() == 10);
    broker.admin().deleteTopics(List.of(topic)).all().get();
    producer.close();
    producer = broker.producer(Map.of());
    create(1);
    String newId = source().topicIds().get(topic);
    assertThat(newId).isNotEqualTo(oldId);
    LongStream.range(0, 30).forEach(i -> send(0, T0 + 1_000 + i));
    assertThatThrownBy(() -> driver.until("error", () -> false))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "topic must not be deleted and created again while it is read; a restart reads the new one: "
                + topic
                + ", its id was "
                + oldId
                + " and is "
                + newId);
    assertThat(times(driver.records)).allMatch(at -> at < T0 + 1_000);
    driver.close();
    try (SpoutDriver again = new SpoutDriver(source().lowWatermarkSpout())) {
      again.until("the new topic", () -> again.records.size() == 30);
      assertThat(times(again.records))
          .containsExactlyElementsOf(
              LongStream.range(0, 30).map(i -> T0 + 1_000 + i).boxed().toList());
      assertThat(again.records)
          .extracting(record -> record.get(TupleFields.TOPIC_ID))
          .containsOnly(newId);
    }
  }

  @Test
  void topic_deleted_failsTheSpout() throws Exception {
    create(1);
    send(0, T0);
    SpoutDriver driver = new SpoutDriver(source().lowWatermarkSpout());
    driver.until("record", () -> driver.records.size() == 1);
    broker.admin().deleteTopics(List.of(topic)).all().get();
    assertThatThrownBy(() -> driver.until("error", () -> false))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(
            "topic must not be deleted while it is read, create it again: " + topic);
    driver.close(); // must not commit
  }

  @Test
  void broker_stoppedAndRestarted_losesNoRecord() throws Exception {
    broker = new Broker(Map.of());
    producer.close();
    producer = broker.producer(Map.of());
    create(1);
    LongStream.range(0, 10).forEach(i -> send(0, T0 + i));
    KafkaSources.Builder source = source().withCommitPeriod(Duration.ofMillis(200));
    try (SpoutDriver driver = new SpoutDriver(source.lowWatermarkSpout())) {
      driver.until("records", () -> driver.records.size() == 10);
      driver.until("commit", () -> committed() == 10);
      broker.stop();
      int before = driver.heartbeats.size();
      driver.steps(300); // 6 s, longer than the idle time
      assertThat(driver.heartbeats.size() - before).isBetween(29, 31);
      // The log may contain unread records.
      assertThat(driver.lastHeartbeat().get(TupleFields.IDLE)).isEqualTo(false);
      broker.start();
      producer.close();
      producer = broker.producer(Map.of());
      LongStream.range(10, 20).forEach(i -> send(0, T0 + i));
      driver.until("records", () -> driver.records.size() == 20);
      driver.until("commit", () -> committed() == 20);
    } finally {
      broker.close();
    }
  }

  @Test
  void partition_added_isAssignedWithoutSettings() throws Exception {
    create(1);
    send(0, T0);
    try (SpoutDriver driver = new SpoutDriver(source().lowWatermarkSpout())) {
      driver.until("record", () -> driver.records.size() == 1);
      driver.until("heartbeat", () -> !driver.heartbeats.isEmpty());
      assertThat(driver.marks()).hasSize(1);
      broker.grow(topic, 2);
      producer.close();
      producer = broker.producer(Map.of());
      send(1, T0 + 10);
      driver.until("the new partition", () -> driver.records.size() == 2);
      driver.until("its mark", () -> driver.marks().size() == 2);
      driver.steps(20);
      assertThat(driver.marks().values()).containsExactlyInAnyOrder(1L, 1L);
    }
  }

  @Test
  void getAllSubscribedPartitions_kafkaUnreachable_returnsTheKnownOnes() throws Exception {
    create(3);
    PartitionAssignment assignment = new PartitionAssignment(List.of(topic));
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers",
            broker.bootstrapServers(),
            "key.deserializer",
            ByteArrayDeserializer.class,
            "value.deserializer",
            ByteArrayDeserializer.class);
    Map<String, Object> nowhere = new HashMap<>(settings);
    nowhere.putAll(Map.of("bootstrap.servers", "127.0.0.1:1", "default.api.timeout.ms", 500));
    try (KafkaConsumer<byte[], byte[]> there = new KafkaConsumer<>(settings);
        KafkaConsumer<byte[], byte[]> lost = new KafkaConsumer<>(nowhere)) {
      assertThatThrownBy(() -> assignment.getAllSubscribedPartitions(lost))
          .isInstanceOf(TimeoutException.class);
      assertThat(assignment.getAllSubscribedPartitions(there)).hasSize(3);
      assertThat(assignment.getAllSubscribedPartitions(lost)).hasSize(3);
    }
  }

  @Test
  void configuration_hasTheBoundOnUncommittedOffsets() throws Exception {
    Map<String, Object> configuration =
        new HashMap<>(
            source()
                .withMaxUncommittedOffsets(1234)
                .lowWatermarkSpout()
                .getComponentConfiguration());
    assertThat(configuration).containsEntry("thalweg.max.uncommitted.offsets", 1234);
    assertThat(configuration.values())
        .allMatch(
            value ->
                value instanceof String
                    || value instanceof Integer
                    || value instanceof Long
                    || value instanceof Boolean);
  }

  /** Called within a call of the spout, when it reads the header of a record. */
  private static Runnable atHeader;

  @Test
  void close_fromAnotherThread_waitsForTheCallInProgress() throws Exception {
    create(1);
    send(0, T0);
    List<Throwable> thrown = new ArrayList<>();
    SpoutDriver driver =
        new SpoutDriver(
            source()
                .withHeader(
                    record -> {
                      atHeader.run();
                      return new Header("k", T0);
                    })
                .lowWatermarkSpout());
    Thread closing = new Thread(driver::close);
    closing.setUncaughtExceptionHandler((thread, e) -> thrown.add(e));
    atHeader =
        () -> {
          closing.start();
          while (closing.isAlive() && closing.getState() != Thread.State.BLOCKED) {
            Thread.onSpinWait();
          }
        };
    driver.until("the record", () -> driver.records.size() == 1);
    closing.join();
    int heartbeats = driver.heartbeats.size();
    driver.steps(100); // acks the record, and calls the spout
    assertThat(thrown).isEmpty();
    assertThat(driver.heartbeats).hasSize(heartbeats);
    assertThat(driver.records).hasSize(1);
  }

  private boolean resumes(KafkaSources.Builder source) {
    try (SpoutDriver driver = new SpoutDriver(source.lowWatermarkSpout())) {
      driver.until("a heartbeat", () -> !driver.heartbeats.isEmpty());
      return driver.lastHeartbeat().number(TupleFields.INCARNATION) < 0;
    }
  }

  @Test
  void incarnation_ofAStartThatResumes_isNegative() throws Exception {
    create(2);
    for (int i = 0; i < 5; i++) {
      send(0, T0 + i);
    }
    broker
        .admin()
        .deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(2)))
        .all()
        .get();
    assertThat(resumes(source())).as("a new group, behind a start of the log above 0").isFalse();

    // Records are acked, but no heartbeat is: a bolt may have committed nothing.
    try (SpoutDriver driver = new SpoutDriver(source().lowWatermarkSpout())) {
      driver.onEmission =
          emission -> {
            if (!emission.isHeartbeat()) {
              driver.ack(emission);
            }
          };
      driver.until(
          "all is read", () -> !driver.heartbeats.isEmpty() && driver.marks().containsValue(5L));
    }
    assertThat(resumes(source())).as("no heartbeat was confirmed").isFalse();

    send(0, T0 + 9);
    try (SpoutDriver driver = new SpoutDriver(source().lowWatermarkSpout())) {
      driver.until(
          "all is read and a heartbeat confirmed",
          () ->
              !driver.heartbeats.isEmpty()
                  && driver.marks().containsValue(6L)
                  && driver.lastHeartbeat().number(TupleFields.CONFIRMED) > 0);
    }
    assertThat(resumes(source())).isTrue();
    assertThat(resumes(source().withFirstPoll(FirstPollOffsetStrategy.LATEST)))
        .as("starts over")
        .isFalse();
    assertThat(
            resumes(
                source()
                    .withGroupId(topic + "-2")
                    .withFirstPoll(FirstPollOffsetStrategy.UNCOMMITTED_LATEST)))
        .as("a new group at the end of the log")
        .isFalse();
  }
}
