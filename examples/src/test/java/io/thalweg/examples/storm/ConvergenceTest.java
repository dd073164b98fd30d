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
 * One broker, one Storm cluster, and topics of every kind of trouble, each read by a pipeline of
 * its own: the rows are those that follow from the records, and nothing is late.
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
    pipeline.rows().create();
    storm.submit(pipeline.name(), pipeline.config(), pipeline.topology().createTopology());
  }

  /** Lets a pipeline bring everything home, and compares its rows. */
  private Expected end(Pipeline pipeline, Feed feed) {
    pipeline.announceEnd();
    await().atMost(LIMIT).until(EndOfRun.of(pipeline.name())::isReached);
    storm.kill(pipeline.name());
    Expected expected = new Expected().with(topics.id(pipeline.topic()).toString(), feed.read());
    expected.assertEqualTo(pipeline.rows());
    return expected;
  }

  @Test
  void partitionsAMinuteApart_oneIdle_oneReadingADayAhead_nothingIsLate() {
    topics.create("skewed", PARTITIONS + 1); // nothing is ever written to the last one
    Pipeline pipeline = pipeline("skewed").withIdleTimeout(Duration.ofSeconds(1));
    try (Feed feed =
        new Feed(kafka.bootstrapServers(), "skewed", PARTITIONS, MINUTE, 11, Map.of())) {
      feed.write(400);
      Reading ahead = new Reading("sensor-0-0", 50, System.currentTimeMillis() + 24 * 60 * MINUTE);
      feed.send(0, null, ahead.deviceId().getBytes(UTF_8), ahead.toJson());
      feed.write(1_000);
      submit(pipeline);
      // before the end is announced: the idle partition holds nothing up
      await().atMost(LIMIT).until(() -> pipeline.rows().means().size() > 30);
      assertThat(end(pipeline, feed).deadLetters()).isEqualTo(1);
    }
  }

  @Test
  void tuplesThatFailOrTimeOut_comeAgain_andCountOnce() {
    topics.create("lossy", PARTITIONS);
    Pipeline pipeline = pipeline("lossy").withLosses();
    topics.create(pipeline.windowTopic(), PARTITIONS);
    try (Feed feed =
        new Feed(kafka.bootstrapServers(), "lossy", PARTITIONS, MINUTE, 13, Map.of())) {
      feed.write(1_200);
      submit(pipeline);
      end(pipeline, feed);
    }
    Losses.Seen seen = Losses.of("lossy");
    for (String source : List.of("readings ", "windows ", "detector ")) {
      assertThat(seen.failed()).anyMatch(id -> id.startsWith(source));
      assertThat(seen.swallowed()).anyMatch(id -> id.startsWith(source));
    }
    assertThat(seen.again()).containsAll(seen.failed()).containsAll(seen.swallowed());

    // what a compacted topic keeps, the last record of each key, is what the table has
    List<ConsumerRecord<byte[], byte[]>> records =
        Feed.read(kafka.bootstrapServers(), pipeline.windowTopic());
    Map<String, String> last = new HashMap<>();
    records.forEach(record -> last.put(text(record.key()), text(record.value())));
    assertThat(last).isEqualTo(pipeline.rows().windowsById());
    assertThat(records).as("some came again").hasSizeGreaterThan(last.size());
  }

  private static String text(byte[] bytes) {
    return new String(bytes, UTF_8);
  }

  @Test
  void poisonRecords_areDeadLetters_andTheRestIsCounted() {
    topics.create("poison", PARTITIONS);
    Pipeline pipeline = pipeline("poison");
    List<BadInput> poison =
        BadInput.all().stream().filter(input -> !isReading(input.payload())).toList();
    try (Feed feed = new Feed(kafka.bootstrapServers(), "poison", PARTITIONS, 17)) {
      for (int i = 0; i < poison.size(); i++) {
        feed.send(i % PARTITIONS, null, poison.get(i).key(), poison.get(i).payload());
        feed.send(i % PARTITIONS, null, null, poison.get(i).payload());
        feed.write(10);
      }
      submit(pipeline);
      assertThat(end(pipeline, feed).deadLetters()).isEqualTo(2 * poison.size());
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
  void compactedTopic_withGapsBetweenOffsets() throws Exception {
    alter(ConfigResource.Type.BROKER, "", "log.cleaner.backoff.ms", "50");
    create(
        "compacted",
        Map.of(
            TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT,
            TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG, "0.01",
            TopicConfig.SEGMENT_MS_CONFIG, "1000"));
    Pipeline pipeline = pipeline("compacted");
    try (Feed feed = new Feed(kafka.bootstrapServers(), "compacted", PARTITIONS, 19)) {
      // timestamps far enough apart that segments are rolled
      long timestamp = System.currentTimeMillis() - 60 * MINUTE;
      for (int i = 0; i < 1_500; i++) {
        for (int partition = 0; partition < PARTITIONS; partition++) {
          Reading reading = feed.next(partition);
          String key = i % 3 == 0 ? "kept " + i : "replaced " + i % 40;
          feed.send(partition, timestamp + 100L * i, key.getBytes(UTF_8), reading.toJson());
        }
      }
      feed.flush();
      await().atMost(LIMIT).until(() -> feed.read().size() < 0.8 * feed.written());
      alter(
          ConfigResource.Type.TOPIC,
          "compacted",
          TopicConfig.CLEANUP_POLICY_CONFIG,
          TopicConfig.CLEANUP_POLICY_DELETE);
      List<String> before = places(feed);
      submit(pipeline);
      end(pipeline, feed);
      assertThat(places(feed)).as("nothing was removed while it was read").isEqualTo(before);
    }
  }

  private static List<String> places(Feed feed) {
    return feed.read().stream()
        .map(record -> record.partition() + "/" + record.offset())
        .sorted()
        .toList();
  }

  @Test
  void transactions_abortedOnesAreNotCounted() throws Exception {
    create("transactions", Map.of());
    Pipeline pipeline = pipeline("transactions").withTransactions();
    try (Feed feed =
        new Feed(
            kafka.bootstrapServers(),
            "transactions",
            PARTITIONS,
            0,
            23,
            Map.of(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "transactions"))) {
      feed.producer().initTransactions();
      submit(pipeline);
      int committed = 0;
      for (int i = 0; i < 21; i++) {
        feed.producer().beginTransaction();
        feed.write(40 + i);
        if (i % 4 == 0) { // the first and the last ones among them
          feed.producer().abortTransaction();
        } else {
          feed.producer().commitTransaction();
          committed += PARTITIONS * (40 + i);
        }
      }
      List<ConsumerRecord<byte[], byte[]>> visible = feed.read();
      assertThat(visible).hasSize(committed);
      assertThat(feed.written()).isGreaterThan(committed);
      end(pipeline, feed);
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
