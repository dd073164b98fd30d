package io.thalweg.examples.network;

import io.thalweg.Processor;
import io.thalweg.examples.readings.DeadLetters;
import io.thalweg.examples.runtime.EndOfRun;
import io.thalweg.examples.runtime.KafkaTopics;
import io.thalweg.examples.runtime.Rekeyed;
import io.thalweg.examples.runtime.RunSettings;
import io.thalweg.feature.FeatureRow;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import io.thalweg.storm.kafka.Header;
import io.thalweg.storm.kafka.KafkaSources;
import io.thalweg.storm.kafka.LowWatermarkKafkaSpout;
import java.time.Duration;
import java.util.List;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Fields;

/**
 * Topology that reads the reports of cells from Kafka, computes their features by cell and then by
 * hour of the week, and writes incidents to a log and a database:
 *
 * <pre>
 * cell_reports ─▶ reports ─▶ by-cell ─▶ by-hour ─▶ incidents ─┬─▶ incident-log
 *                    │          │          │           │      └─▶ incident-table ─▶ SQLite
 *                    └─ dead ───┴──────────┴───────────┴─▶ dead-letter-topic ─▶ cell_reports_dlq
 * </pre>
 *
 * @param at the settings of the run
 */
record NetworkTopology(RunSettings at) {

  static final String TOPIC = "cell_reports";
  static final String DEAD_LETTERS = "cell_reports_dlq";

  static final String REPORTS = "reports";
  static final String BY_CELL = "by-cell";
  static final String BY_HOUR = "by-hour";
  static final String INCIDENTS = "incidents";

  private static final int PARTITIONS = 4;
  private static final Duration DISORDER = Duration.ofSeconds(1);
  private static final int TASKS = 2;

  /**
   * Builds the topology.
   *
   * @return a builder
   */
  TopologyBuilder build() {
    TopologyBuilder topology = new TopologyBuilder();
    compute(topology);
    topology
        .setBolt("end", new EndOfRun.EndDetector(at.run()))
        .allGrouping(INCIDENTS, Streams.WATERMARK);
    topology
        .setBolt("incident-log", new IncidentLog(at.run()))
        .globalGrouping(INCIDENTS)
        .globalGrouping(BY_CELL, Streams.LATE)
        .globalGrouping(BY_HOUR, Streams.LATE)
        .globalGrouping(INCIDENTS, Streams.LATE)
        .globalGrouping(REPORTS, Streams.DEAD_LETTER);
    topology
        .setBolt("incident-table", IncidentTable.sink(at.database()))
        .globalGrouping(INCIDENTS)
        .allGrouping(INCIDENTS, Streams.WATERMARK);
    topology
        .setBolt("dead-letter-topic", at.toKafka(DEAD_LETTERS, new DeadLetters()))
        .shuffleGrouping(REPORTS, Streams.DEAD_LETTER)
        .shuffleGrouping(BY_CELL, Streams.DEAD_LETTER)
        .shuffleGrouping(BY_HOUR, Streams.DEAD_LETTER)
        .shuffleGrouping(INCIDENTS, Streams.DEAD_LETTER);
    return topology;
  }

  /** Adds the spout and the three stateful bolts. */
  void compute(TopologyBuilder topology) {
    topology.setSpout(REPORTS, spout());
    // region bolts
    topology
        .setBolt(
            BY_CELL,
            new ProcessorBolt<String, CellReport, FeatureRow<CellReport>>(
                    NetworkTopology::byCell,
                    CellReport::parse,
                    TupleMapping.<FeatureRow<CellReport>>columns()
                        .with(TupleFields.VALUE, CellFeatures::encodeCell))
                .withStateStore(at.store()),
            TASKS)
        .fieldsGrouping(REPORTS, new Fields(TupleFields.KEY))
        .allGrouping(REPORTS, Streams.WATERMARK);
    topology
        .setBolt(
            BY_HOUR,
            new ProcessorBolt<String, FeatureRow<CellReport>, FeatureRow<CellReport>>(
                    NetworkTopology::byHour,
                    CellFeatures::decodeCell,
                    TupleMapping.<FeatureRow<CellReport>>columns()
                        .with(TupleFields.VALUE, CellFeatures::encode))
                .withStateStore(at.store()),
            TASKS)
        .fieldsGrouping(BY_CELL, new Fields(TupleFields.KEY))
        .allGrouping(BY_CELL, Streams.WATERMARK);
    topology
        .setBolt(
            INCIDENTS,
            new ProcessorBolt<String, FeatureRow<CellReport>, CellIncident>(
                    CellIncidents::create, CellFeatures::decode, IncidentTable.mapping())
                .withStateStore(at.store()))
        .fieldsGrouping(BY_HOUR, new Fields(TupleFields.KEY))
        .allGrouping(BY_HOUR, Streams.WATERMARK);
    // endregion
  }

  // region rekey
  /** Features by cell. Their key is that of the next bolt: cell and hour of the week. */
  static Processor<String, CellReport, FeatureRow<CellReport>> byCell() {
    return new Rekeyed<>(
        CellFeatures.CELL.<String>operator(), row -> CellFeatures.hourKey(row.event()));
  }

  /** Features by hour of the week, appended. Their key is the cell again. */
  static Processor<String, FeatureRow<CellReport>, FeatureRow<CellReport>> byHour() {
    return new Rekeyed<>(
        CellFeatures.HOUR.<String>append(CellFeatures.CELL.schema()), row -> row.event().cellId());
  }

  // endregion

  private LowWatermarkKafkaSpout spout() {
    return KafkaSources.bytes(at.bootstrapServers(), TOPIC)
        .withGroupId(at.groupId())
        .withHeader(
            record -> {
              CellReport report = CellReport.parse(record.value());
              return new Header(report.cellId(), report.timestamp());
            })
        .withCommitPeriod(Duration.ofMillis(500))
        .withDisorder(DISORDER)
        .withEnd(EndOfRun.announcement(at.run()))
        .lowWatermarkSpout();
  }

  /**
   * Creates the topics, or checks that they exist.
   *
   * @param topics the topics of the brokers
   * @param create whether to create missing topics
   */
  static void prepareTopics(KafkaTopics topics, boolean create) {
    if (create) {
      topics.create(TOPIC, PARTITIONS);
      topics.create(DEAD_LETTERS, 1);
    }
    topics.require(List.of(TOPIC, DEAD_LETTERS));
  }
}
