package io.thalweg.examples.sensors;

import io.thalweg.anomaly.Anomaly;
import io.thalweg.examples.demo.EndOfRun;
import io.thalweg.examples.demo.KafkaTopics;
import io.thalweg.storm.JdbcSink;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.StateStore;
import io.thalweg.storm.TupleFields;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.storm.Config;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Fields;

/**
 * Readings come from Kafka, a detector keeps the last ten seconds of every device, and what it
 * finds goes to a log, a database and a topic:
 *
 * <pre>
 * sensor_readings ─▶ readings ─▶ detector ─┬─▶ alert-log
 *                       │            │     ├─▶ alert-table ─▶ SQLite, table alerts
 *                       │            │     └─▶ alert-topic ─▶ anomaly_alerts
 *                       └─ dead ─────┴──────▶ dead-letter-topic ─▶ sensor_readings_dlq
 * </pre>
 *
 * @param bootstrapServers the brokers
 * @param groupId the consumer group
 * @param database the SQLite file for the alerts
 * @param store keeps the detectors' state
 * @param detector finds the anomalies
 * @param run the name under which {@link Progress} is counted
 */
record SensorTopology(
    String bootstrapServers,
    String groupId,
    Path database,
    StateStore store,
    Detector detector,
    String run) {

  static final String READINGS = Readings.TOPIC;
  static final String ALERTS = "anomaly_alerts";
  static final String DEAD_LETTERS = Readings.DEAD_LETTERS;

  private static final String READINGS_SPOUT = "readings";
  private static final int DETECTOR_TASKS = 2;

  /**
   * The name of the detector in this topology. It is part of every alert's identity, so that the
   * alerts of another formula are other alerts.
   *
   * @return a component id
   */
  String detectorId() {
    return "detector-" + detector.preset().name().toLowerCase(Locale.ROOT);
  }

  /**
   * Builds it.
   *
   * @return a builder, to which more may be added
   */
  TopologyBuilder build() {
    TopologyBuilder topology = new TopologyBuilder();
    topology.setSpout(READINGS_SPOUT, Readings.spout(bootstrapServers, groupId, run));
    topology
        .setBolt("end", new EndOfRun.Watch(run))
        .allGrouping(READINGS_SPOUT, ProcessorBolt.WATERMARK);

    Detector formula = detector;
    topology
        .setBolt(
            detectorId(),
            new ProcessorBolt<String, Reading, Anomaly>(
                    formula::create, Reading::parse, Alerts.mapping())
                .withStateStore(store),
            DETECTOR_TASKS)
        .fieldsGrouping(READINGS_SPOUT, new Fields(TupleFields.KEY))
        .allGrouping(READINGS_SPOUT, ProcessorBolt.WATERMARK);

    topology
        .setBolt("alert-log", new AlertLog(run))
        .shuffleGrouping(detectorId())
        .shuffleGrouping(detectorId(), ProcessorBolt.LATE)
        .shuffleGrouping(detectorId(), ProcessorBolt.DEAD_LETTER)
        .shuffleGrouping(READINGS_SPOUT, ProcessorBolt.DEAD_LETTER);
    topology
        .setBolt("alert-table", alertTable())
        .shuffleGrouping(detectorId())
        .allGrouping(detectorId(), ProcessorBolt.WATERMARK);
    topology
        .setBolt("alert-topic", Readings.toKafka(bootstrapServers, ALERTS, new Alerts.ToKafka()))
        .shuffleGrouping(detectorId());
    topology
        .setBolt("dead-letter-topic", Readings.deadLetterTopic(bootstrapServers))
        .shuffleGrouping(READINGS_SPOUT, ProcessorBolt.DEAD_LETTER)
        .shuffleGrouping(detectorId(), ProcessorBolt.DEAD_LETTER);
    return topology;
  }

  private JdbcSink alertTable() {
    String counted = run;
    return new JdbcSink(AlertTable.url(database), "alerts")
        .withSetup(AlertTable.CREATE)
        .insertOnce()
        .withColumn(Alerts.DEVICE_ID, TupleFields.KEY)
        .withColumn(Alerts.EVENT_TIMESTAMP, TupleFields.TIMESTAMP)
        .withColumn(Alerts.VALUE, Alerts.VALUE)
        .withColumn(Alerts.WINDOW_MEAN, Alerts.WINDOW_MEAN)
        .withColumn(Alerts.WINDOW_STD_DEV, Alerts.WINDOW_STD_DEV)
        .withColumn(Alerts.Z_SCORE, Alerts.Z_SCORE)
        .withColumn(Alerts.ALERT_TIMESTAMP, Alerts.ALERT_TIMESTAMP)
        .withColumn(Alerts.RECENT_READINGS, Alerts.RECENT_READINGS)
        .withColumn("topic_id", TupleFields.TOPIC_ID)
        .withColumn("partition", TupleFields.PARTITION)
        .withColumn("offset", TupleFields.OFFSET)
        .withListener((row, changed, latency) -> Progress.of(counted).stored(latency));
  }

  /**
   * The configuration that it needs.
   *
   * @return a configuration, to which more may be added
   */
  Config config() {
    Config config = new Config();
    config.setNumWorkers(1);
    config.setNumAckers(1);
    config.setMessageTimeoutSecs(30);
    return config;
  }

  /**
   * Makes sure that the topics are there.
   *
   * @param topics of the brokers
   * @param create whether to create those that are missing
   */
  static void prepareTopics(KafkaTopics topics, boolean create) {
    if (create) {
      Readings.createTopics(topics);
      topics.create(ALERTS, 4);
    }
    topics.require(List.of(READINGS, ALERTS, DEAD_LETTERS));
  }
}
