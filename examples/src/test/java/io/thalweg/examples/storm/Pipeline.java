package io.thalweg.examples.storm;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.thalweg.anomaly.Anomaly;
import io.thalweg.anomaly.ZScore;
import io.thalweg.examples.readings.Reading;
import io.thalweg.examples.runtime.EndOfRun;
import io.thalweg.stats.Moments;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.StateStore;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import io.thalweg.storm.jdbc.JdbcSink;
import io.thalweg.storm.jdbc.JdbcStateStore;
import io.thalweg.storm.kafka.EndOfStream;
import io.thalweg.storm.kafka.Header;
import io.thalweg.storm.kafka.KafkaResults;
import io.thalweg.storm.kafka.KafkaSources;
import io.thalweg.storm.kafka.LowWatermarkKafkaSpout;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.storm.Config;
import org.apache.storm.kafka.bolt.KafkaBolt;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Fields;

/**
 * Topology under test: means of ten seconds and the anomalies of a detector, effectively once, from
 * Kafka to tables.
 *
 * <pre>
 *            ┌─▶ windows ──▶ (lossy) ──▶ window-rows ─▶ table windows
 *            │                   └─────▶ (window-topic) ─▶ topic of windows
 * readings ──┼─▶ detector ─▶ (lossy) ──▶ alert-rows ──▶ table alerts
 *     │      └─▶ (lossy)
 *     └─ late events and dead letters ─▶ side-outputs ─▶ table side_outputs
 * </pre>
 *
 * @param bootstrapServers the brokers
 * @param topic the topic that the spout reads
 * @param name the name of the topology, the consumer group and the files
 * @param folder the folder of the files
 * @param tasks the number of tasks of each processor
 * @param lossy true if tuples are lost between bolts, each at most once; the windows, some of them
 *     repeated, are then written to a topic as well
 * @param committedOnly true if the spout reads committed transactions only
 * @param idleTimeout the time without records after which a partition is idle
 */
