package io.thalweg.examples.storm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.examples.readings.BadInput;
import io.thalweg.examples.readings.Reading;
import io.thalweg.examples.runtime.EmbeddedKafka;
import io.thalweg.examples.runtime.EmbeddedStorm;
import io.thalweg.examples.runtime.EndOfRun;
import io.thalweg.examples.runtime.KafkaTopics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pipelines that read difficult topics: skewed partitions, lost tuples, unparsable records, gaps
 * between offsets, aborted transactions. The rows must equal {@link ExpectedRows}, and no event may
 * be late.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConvergenceTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int PARTITIONS = 3;
  private static final long MINUTE = 60_000;

  @TempDir private Path folder;

  private EmbeddedKafka kafka;
  private KafkaTopics topics;
  private Admin admin;
  private EmbeddedStorm storm;

  @BeforeAll
  void start() {
    kafka = EmbeddedKafka.start();
    topics = KafkaTopics.of(kafka.bootstrapServers());
    admin =
        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers()));
    storm = EmbeddedStorm.start();
  }

  @AfterAll
  void stop() {
    storm.close();
    admin.close();
    topics.close();
    kafka.close();
  }

  private Pipeline pipeline(String name) {
    return new Pipeline(kafka.bootstrapServers(), name, name, folder, 2);
  }

  private void submit(Pipeline pipeline) {
    pipeline.tables().create();
    storm.submit(pipeline.name(), pipeline.config(), pipeline.topology().createTopology());
  }

  /**
   * Announces the end of the stream, waits until all results are written, and compares the rows.
   */
  private ExpectedRows finish(Pipeline pipeline, ReadingProducer producer) {
    pipeline.announceEnd();
    await().atMost(LIMIT).until(EndOfRun.of(pipeline.name())::isReached);
    storm.kill(pipeline.name());
    ExpectedRows expected =
        new ExpectedRows().add(topics.id(pipeline.topic()).toString(), producer.read());
    expected.assertEqualTo(pipeline.tables());
    return expected;
  }

  @Test
  void rows_skewedAndIdlePartitions_nothingIsLate() {
    topics.create("skewed", PARTITIONS + 1); // the last partition stays empty
    Pipeline pipeline = pipeline("skewed").withIdleTimeout(Duration.ofSeconds(1));
    try (ReadingProducer producer =
        new ReadingProducer(kafka.bootstrapServers(), "skewed", PARTITIONS, MINUTE, 11, Map.of())) {
      producer.write(400);
      Reading ahead = new Reading("sensor-0-0", 50, System.currentTimeMillis() + 24 * 60 * MINUTE);
      producer.send(0, null, ahead.deviceId().getBytes(UTF_8), ahead.toJson());
      producer.write(1_000);
      submit(pipeline);
      // before the end is announced: the idle partition must not hold back the watermark
      await().atMost(LIMIT).until(() -> pipeline.tables().means().size() > 30);
      assertThat(finish(pipeline, producer).deadLetters()).isEqualTo(1);
    }
  }

  @Test
  void rows_failedAndTimedOutTuples_countOnce() {
    topics.create("lossy", PARTITIONS);
    Pipeline pipeline = pipeline("lossy").withLosses();
    topics.create(pipeline.windowTopic(), PARTITIONS);
    try (ReadingProducer producer =
        new ReadingProducer(kafka.bootstrapServers(), "lossy", PARTITIONS, MINUTE, 13, Map.of())) {
      producer.write(1_200);
      submit(pipeline);
      finish(pipeline, producer);
    }
    LossyBolt.LostTuples lost = LossyBolt.lostTuples("lossy");
    for (String source : List.of("readings ", "windows ", "detector ")) {
      assertThat(lost.failed()).anyMatch(id -> id.startsWith(source));
      assertThat(lost.dropped()).anyMatch(id -> id.startsWith(source));
    }
    assertThat(lost.replayed()).containsAll(lost.failed()).containsAll(lost.dropped());

    // the last record of each key in the topic equals the row of the table
    List<ConsumerRecord<byte[], byte[]>> records =
        ReadingProducer.read(kafka.bootstrapServers(), pipeline.windowTopic());
    Map<String, String> last = new HashMap<>();
    records.forEach(record -> last.put(text(record.key()), text(record.value())));
    assertThat(last).isEqualTo(pipeline.tables().windowsById());
    assertThat(records).as("records with repetitions").hasSizeGreaterThan(last.size());
  }

  private static String text(byte[] bytes) {
    return new String(bytes, UTF_8);
  }

  @Test
  void rows_unparsableRecords_becomeDeadLetters() {
    topics.create("unparsable", PARTITIONS);
    Pipeline pipeline = pipeline("unparsable");
    List<BadInput> bad =
        BadInput.all().stream().filter(input -> !isReading(input.payload())).toList();
    try (ReadingProducer producer =
        new ReadingProducer(kafka.bootstrapServers(), "unparsable", PARTITIONS, 17)) {
      for (int i = 0; i < bad.size(); i++) {
        producer.send(i % PARTITIONS, null, bad.get(i).key(), bad.get(i).payload());
        producer.send(i % PARTITIONS, null, null, bad.get(i).payload());
        producer.write(10);
      }
      submit(pipeline);
      assertThat(finish(pipeline, producer).deadLetters()).isEqualTo(2 * bad.size());
    }
  }

  private static boolean isReading(byte[] payload) {
    try {
      return Reading.parse(payload) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @Test
  void rows_compactedTopic_countEveryRecord() throws Exception {
    alter(ConfigResource.Type.BROKER, "", "log.cleaner.backoff.ms", "50");
    create(
        "compacted",
        Map.of(
            TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT,
            TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG, "0.01",
            TopicConfig.SEGMENT_MS_CONFIG, "1000"));
    Pipeline pipeline = pipeline("compacted");
    try (ReadingProducer producer =
        new ReadingProducer(kafka.bootstrapServers(), "compacted", PARTITIONS, 19)) {
      // timestamps so far apart that Kafka rolls the segments
      long timestamp = System.currentTimeMillis() - 60 * MINUTE;
      for (int i = 0; i < 1_500; i++) {
        for (int partition = 0; partition < PARTITIONS; partition++) {
          Reading reading = producer.next(partition);
          String key = i % 3 == 0 ? "kept " + i : "replaced " + i % 40;
          producer.send(partition, timestamp + 100L * i, key.getBytes(UTF_8), reading.toJson());
        }
      }
      producer.flush();
      await().atMost(LIMIT).until(() -> producer.read().size() < 0.8 * producer.written());
      alter(
          ConfigResource.Type.TOPIC,
          "compacted",
          TopicConfig.CLEANUP_POLICY_CONFIG,
          TopicConfig.CLEANUP_POLICY_DELETE);
      List<String> before = positions(producer);
      submit(pipeline);
      finish(pipeline, producer);
      assertThat(positions(producer)).as("positions after the run").isEqualTo(before);
    }
  }

  private static List<String> positions(ReadingProducer producer) {
    return producer.read().stream()
        .map(record -> record.partition() + "/" + record.offset())
        .sorted()
        .toList();
  }

  @Test
  void rows_abortedTransactions_areNotCounted() throws Exception {
    create("transactions", Map.of());
    Pipeline pipeline = pipeline("transactions").withTransactions();
    try (ReadingProducer producer =
        new ReadingProducer(
            kafka.bootstrapServers(),
            "transactions",
            PARTITIONS,
            0,
            23,
            Map.of(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "transactions"))) {
      producer.kafkaProducer().initTransactions();
      submit(pipeline);
      int committed = 0;
      for (int i = 0; i < 21; i++) {
        producer.kafkaProducer().beginTransaction();
        producer.write(40 + i);
        if (i % 4 == 0) { // including the first and the last one
          producer.kafkaProducer().abortTransaction();
        } else {
          producer.kafkaProducer().commitTransaction();
          committed += PARTITIONS * (40 + i);
        }
      }
      List<ConsumerRecord<byte[], byte[]>> visible = producer.read();
      assertThat(visible).hasSize(committed);
      assertThat(producer.written()).isGreaterThan(committed);
      finish(pipeline, producer);
    }
  }

  private void create(String topic, Map<String, String> configs) throws Exception {
    admin
        .createTopics(
            List.of(
                new NewTopic(topic, Optional.of(PARTITIONS), Optional.empty()).configs(configs)))
        .all()
        .get();
    topics.create(topic, PARTITIONS); // waits until the brokers know it
  }

  private void alter(ConfigResource.Type type, String name, String config, String value)
      throws Exception {
    admin
        .incrementalAlterConfigs(
            Map.of(
                new ConfigResource(type, name),
                List.of(
                    new AlterConfigOp(new ConfigEntry(config, value), AlterConfigOp.OpType.SET))))
        .all()
        .get();
  }
}
