package io.thalweg.examples.fraud;

import io.thalweg.examples.runtime.EndOfRun;
import io.thalweg.examples.runtime.KafkaTopics;
import io.thalweg.examples.runtime.RunSettings;
import io.thalweg.feature.FeatureRow;
import io.thalweg.model.Prediction;
import io.thalweg.model.ScoringInput;
import io.thalweg.storm.Emission;
import io.thalweg.storm.Guarantee;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import io.thalweg.storm.kafka.Header;
import io.thalweg.storm.kafka.KafkaResults;
import io.thalweg.storm.kafka.KafkaSources;
import io.thalweg.storm.kafka.LowWatermarkKafkaSpout;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.storm.kafka.bolt.mapper.FieldNameBasedTupleToKafkaMapper;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Fields;

/**
 * Topology that reads transactions, fraud reports and models from Kafka, and decides on each
 * transaction:
 *
 * <pre>
 * transactions, fraud_reports ─▶ events ─▶ customers ─▶ terminals ─▶ scoring ─┬─▶ decision-table ─▶ SQLite
 *                                   │                      models ─────┘      └─▶ decision-log ─▶ fraud_alerts
 *                                   └─▶ report-filter ─▶ report-table ─▶ SQLite
 * </pre>
 *
 * <p>Late events and dead letters of all bolts go to the topic {@code fraud_dead_letters}.
 *
 * @param at the settings of the run
 * @param mode the order and the emission of the results
 * @param from the first time of a transaction that is decided on; those before are history
 * @param threshold the smallest score of an alert
 */
record FraudTopology(RunSettings at, Mode mode, long from, double threshold) {

  /** Order in which events are processed, and the moment at which results are emitted. */
  enum Mode {
    /** In the order of arrival, and emitted at once. */
    AT_ONCE(Guarantee.AT_LEAST_ONCE, Emission.AT_ONCE, Duration.ofSeconds(1)),

    /** In the order of event time, and emitted after the commit of the state. */
    EFFECTIVELY_ONCE(Guarantee.EFFECTIVELY_ONCE, Emission.AFTER_COMMIT, Duration.ofMillis(200));

    private final Guarantee guarantee;
    private final Emission emission;

    /** Time between heartbeats and between commits, for which no decision waits if at once. */
    private final Duration period;

    Mode(Guarantee guarantee, Emission emission, Duration period) {
      this.guarantee = guarantee;
      this.emission = emission;
      this.period = period;
    }

    /** Returns the name as an option. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  static final String ALERTS = "fraud_alerts";
  static final String DEAD_LETTERS = "fraud_dead_letters";

  /** Number of partitions of a topic, and of tasks of a bolt. */
  private static final int PARTITIONS = 2;

  private static final int TASKS = 2;
  private static final String EVENTS = "events";
  private static final String CUSTOMERS = "customers";
  private static final String TERMINALS = "terminals";
  private static final String MODELS = "models";
  private static final String SCORING = "scoring";
  private static final String DECISION_LOG = "decision-log";

  /**
   * Creates the topics, or checks that they exist.
   *
   * @param topics the topics of the brokers
   * @param create whether to create missing topics
   */
  static void prepareTopics(KafkaTopics topics, boolean create) {
    List<String> all =
        List.of(
            FraudStream.TRANSACTIONS,
            FraudStream.REPORTS,
            FraudStream.MODELS,
            ALERTS,
            DEAD_LETTERS);
    if (create) {
      topics.create(FraudStream.TRANSACTIONS, PARTITIONS);
      topics.create(FraudStream.REPORTS, PARTITIONS);
      topics.create(FraudStream.MODELS, 1, 16 << 20);
      topics.create(ALERTS, PARTITIONS);
      topics.create(DEAD_LETTERS, 1);
    }
    topics.require(all);
  }

  /**
   * Builds the topology.
   *
   * @return a builder
   */
  TopologyBuilder build() {
    TopologyBuilder topology = new TopologyBuilder();
    compute(topology);
    write(topology);
    topology
        .setBolt("end", new EndOfRun.EndDetector(at.run()))
        // each bolt forwards the end when all of its answers are confirmed
        .allGrouping(SCORING, Streams.WATERMARK);
    return topology;
  }

