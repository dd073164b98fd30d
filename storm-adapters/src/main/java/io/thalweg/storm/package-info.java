/**
 * Runs processors on Apache Storm: Kafka in, keyed computation, rows out, each record counted once.
 *
 * <pre>{@code
 * TopologyBuilder topology = new TopologyBuilder();
 *
 * // Bytes from Kafka. Key and event time are read here, once; what cannot be read becomes a dead
 * // letter with its reason, and the stream goes on.
 * topology.setSpout(
 *     "readings",
 *     KafkaSources.bytes("localhost:9092", "sensor_readings")
 *         .withGroupId("detector")
 *         .withHeader(record -> Reading.header(record.value()))
 *         .lowWatermarkSpout());
 *
 * // One detector a task; fields grouping brings all readings of a device to the same one. Results
 * // are columns, so that any sink can take them.
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
 * // One row for each alert, however often it is repeated. The watermarks keep single rows from
 * // waiting for company.
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
 * // Nothing disappears: late events and dead letters have streams of their own.
 * topology
 *     .setBolt("refused", new Refused())
 *     .shuffleGrouping("readings", Streams.DEAD_LETTER)
 *     .shuffleGrouping("detector", Streams.DEAD_LETTER)
 *     .shuffleGrouping("detector", Streams.LATE);
 * }</pre>
 *
 * <p>Everything runs on Storm's executor threads. Components travel to the workers by Java
 * serialization: what they are given must be serializable. Tuples hold primitives, strings and byte
 * arrays only, so nothing needs to be registered. The serialized form is for the way from the
 * submitter to the workers of one version, and for nothing else.
 *
 * @serial exclude
 */
package io.thalweg.storm;
