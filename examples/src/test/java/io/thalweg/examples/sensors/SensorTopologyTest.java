package io.thalweg.examples.sensors;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thalweg.examples.readings.BadInput;
import io.thalweg.examples.readings.Detector;
import io.thalweg.examples.readings.NaiveDetector;
import io.thalweg.examples.readings.Reading;
import io.thalweg.examples.readings.Readings;
import io.thalweg.examples.readings.SensorSimulator;
import io.thalweg.examples.runtime.EmbeddedKafka;
import io.thalweg.examples.runtime.EmbeddedStorm;
import io.thalweg.examples.runtime.EndOfRun;
import io.thalweg.examples.runtime.KafkaTopics;
import io.thalweg.examples.runtime.Progress;
import io.thalweg.examples.runtime.RunSettings;
import io.thalweg.examples.runtime.SqliteFile;
import io.thalweg.examples.storm.LossyBolt;
import io.thalweg.examples.storm.ReadingProducer;
import io.thalweg.storm.jdbc.JdbcStateStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.storm.Config;
import org.apache.storm.topology.TopologyBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * End-to-end test with a Kafka broker, a Storm cluster and SQLite. The topic contains seeded
 * readings, some of them out of order, and every kind of bad input. Two topologies, one for each
 * formula, read the topic while a {@link LossyBolt} fails some of their tuples.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SensorTopologyTest {

  private static final long SEED = 20261123;
  private static final int READINGS = 4000;
  private static final int LATE = 3;
  private static final int DEVICES = 5;
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Position of a record in the topic. */
  private record RecordPosition(int partition, long offset) {}

  private record Alert(
      String device,
      double value,
      long eventTimestamp,
      double mean,
      double sd,
      double z,
      long alertTimestamp,
      String recent) {}

  private Path folder;

  private EmbeddedKafka kafka;
  private KafkaTopics topics;
  private EmbeddedStorm storm;
  private String topicId;
  private long started;

  /** Valid readings of each device, ordered by event time. */
  private final Map<String, List<Reading>> readings = new HashMap<>();

  /** Positions of the readings, in the same order. */
  private final Map<String, List<RecordPosition>> positions = new HashMap<>();

  private final Map<RecordPosition, BadInput> bad = new LinkedHashMap<>();

  private static final List<Detector.Preset> FORMULAS =
      List.of(Detector.Preset.DEFAULT, Detector.Preset.BOOK);

  /** Alerts that the two topologies wrote; a later run writes its own to the same topic. */
  private List<ConsumerRecord<byte[], byte[]>> alertRecords;

  @BeforeAll
  void fillTopicAndRun(@TempDir Path temporary) throws Exception {
    folder = temporary;
    started = System.currentTimeMillis();
    kafka = EmbeddedKafka.start();
    topics = KafkaTopics.of(kafka.bootstrapServers());
    Readings.prepareTopics(topics, true, SensorTopology.ALERTS);
    topicId = topics.id(Readings.TOPIC).toString();
    produce();
    storm = EmbeddedStorm.start();
    for (Detector.Preset preset : FORMULAS) {
      run(preset.name(), preset, database(preset), true);
    }
    for (Detector.Preset preset : FORMULAS) {
      awaitEnd(preset.name());
    }
    alertRecords = read(SensorTopology.ALERTS);
    produceLate();
    for (Detector.Preset preset : FORMULAS) {
      await().atMost(LIMIT).until(() -> Progress.of(preset.name()).late() >= LATE);
    }
  }

  @AfterAll
  void stop() {
    if (storm != null) {
      storm.close();
    }
    if (topics != null) {
      topics.close();
    }
    if (kafka != null) {
      kafka.close();
    }
  }

  private void produce() throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    SensorSimulator simulation = new SensorSimulator(DEVICES, SEED);
    List<BadInput> badInput = BadInput.all();
    List<Reading> sent = new ArrayList<>();
    List<Future<RecordMetadata>> written = new ArrayList<>();
    List<Future<RecordMetadata>> badWritten = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka.bootstrapServers(),
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                2_000_000,
                // otherwise a broker that does not know a new topic yet may reorder two batches
                ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION,
                1),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      long now = BadInput.NOW;
      for (int i = 0; i < READINGS; i++) {
        // bursts of equal timestamps, ordinary intervals, and gaps longer than the window; some
        // readings are out of order, by less than the bound of the topology
        int kind = random.nextInt(100);
        now += kind < 20 ? 0 : kind < 99 ? random.nextInt(1, 200) : random.nextInt(5_000, 12_000);
        int behind = (int) Readings.DISORDER.toMillis();
        long timestamp = random.nextInt(20) == 0 ? now - random.nextInt(1, behind) : now;
        Reading reading = simulation.next(timestamp);
        sent.add(reading);
        written.add(
            producer.send(
                new ProducerRecord<>(
                    Readings.TOPIC, reading.deviceId().getBytes(UTF_8), reading.toJson())));
        if (i % 100 == 50) {
          BadInput input = badInput.get((i / 100) % badInput.size());
          badWritten.add(
              producer.send(new ProducerRecord<>(Readings.TOPIC, input.key(), input.payload())));
        }
      }
    }
    for (int i = 0; i < sent.size(); i++) {
      String device = sent.get(i).deviceId();
      readings.computeIfAbsent(device, k -> new ArrayList<>()).add(sent.get(i));
      positions.computeIfAbsent(device, k -> new ArrayList<>()).add(position(written.get(i)));
    }
    for (int i = 0; i < badWritten.size(); i++) {
      bad.put(position(badWritten.get(i)), badInput.get(i % badInput.size()));
    }
    assertThat(bad.values()).as("bad input in the topic").containsAll(badInput);
    readings.forEach((device, ofDevice) -> sort(ofDevice, positions.get(device)));
  }

  /** Sorts readings by event time, then by offset: the order in which they are scored. */
  private void sort(List<Reading> ofDevice, List<RecordPosition> ofRecords) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < ofDevice.size(); i++) {
      order.add(i);
    }
    order.sort(Comparator.comparingLong(i -> ofDevice.get(i).timestamp()));
    assertThat(order).as("readings out of order").isNotEqualTo(order.stream().sorted().toList());
    List<Reading> sortedReadings = order.stream().map(ofDevice::get).toList();
    List<RecordPosition> sortedPlaces = order.stream().map(ofRecords::get).toList();
    for (int i = 0; i < order.size(); i++) {
      ofDevice.set(i, sortedReadings.get(i));
      ofRecords.set(i, sortedPlaces.get(i));
    }
  }

  /** Writes readings after the end of the stream. All of them are late. */
  private void produceLate() throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < LATE; i++) {
        // far from all other readings, so that they cause no alert when the topic is read again
        Reading reading = new Reading("sensor-1", 50, BadInput.NOW - 86_400_000L + i * 60_000L);
        producer
            .send(
                new ProducerRecord<>(
                    Readings.TOPIC, reading.deviceId().getBytes(UTF_8), reading.toJson()))
            .get();
      }
    }
  }

  private static RecordPosition position(Future<RecordMetadata> written) throws Exception {
    return new RecordPosition(written.get().partition(), written.get().offset());
  }

  private Path database(Detector.Preset preset) {
    return folder.resolve(preset + ".db");
  }

  private void run(String name, Detector.Preset preset, Path database, boolean lossy) {
    AlertTable.prepare(database);
    SensorTopology topology =
        new SensorTopology(
            new RunSettings(
                kafka.bootstrapServers(),
                name,
                database,
                new JdbcStateStore("jdbc:sqlite:" + folder.resolve(name + "-state.db")),
                name),
            new Detector(preset, 2.0));
    TopologyBuilder builder = topology.build();
    if (lossy) {
      builder
          .setBolt("lossy", LossyBolt.failing(name))
          .shuffleGrouping("readings")
          .shuffleGrouping(topology.detectorId());
    }
    Config config = RunSettings.config();
    config.put(Config.TOPOLOGY_TESTING_ALWAYS_TRY_SERIALIZE, true);
    storm.submit(name, config, builder.createTopology());
  }

  private void awaitEnd(String run) {
    EndOfRun.of(run).announce();
    await().atMost(LIMIT).until(() -> EndOfRun.of(run).isReached());
  }

  @Test
  void alerts_defaultFormula_equalNaiveDetector() {
    assertAlerts(Detector.Preset.DEFAULT);
  }

  @Test
  void alerts_bookFormula_equalNaiveDetector() {
    assertAlerts(Detector.Preset.BOOK);
  }

  private void assertAlerts(Detector.Preset preset) {
    Map<RecordPosition, NaiveDetector.ExpectedAlert> expected = expected(preset);
    assertThat(expected).as("seed %d", SEED).hasSizeGreaterThan(100);
    Map<RecordPosition, Alert> actual = alerts(database(preset));
    assertThat(actual.keySet()).as("seed %d", SEED).isEqualTo(expected.keySet());
    expected.forEach(
        (position, e) -> {
          Alert alert = actual.get(position);
          assertThat(alert.device).isEqualTo(e.reading().deviceId());
          assertThat(alert.value).isEqualTo(e.reading().value());
          assertThat(alert.eventTimestamp).isEqualTo(e.reading().timestamp());
          assertClose(alert.mean, e.mean(), position);
          assertClose(alert.sd, e.sd(), position);
          assertClose(alert.z, e.z(), position);
          assertThat(alert.recent).isEqualTo(e.recent().toString().replace(" ", ""));
          assertThat(alert.alertTimestamp).isBetween(started, System.currentTimeMillis());
        });
  }

  private static void assertClose(double actual, double expected, RecordPosition position) {
    assertThat(actual)
        .as("seed %d, %s", SEED, position)
        .isCloseTo(expected, within(1e-9 * Math.abs(expected)));
  }

  private Map<RecordPosition, NaiveDetector.ExpectedAlert> expected(Detector.Preset preset) {
    Map<RecordPosition, NaiveDetector.ExpectedAlert> expected = new HashMap<>();
    readings.forEach(
        (device, ofDevice) ->
            NaiveDetector.alerts(ofDevice, preset == Detector.Preset.BOOK)
                .forEach(alert -> expected.put(positions.get(device).get(alert.index()), alert)));
    return expected;
  }

  private Map<RecordPosition, Alert> alerts(Path database) {
    Map<RecordPosition, Alert> alerts = new HashMap<>();
    new SqliteFile(database)
        .query(
            "SELECT * FROM alerts",
            row -> {
              assertThat(row.getString("topic_id")).isEqualTo(topicId);
              RecordPosition position =
                  new RecordPosition(row.getInt("partition"), row.getLong("offset"));
              Alert before =
                  alerts.put(
                      position,
                      new Alert(
                          row.getString("device_id"),
                          row.getDouble("value"),
                          row.getLong("event_timestamp"),
                          row.getDouble("window_mean"),
                          row.getDouble("window_std_dev"),
                          row.getDouble("z_score"),
                          row.getLong("alert_timestamp"),
                          row.getString("recent_readings")));
              assertThat(before).as("earlier alert of the same reading").isNull();
            });
    return alerts;
  }

  @Test
  void tuples_failedOnce_areReplayed() {
    // The comparison of the alerts shows that replays change no result.
    for (Detector.Preset preset : FORMULAS) {
      LossyBolt.LostTuples lost = LossyBolt.lostTuples(preset.name());
      assertThat(lost.failed())
          .hasSizeGreaterThan(READINGS / 60)
          .anyMatch(id -> id.startsWith("readings "))
          .anyMatch(id -> id.startsWith("detector-"));
      assertThat(lost.replayed()).containsAll(lost.failed());
    }
  }

  @Test
  void lateReadings_afterEndOfStream_areCounted() {
    for (Detector.Preset preset : FORMULAS) {
      assertThat(Progress.of(preset.name()).late()).isGreaterThanOrEqualTo(LATE);
    }
  }

  @Test
  void badInput_amongReadings_becomesDeadLetter() throws Exception {
    Map<RecordPosition, ConsumerRecord<byte[], byte[]>> letters = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : read(Readings.DEAD_LETTERS)) {
      JsonNode origin = JSON.readTree(record.key());
      assertThat(origin.get("topic").textValue()).isEqualTo(Readings.TOPIC);
      assertThat(origin.get("topic_id").textValue()).isEqualTo(topicId);
      assertThat(origin.get("record_timestamp").longValue()).isGreaterThanOrEqualTo(started);
      letters.put(
          new RecordPosition(origin.get("partition").intValue(), origin.get("offset").longValue()),
          record);
    }
    assertThat(letters.keySet()).isEqualTo(bad.keySet());
    for (Map.Entry<RecordPosition, BadInput> entry : bad.entrySet()) {
      BadInput input = entry.getValue();
      ConsumerRecord<byte[], byte[]> letter = letters.get(entry.getKey());
      JsonNode origin = JSON.readTree(letter.key());
      assertThat(letter.value()).as(input.description()).isEqualTo(input.payload());
      assertThat(origin.get("record_key").isNull() ? null : origin.get("record_key").binaryValue())
          .as(input.description())
          .isEqualTo(input.key());
      assertThat(origin.get("reason").textValue())
          .as(input.description())
          .startsWith(input.sourceReason());
    }
    for (Detector.Preset preset : FORMULAS) {
      assertThat(Progress.of(preset.name()).deadLetters()).isGreaterThanOrEqualTo(bad.size());
    }
  }

  @Test
  void alertTopic_afterRun_containsEveryAlert() throws Exception {
    TreeMap<String, JsonNode> sent = new TreeMap<>();
    for (ConsumerRecord<byte[], byte[]> record : alertRecords) {
      JsonNode alert = JSON.readTree(record.value());
      assertThat(new String(record.key(), UTF_8)).isEqualTo(alert.get("device_id").textValue());
      JsonNode before = sent.put(alert.get("id").textValue(), alert);
      assertThat(before == null || before.equals(alert))
          .as("repeated alert equals the first")
          .isTrue();
    }
    TreeMap<String, JsonNode> stored = new TreeMap<>();
    for (Detector.Preset preset : FORMULAS) {
      new SqliteFile(database(preset))
          .query(
              "SELECT * FROM alerts",
              row ->
                  stored.put(
                      row.getString("id"),
                      JSON.createObjectNode()
                          .put("id", row.getString("id"))
                          .put("device_id", row.getString("device_id"))
                          .put("event_timestamp", row.getLong("event_timestamp"))
                          .put("value", row.getDouble("value"))
                          .put("window_mean", row.getDouble("window_mean"))
                          .put("window_std_dev", row.getDouble("window_std_dev"))
                          .put("z_score", row.getDouble("z_score"))
                          .put("alert_timestamp", row.getLong("alert_timestamp"))
                          .put("recent_readings", row.getString("recent_readings"))));
    }
    assertThat(sent.keySet()).isEqualTo(stored.keySet());
    sent.forEach(
        (id, alert) ->
            alert
                .fieldNames()
                .forEachRemaining(
                    field ->
                        assertThat(asText(alert.get(field)))
                            .as("%s of %s", field, id)
                            .isEqualTo(asText(stored.get(id).get(field)))));
  }

  private static String asText(JsonNode value) {
    return value.isTextual()
        ? value.textValue()
        : value.isNumber() ? Double.toString(value.doubleValue()) : value.toString();
  }

  private List<ConsumerRecord<byte[], byte[]>> read(String topic) {
    return ReadingProducer.read(kafka.bootstrapServers(), topic);
  }

  @Test
  void run_newGroupAndSameDatabase_changesNoRow() {
    Path database = database(Detector.Preset.DEFAULT);
    Map<RecordPosition, Alert> before = alerts(database);
    run("again", Detector.Preset.DEFAULT, database, false);
    awaitEnd("again");
    storm.kill("again");
    assertThat(Progress.of("again").alerts()).isGreaterThanOrEqualTo(before.size());
    assertThat(alerts(database)).isEqualTo(before);
  }
}
