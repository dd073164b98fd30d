/**
 * Kafka sources and sinks of a Storm topology. In reading order:
 *
 * <ol>
 *   <li>{@link io.thalweg.storm.kafka.KafkaSources}: builds a spout that emits records as bytes,
 *       with dead letters for unreadable ones.
 *   <li>{@link io.thalweg.storm.kafka.Header}: key and event time of a record, and the function
 *       that reads them.
 *   <li>{@link io.thalweg.storm.kafka.LowWatermarkKafkaSpout}: the spout that also emits the low
 *       watermark, which effectively-once results require.
 *   <li>{@link io.thalweg.storm.kafka.EndOfStream}: end of a bounded run.
 *   <li>{@link io.thalweg.storm.kafka.KafkaResults}: writes results to Kafka with Storm's {@code
 *       KafkaBolt}.
 * </ol>
 *
 * <p>Inside, {@code SpoutEvents} receives the events of Storm's spout and its consumer, {@code
 * TopicIds} detects topics that are deleted, {@code PartitionAssignment} assigns partitions to
 * tasks, {@code HeaderRecordTranslator} makes tuples of records, and {@code RetryBackoff} schedules
 * failed ones. {@code LowWatermark} computes the watermark from the {@code InFlightOffsets} of each
 * partition; {@code LogEndCheck} finds its idle partitions.
 *
 * @serial exclude
 */
package io.thalweg.storm.kafka;
