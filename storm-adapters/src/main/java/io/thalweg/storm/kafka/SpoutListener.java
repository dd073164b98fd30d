package io.thalweg.storm.kafka;

import java.util.Collection;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** Listener for the records of a spout, called on its thread. */
interface SpoutListener {

  /** Receives all partitions of the task after their assignment has changed. */
  void onAssigned(Collection<TopicPartition> partitions);

  /**
   * Receives polled records, before they are emitted.
   *
   * @return false if none of these records may be emitted
   */
  boolean onPolled(TopicPartition partition, List<ConsumerRecord<byte[], byte[]>> records);

  /**
   * Receives a record that is emitted, for the first time or again.
   *
   * @param tuple tuple of {@link HeaderRecordTranslator}
   * @param deadLetter true if the record is a dead letter, which has no event time
   */
  void onEmitted(TopicPartition partition, long offset, List<Object> tuple, boolean deadLetter);

  /** Receives a record that was acked or given up. */
  void onSettled(TopicPartition partition, long offset);
}
