package io.thalweg.storm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.anomaly.Anomaly;
import io.thalweg.anomaly.ZScore;
import io.thalweg.storm.jdbc.JdbcSink;
import io.thalweg.storm.jdbc.JdbcStateStore;
import io.thalweg.storm.kafka.Header;
import io.thalweg.storm.kafka.KafkaSources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Fields;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code that the guide to the adapters shows. */
class StormGuideTest {

  record Reading(String device, double value, long time) {
    static Reading parse(byte[] bytes) {
      String[] parts = new String(bytes, UTF_8).split(" ");
      return new Reading(parts[0], Double.parseDouble(parts[1]), Long.parseLong(parts[2]));
    }
  }

  static TopologyBuilder topology(String kafka, String state, String alerts) {
    // region topology
    TopologyBuilder topology = new TopologyBuilder();

    // Bytes from Kafka: key and event time are read here, once.
    topology.setSpout(
        "readings",
        KafkaSources.bytes(kafka, "sensor_readings")
            .withGroupId("detector")
            .withHeader(record -> header(Reading.parse(record.value())))
            .withDisorder(ofSeconds(1))
            .withMaxFuture(ofMinutes(1)) // the default
            .lowWatermarkSpout());

    // One detector a task; fields grouping brings all readings of a device to the same one.
    topology
        .setBolt(
            "detector",
            new ProcessorBolt<String, Reading, Anomaly>(
                    () -> ZScore.trailing(ofSeconds(10), Reading::value),
                    Reading::parse,
                    TupleMapping.<Anomaly>columns()
                        .with("value", Anomaly::value)
                        .with("z_score", Anomaly::score))
                .withStateStore(new JdbcStateStore(state)),
            4)
        .fieldsGrouping("readings", new Fields(TupleFields.KEY))
        .allGrouping("readings", Streams.WATERMARK);

    // One row for each alert, however often it is repeated; heartbeats make it commit.
    topology
        .setBolt(
            "rows",
            new JdbcSink(alerts, "alerts")
                .withSetup(
                    "CREATE TABLE IF NOT EXISTS alerts (id TEXT PRIMARY KEY, device_id TEXT,"
                        + " event_timestamp BIGINT, value REAL, z_score REAL)")
                .withColumn("device_id", TupleFields.KEY)
                .withColumn("event_timestamp", TupleFields.TIMESTAMP)
                .withColumn("value", "value")
                .withColumn("z_score", "z_score")
                .insertOnce())
        .globalGrouping("detector")
        .globalGrouping("detector", Streams.WATERMARK);

    // Late events and records that cannot be read, one row each.
    topology
        .setBolt("late", JdbcSink.lateEvents(alerts, "late_events"))
        .globalGrouping("detector", Streams.LATE);
    topology
        .setBolt("dead-letters", JdbcSink.deadLetters(alerts, "dead_letters"))
        .globalGrouping("readings", Streams.DEAD_LETTER)
        .globalGrouping("detector", Streams.DEAD_LETTER);
    // endregion
    return topology;
  }

  private static KafkaSources.Builder sourceWithSecrets() {
    return
    // region secrets
    KafkaSources.bytes("kafka:9093", "sensor_readings")
        .withProperty("security.protocol", "SASL_SSL")
        .withProperty("sasl.mechanism", "PLAIN")
        .withProperty("config.providers", "file")
        .withProperty(
            "config.providers.file.class",
            "org.apache.kafka.common.config.provider.FileConfigProvider")
        .withProperty(
            "sasl.jaas.config",
            "org.apache.kafka.common.security.plain.PlainLoginModule required"
                + " username=\"sensors\" password=\"${file:/etc/sensors/kafka.properties:password}\";")
        .withGroupId("detector");
    // endregion
  }

  @Test
  void secrets_ofTheGuide_areReferences() {
    assertThat(sourceWithSecrets().lowWatermarkSpout().getComponentConfiguration().toString())
        .doesNotContain("PlainLoginModule");
  }

  private static Header header(Reading reading) {
    return new Header(reading.device(), reading.time());
  }

  @Test
  void fieldsOfResults_areThoseOfTheGuide() throws IOException {
    String guide = Files.readString(Path.of("../docs/storm.md"));
    assertThat(guide).contains("`" + String.join(", ", TupleFields.RESULT) + "`");
  }

  @Test
  void yaml_ofTheGuide_isThatOfFluxTest() throws IOException {
    String yaml = Files.readString(Path.of("src/test/resources/flux.yaml"));
    String region = yaml.split(" *# (end)?region.*\\n")[1];
    assertThat(Files.readString(Path.of("../docs/storm.md"))).contains("```yaml\n" + region);
  }

  @Test
  void topology_ofTheGuide_isAccepted(@TempDir Path folder) {
    BoltHarness rig =
        new BoltHarness(
            topology(
                "localhost:9092",
                "jdbc:sqlite:" + folder.resolve("state.db"),
                "jdbc:sqlite:" + folder.resolve("alerts.db")));
    for (String component : List.of("detector", "rows", "late", "dead-letters")) {
      BoltHarness.Task task = rig.start(component);
      assertThat(task.recorder().failed).isEmpty();
      task.bolt().cleanup();
    }
  }
}
