package io.thalweg.storm.kafka;

import java.util.Collection;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/** Listener for the records of a spout, called on its thread. */
interface SpoutListener {

  /** Called with all partitions of the task when their assignment has changed. */
  void onAssigned(Collection<TopicPartition> partitions);

  /** Called when records were polled, before they are emitted. */
  void onPolled(TopicPartition partition, long lastOffset);

  /**
   * Called when a record is emitted, for the first time or again.
   *
   * @param tuple tuple of {@link HeaderRecordTranslator}
   * @param deadLetter true if the record is a dead letter, which has no event time
   */
  void onEmitted(TopicPartition partition, long offset, List<Object> tuple, boolean deadLetter);

  /** Called when a record is acked or given up. */
  void onSettled(TopicPartition partition, long offset);
}
