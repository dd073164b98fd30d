package io.thalweg.storm.kafka;

import java.io.Serializable;

/**
 * Says that nothing more will be written to the topics: for demos, tests and other bounded runs.
 *
 * <p>Asked by every task of a {@link LowWatermarkKafkaSpout} with each heartbeat until it says yes,
 * on the spout's thread. What it says is taken to hold from then on: all records that will ever be
 * are in Kafka already. Travels to the workers by Java serialization; what it throws ends the
 * worker.
 */
@FunctionalInterface
public interface EndOfStream extends Serializable {

  /**
   * Whether the last record is written.
   *
   * @return true if no topic of the source will get another record
   */
  boolean reached();
}
