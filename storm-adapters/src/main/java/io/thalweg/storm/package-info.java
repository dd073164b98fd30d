/**
 * Adapters that run processors on Apache Storm, with results that are effectively once.
 *
 * <p>Reading order: {@link io.thalweg.storm.ProcessorBolt} runs a processor; {@link
 * io.thalweg.storm.Decoder} and {@link io.thalweg.storm.TupleMapping} are its functions, {@link
 * io.thalweg.storm.Guarantee}, {@link io.thalweg.storm.Emission} and {@link
 * io.thalweg.storm.FailurePolicy} its main options, {@link io.thalweg.storm.StateStore} the store
 * of its state. {@link io.thalweg.storm.Streams}, {@link io.thalweg.storm.TupleFields} and {@link
 * io.thalweg.storm.Heartbeat} define the tuples between components. {@link
 * io.thalweg.storm.TickSpout} lets bolts without heartbeats commit on time. Sources are in {@link
 * io.thalweg.storm.kafka}, stores and sinks in {@link io.thalweg.storm.jdbc}, simulations of
 * failures in {@link io.thalweg.storm.testing}.
 *
 * <pre>{@code
 * TopologyBuilder topology = new TopologyBuilder();
 *
 * // Bytes from Kafka. Key and event time are read here, once. A record that cannot be read becomes
 * // a dead letter with its reason, and processing continues.
 * topology.setSpout(
 *     "readings",
 *     KafkaSources.bytes("localhost:9092", "sensor_readings")
 *         .withGroupId("detector")
 *         .withHeader(record -> Reading.header(record.value()))
 *         .lowWatermarkSpout());
 *
 * // One detector per task. Fields grouping sends all readings of a device to the same task.
 * topology
 *     .setBolt(
 *         "detector",
 *         new ProcessorBolt<String, Reading, Anomaly>(
 *                 () -> ZScore.trailing(Duration.ofSeconds(10), Reading::value),
 *                 Reading::parse,
 *                 TupleMapping.<Anomaly>columns()
 *                     .with("value", Anomaly::value)
 *                     .with("z_score", Anomaly::score))
 *             .withStateStore(new JdbcStateStore("jdbc:sqlite:/var/lib/detector/state.db")),
 *         4)
 *     .fieldsGrouping("readings", new Fields(TupleFields.KEY))
 *     .allGrouping("readings", Streams.WATERMARK);
 *
 * // One row for each alert, however often it is emitted. Heartbeats make the sink commit.
 * topology
 *     .setBolt(
 *         "rows",
 *         new JdbcSink("jdbc:sqlite:/var/lib/detector/alerts.db", "alerts")
 *             .withColumn("device_id", TupleFields.KEY)
 *             .withColumn("event_timestamp", TupleFields.TIMESTAMP)
 *             .withColumn("value", "value")
 *             .withColumn("z_score", "z_score")
 *             .insertOnce())
 *     .globalGrouping("detector")
 *     .globalGrouping("detector", Streams.WATERMARK);
 *
 * // Late events and dead letters have streams of their own.
 * topology
 *     .setBolt("late", JdbcSink.lateEvents("jdbc:sqlite:/var/lib/detector/alerts.db", "late"))
 *     .globalGrouping("detector", Streams.LATE);
 * topology
 *     .setBolt("rejected", JdbcSink.deadLetters("jdbc:sqlite:/var/lib/detector/alerts.db", "rejected"))
 *     .globalGrouping("readings", Streams.DEAD_LETTER)
 *     .globalGrouping("detector", Streams.DEAD_LETTER);
 * }</pre>
 *
 * <p>All code runs on Storm's executor threads. Components are sent to the workers by Java
 * serialization, so their options must be serializable. Tuples contain primitives, strings and byte
 * arrays only, so no class must be registered. The serialized form of a component is compatible
 * within one version only.
 *
 * @serial exclude
 */
package io.thalweg.storm;
