package io.thalweg.examples.sensors;

import io.thalweg.anomaly.Anomaly;
import io.thalweg.examples.readings.Detector;
import io.thalweg.examples.readings.Reading;
import io.thalweg.examples.readings.Readings;
import io.thalweg.examples.runtime.EndOfRun;
import io.thalweg.examples.runtime.RunSettings;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import java.util.Locale;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Fields;

/**
 * Topology that reads from Kafka, runs a detector over the last ten seconds of every device, and
 * writes alerts to a log, a database and a topic:
 *
 * <pre>
 * sensor_readings ─▶ readings ─▶ detector ─┬─▶ alert-log
 *                       │            │     ├─▶ alert-table ─▶ SQLite, table alerts
 *                       │            │     └─▶ alert-topic ─▶ anomaly_alerts
 *                       └─ dead ─────┴──────▶ dead-letter-topic ─▶ sensor_readings_dlq
 * </pre>
 *
 * @param at the settings of the run
 * @param detector the detector
 */
record SensorTopology(RunSettings at, Detector detector) {

  static final String ALERTS = "anomaly_alerts";

  private static final String READINGS_SPOUT = "readings";
  private static final int DETECTOR_TASKS = 2;

  /**
   * Returns the component id of the detector. It is part of every alert's id, so that alerts of
   * different formulas have different ids.
   *
   * @return a component id
   */
  String detectorId() {
    return "detector-" + detector.preset().name().toLowerCase(Locale.ROOT);
  }

  /**
   * Builds the topology.
   *
   * @return a builder
   */
  TopologyBuilder build() {
    TopologyBuilder topology = new TopologyBuilder();
    topology.setSpout(READINGS_SPOUT, Readings.spout(at));
    topology
        .setBolt("end", new EndOfRun.EndDetector(at.run()))
        .allGrouping(READINGS_SPOUT, Streams.WATERMARK);

    Detector formula = detector;
    topology
        .setBolt(
            detectorId(),
            new ProcessorBolt<String, Reading, Anomaly>(
                    formula::create, Reading::parse, Alerts.mapping())
                .withStateStore(at.store()),
            DETECTOR_TASKS)
        .fieldsGrouping(READINGS_SPOUT, new Fields(TupleFields.KEY))
        .allGrouping(READINGS_SPOUT, Streams.WATERMARK);

    topology
        .setBolt("alert-log", new AlertLog(at.run()))
        .shuffleGrouping(detectorId())
        .shuffleGrouping(detectorId(), Streams.LATE)
        .shuffleGrouping(detectorId(), Streams.DEAD_LETTER)
        .shuffleGrouping(READINGS_SPOUT, Streams.DEAD_LETTER);
    topology
        .setBolt("alert-table", AlertTable.sink(at.database(), at.run()))
        .shuffleGrouping(detectorId())
        .allGrouping(detectorId(), Streams.WATERMARK);
    topology
        .setBolt("alert-topic", at.toKafka(ALERTS, new Alerts.ToKafka()))
        .shuffleGrouping(detectorId());
    topology
        .setBolt("dead-letter-topic", Readings.deadLetterTopic(at))
        .shuffleGrouping(READINGS_SPOUT, Streams.DEAD_LETTER)
        .shuffleGrouping(detectorId(), Streams.DEAD_LETTER);
    return topology;
  }
}
