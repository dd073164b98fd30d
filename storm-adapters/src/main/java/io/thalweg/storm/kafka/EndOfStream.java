package io.thalweg.storm.kafka;

import java.io.Serializable;

/**
 * Condition that no further record will be written to the topics, for demos, tests and other
 * bounded runs.
 *
 * <p>Each task of a {@link LowWatermarkKafkaSpout} evaluates it before each heartbeat until it is
 * true, on the spout's thread. It must stay true from then on: all records are in Kafka already.
 * Travels to the workers by Java serialization; an exception ends the worker.
 */
@FunctionalInterface
public interface EndOfStream extends Serializable {

  /**
   * Returns true if the last record has been written.
   *
   * @return true if no topic of the source will receive another record
   */
  boolean reached();
}
