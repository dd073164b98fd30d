package io.thalweg.examples.storm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thalweg.examples.readings.BadInput;
import io.thalweg.examples.readings.NaiveDetector;
import io.thalweg.examples.readings.Reading;
import io.thalweg.examples.readings.Readings;
import io.thalweg.examples.runtime.EmbeddedKafka;
import io.thalweg.examples.runtime.KafkaTopics;
import io.thalweg.examples.runtime.SqliteFile;
import io.thalweg.examples.sensors.SubmitSensors;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Test of the examples' topology jar on a {@link StormCluster} of several processes. It runs the
 * sensor example, and a pipeline on two workers that are killed and rebalanced. The rows must equal
 * {@link ExpectedRows}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterIT {

  private static final Path JAR =
      Path.of(requireNonNull(System.getProperty("topology.jar"), "set by mvn verify"));
  private static final int PARTITIONS = 3;
  private static final String NAME = "cluster";

  /** Producer properties; the topology jar contains the native library of the compression. */
  private static final Map<String, Object> COMPRESSED =
      Map.of(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");

  @TempDir private static Path folder; // static, so that it exists before the cluster

  private EmbeddedKafka kafka;
  private KafkaTopics topics;
  private StormCluster storm;

  @BeforeAll
  void start() {
    assumeTrue(StormCluster.isSupported(), "Storm's supervisor needs the commands ps and kill");
    kafka = EmbeddedKafka.start();
    topics = KafkaTopics.of(kafka.bootstrapServers());
    storm = StormCluster.start(folder.resolve("storm"));
  }

  @AfterAll
  void stop() {
    if (storm != null) {
      storm.close();
    }
    if (kafka != null) {
      topics.close();
      kafka.close();
    }
  }

  @Test
  void rows_workersKilledAndRebalanced_areComplete() throws URISyntaxException {
    topics.create(NAME, PARTITIONS);
    Pipeline pipeline = new Pipeline(kafka.bootstrapServers(), NAME, NAME, folder, 2);
    ResultTables tables = pipeline.tables();
    tables.create();
    try (ReadingProducer producer =
        new ReadingProducer(kafka.bootstrapServers(), NAME, PARTITIONS, 60_000, 29, COMPRESSED)) {
      submit(pipeline);
      producer.write(600);
      storm.await("the first rows", () -> tables.count() > 0);

      storm.killWorker(NAME, "windows");
      producer.write(600);
      awaitCommitted();

      producer.write(600);
      storm.killWorker(NAME, "readings");
      awaitCommitted();

      producer.write(300);
      storm.rebalance(NAME, 1, Map.of("windows", 1, "detector", 1));
      producer.write(300);
      awaitCommitted();

      producer.write(300);
      storm.kill(NAME, 2);
      producer.write(300);
      submit(new Pipeline(kafka.bootstrapServers(), NAME, NAME, folder, 3));
      pipeline.announceEnd();

      ExpectedRows expected = new ExpectedRows().add(topics.id(NAME).toString(), producer.read());
      storm.await("the last rows", () -> tables.count() >= expected.count());
      storm.kill(NAME, 0);
      expected.assertEqualTo(tables);
    }
  }

  /** Waits until the group has committed the offsets of all records. */
  private void awaitCommitted() {
    storm.await(
        "all offsets are committed", () -> topics.position(NAME, NAME).equals(topics.ends(NAME)));
  }

  private void submit(Pipeline pipeline) throws URISyntaxException {
    Path classes =
        Path.of(SubmitPipeline.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    storm.submit(
        NAME,
        SubmitPipeline.WORKERS,
        JAR,
        SubmitPipeline.class,
        List.of(
            pipeline.bootstrapServers(),
            pipeline.topic(),
            pipeline.name(),
            pipeline.folder().toString(),
            Integer.toString(pipeline.tasks()),
            classes.toString()),
        classes);
  }

  @Test
  void submit_sensorExample_writesEveryAlert() {
    topics.create(Readings.TOPIC, PARTITIONS);
    try (ReadingProducer producer =
        new ReadingProducer(
            kafka.bootstrapServers(), Readings.TOPIC, PARTITIONS, 0, 31, COMPRESSED)) {
      writeInOrder(producer);
      SqliteFile database = new SqliteFile(folder.resolve("alerts.db"));
      storm.submit(
          "sensors",
          1,
          JAR,
          SubmitSensors.class,
          List.of(
              "--bootstrap-servers=" + kafka.bootstrapServers(),
              "--create-topics",
              "--database=" + database.path(),
              "--state=" + folder.resolve("state.db")));
      Set<String> expected = alerts(producer.read());
      assertThat(expected).isNotEmpty();
      storm.await("the alerts", () -> alerts(database).size() >= expected.size());
      storm.kill("sensors", 0);
      assertThat(alerts(database)).isEqualTo(expected);
      assertThat(topics.ends(Readings.DEAD_LETTERS)).isEqualTo(Map.of(0, 0L));
    }
  }

  /**
   * Writes readings of one device per partition; the last one advances the watermark past all
   * others.
   */
  private static void writeInOrder(ReadingProducer producer) {
    SplittableRandom random = new SplittableRandom(37);
    for (int i = 0; i <= 500; i++) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        double value = 50 + random.nextDouble() + (random.nextInt(30) == 0 ? 40 : 0);
        long time = BadInput.NOW + 100 * i + (i == 500 ? 10_000 : 0);
        Reading reading = new Reading("sensor-" + partition, value, time);
        producer.send(partition, null, reading.deviceId().getBytes(UTF_8), reading.toJson());
      }
    }
    producer.flush();
  }

  private static Set<String> alerts(List<ConsumerRecord<byte[], byte[]>> records) {
    Set<String> alerts = new HashSet<>();
    records.stream()
        .collect(groupingBy(ConsumerRecord::partition))
        .forEach(
            (partition, of) ->
                NaiveDetector.alerts(
                        of.stream().map(record -> Reading.parse(record.value())).toList(), false)
                    .forEach(alert -> alerts.add(partition + "/" + alert.index())));
    return alerts;
  }

  private static Set<String> alerts(SqliteFile database) {
    Set<String> alerts = new HashSet<>();
    String places = "SELECT \"partition\" || '/' || \"offset\" FROM alerts";
    database.query( // the sink creates the table
        "SELECT name FROM sqlite_master WHERE name = 'alerts'",
        table -> database.query(places, row -> alerts.add(row.getString(1))));
    return alerts;
  }
}