  /** Adds the sources, the features and the model. */
  void compute(TopologyBuilder topology) {
    long first = from;
    // region bolts
    topology.setSpout(EVENTS, events());
    topology.setSpout(MODELS, models());
    topology
        .setBolt(
            CUSTOMERS,
            bolt(
                new ProcessorBolt<String, CardEvent, FeatureRow<CardEvent>>(
                    CustomerStage::new,
                    CardEvents::parse,
                    TupleMapping.<FeatureRow<CardEvent>>columns()
                        .with(TupleFields.VALUE, CardRows::ofCustomer))),
            TASKS)
        .fieldsGrouping(EVENTS, new Fields(TupleFields.KEY))
        .allGrouping(EVENTS, Streams.WATERMARK);
    topology
        .setBolt(
            TERMINALS,
            bolt(
                new ProcessorBolt<String, FeatureRow<CardEvent>, FeatureRow<CardEvent>>(
                    () -> FraudFeatures.terminals(first).append(FraudFeatures.customers().schema()),
                    CardRows::ofCustomer,
                    TupleMapping.<FeatureRow<CardEvent>>columns()
                        .with(TupleFields.VALUE, CardRows::complete))),
            TASKS)
        .fieldsGrouping(CUSTOMERS, new Fields(TupleFields.KEY))
        .allGrouping(CUSTOMERS, Streams.WATERMARK);
    topology
        .setBolt(
            SCORING,
            bolt(
                new ProcessorBolt<String, ScoringInput<CardEvent>, Prediction<CardEvent>>(
                    FraudModels::scoring, FraudModels::decode, Decisions.mapping(threshold))),
            TASKS)
        .fieldsGrouping(TERMINALS, new Fields(TupleFields.KEY))
        .allGrouping(TERMINALS, Streams.WATERMARK)
        .allGrouping(MODELS)
        .allGrouping(MODELS, Streams.WATERMARK);
    // endregion
  }

  private <E, O> ProcessorBolt<String, E, O> bolt(ProcessorBolt<String, E, O> bolt) {
    return bolt.withStateStore(at.store())
        .withGuarantee(mode.guarantee)
        .withEmission(mode.emission)
        .withCommitInterval(mode.period);
  }

  private LowWatermarkKafkaSpout events() {
    return KafkaSources.bytes(at.bootstrapServers(), FraudStream.TRANSACTIONS, FraudStream.REPORTS)
        .withGroupId(at.groupId())
        .withHeader(FraudTopology::header)
        .withMaxValueBytes(CardEvents.MAX_BYTES)
        .withCommitPeriod(Duration.ofMillis(500))
        .withDisorder(Duration.ZERO)
        .withHeartbeat(mode.period)
        // event time runs faster than the clock, and few reports span days of it
        .withMaxDrift(Duration.ofHours(12))
        .withProperty(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 20)
        .withEnd(EndOfRun.announcement(at.run()))
        .lowWatermarkSpout();
  }

  private static Header header(ConsumerRecord<byte[], byte[]> record) {
    CardEvent event = CardEvents.parse(record.value());
    return new Header(event.customer(), event.timestamp());
  }

  private LowWatermarkKafkaSpout models() {
    return KafkaSources.bytes(at.bootstrapServers(), FraudStream.MODELS)
        .withGroupId(at.groupId() + "-models")
        .withCommitPeriod(Duration.ofMillis(500))
        .withIdleTimeout(mode.period.multipliedBy(5)) // releases are rare
        .withHeartbeat(mode.period)
        .withoutIdleAdvance()
        .withEnd(EndOfRun.announcement(at.run()))
        .lowWatermarkSpout();
  }

  private void write(TopologyBuilder topology) {
    topology
        .setBolt("decision-table", Decisions.sink(at.database()))
        .shuffleGrouping(SCORING)
        .allGrouping(SCORING, Streams.WATERMARK);
    topology
        .setBolt(DECISION_LOG, new DecisionLog(at.run()))
        .shuffleGrouping(SCORING)
        .shuffleGrouping(EVENTS, Streams.DEAD_LETTER)
        .shuffleGrouping(CUSTOMERS, Streams.LATE)
        .shuffleGrouping(CUSTOMERS, Streams.DEAD_LETTER)
        .shuffleGrouping(TERMINALS, Streams.LATE)
        .shuffleGrouping(TERMINALS, Streams.DEAD_LETTER)
        .shuffleGrouping(SCORING, Streams.LATE)
        .shuffleGrouping(SCORING, Streams.DEAD_LETTER);
    topology
        .setBolt("alert-topic", at.toKafka(ALERTS, new FieldNameBasedTupleToKafkaMapper<>()))
        .shuffleGrouping(DECISION_LOG);
    topology.setBolt("report-filter", new ReportFilter()).shuffleGrouping(EVENTS);
    topology
        .setBolt("report-table", ReportFilter.sink(at.database()))
        .shuffleGrouping("report-filter");
    topology
        .setBolt("dead-letter-topic", at.toKafka(DEAD_LETTERS, KafkaResults.sideOutputs()))
        .shuffleGrouping(EVENTS, Streams.DEAD_LETTER)
        .shuffleGrouping(MODELS, Streams.DEAD_LETTER)
        .shuffleGrouping(CUSTOMERS, Streams.LATE)
        .shuffleGrouping(CUSTOMERS, Streams.DEAD_LETTER)
        .shuffleGrouping(TERMINALS, Streams.LATE)
        .shuffleGrouping(TERMINALS, Streams.DEAD_LETTER)
        .shuffleGrouping(SCORING, Streams.LATE)
        .shuffleGrouping(SCORING, Streams.DEAD_LETTER);
  }
}