record Pipeline(
    String bootstrapServers,
    String topic,
    String name,
    Path folder,
    int tasks,
    boolean lossy,
    boolean committedOnly,
    Duration idleTimeout) {

  static final Duration WINDOW = Duration.ofSeconds(10);
  static final Duration DISORDER = Duration.ofSeconds(2);
  static final Duration MAX_FUTURE = Duration.ofMinutes(1);

  /** Message timeout of Storm. */
  private static final int TIMEOUT_SECONDS = 3;

  /** Creates a pipeline without losses; its partitions are never idle during a test. */
  Pipeline(String bootstrapServers, String topic, String name, Path folder, int tasks) {
    this(bootstrapServers, topic, name, folder, tasks, false, false, Duration.ofHours(1));
  }

  Pipeline withLosses() {
    return new Pipeline(
        bootstrapServers, topic, name, folder, tasks, true, committedOnly, idleTimeout);
  }

  Pipeline withTransactions() {
    return new Pipeline(bootstrapServers, topic, name, folder, tasks, lossy, true, idleTimeout);
  }

  Pipeline withIdleTimeout(Duration timeout) {
    return new Pipeline(
        bootstrapServers, topic, name, folder, tasks, lossy, committedOnly, timeout);
  }

  Path stateFile() {
    return folder.resolve(name + "-state.db");
  }

  ResultTables tables() {
    return new ResultTables(folder.resolve(name + "-rows.db"));
  }

  static Header header(ConsumerRecord<byte[], byte[]> record) {
    Reading reading = Reading.parse(record.value());
    return new Header(reading.deviceId(), reading.timestamp());
  }

  TopologyBuilder topology() {
    TopologyBuilder topology = new TopologyBuilder();
    topology.setSpout("readings", spout(), 2);
    topology
        .setBolt("end", new EndOfRun.EndDetector(name))
        .allGrouping("readings", Streams.WATERMARK);
    StateStore store = new JdbcStateStore("jdbc:sqlite:" + stateFile());
    processor(
        topology,
        "windows",
        new ProcessorBolt<String, Reading, Moments>(
                () ->
                    WindowedAggregator.of(
                            Moments.over(Reading::value), Windows.tumbling(Pipeline.WINDOW))
                        .build(),
                Reading::parse,
                TupleMapping.<Moments>columns()
                    .with("n", Moments::count)
                    .with("mean", Moments::mean))
            .withStateStore(store),
        tables().windowSink());
    processor(
        topology,
        "detector",
        new ProcessorBolt<String, Reading, Anomaly>(
                () -> ZScore.trailing(Pipeline.WINDOW, Reading::value),
                Reading::parse,
                TupleMapping.<Anomaly>columns()
                    .with("mean", Anomaly::expected)
                    .with("sd", Anomaly::scale)
                    .with("z", Anomaly::score))
            .withStateStore(store),
        tables().alertSink());
    topology
        .setBolt("side-outputs", new SideOutputTable(tables().url()))
        .globalGrouping("readings", Streams.DEAD_LETTER)
        .globalGrouping("windows", Streams.DEAD_LETTER)
        .globalGrouping("windows", Streams.LATE)
        .globalGrouping("detector", Streams.DEAD_LETTER)
        .globalGrouping("detector", Streams.LATE);
    if (lossy) {
      topology.setBolt("readings-lossy", LossyBolt.atEnd(name)).shuffleGrouping("readings");
      topology
          .setBolt("window-topic", windowTopicWriter())
          .fieldsGrouping("windows-lossy", new Fields(TupleFields.ID));
    }
    return topology;
  }

  String windowTopic() {
    return name + "-windows";
  }

  private KafkaBolt<byte[], byte[]> windowTopicWriter() {
    Properties producer = new Properties();
    producer.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    producer.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName());
    producer.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName());
    return new KafkaBolt<byte[], byte[]>()
        .withProducerProperties(producer)
        .withTopicSelector(windowTopic())
        .withTupleToKafkaMapper(
            new KafkaResults(
                window ->
                    "%d %s"
                        .formatted(window.getLongByField("n"), window.getDoubleByField("mean"))
                        .getBytes(UTF_8)));
  }

  private LowWatermarkKafkaSpout spout() {
    return KafkaSources.bytes(bootstrapServers, topic)
        .withGroupId(name)
        .withHeader(Pipeline::header)
        .withMaxFuture(MAX_FUTURE)
        .withDisorder(DISORDER)
        .withIdleTimeout(idleTimeout)
        .withCommitPeriod(Duration.ofMillis(300))
        // small, so that a run has many polls and heartbeats
        .withMaxUncommittedOffsets(300)
        .withProperty(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 100)
        .withProperty(
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            committedOnly ? "read_committed" : "read_uncommitted")
        .withEnd(end())
        .lowWatermarkSpout();
  }

  /** Announces the end of the stream by a file, because workers may be other processes. */
  void announceEnd() {
    try {
      Files.createFile(endFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path endFile() {
    return folder.resolve(name + ".end");
  }

  private EndOfStream end() {
    String file = endFile().toString();
    return () -> Files.exists(Path.of(file));
  }

  private void processor(
      TopologyBuilder topology, String id, ProcessorBolt<?, ?, ?> bolt, JdbcSink sink) {
    topology
        .setBolt(id, bolt, tasks)
        .fieldsGrouping("readings", new Fields(TupleFields.KEY))
        .allGrouping("readings", Streams.WATERMARK);
    String results = id;
    if (lossy) {
      results = id + "-lossy";
      topology.setBolt(results, LossyBolt.after(bolt, name)).shuffleGrouping(id);
    }
    topology
        .setBolt(id + "-rows", sink)
        .globalGrouping(results)
        .globalGrouping(id, Streams.WATERMARK);
  }

  Config config() {
    Config config = new Config();
    config.setNumWorkers(1);
    config.setNumAckers(1);
    config.setMessageTimeoutSecs(TIMEOUT_SECONDS);
    config.put(Config.TOPOLOGY_ENABLE_MESSAGE_TIMEOUTS, true);
    config.put(Config.TOPOLOGY_TESTING_ALWAYS_TRY_SERIALIZE, true);
    return config;
  }
}
