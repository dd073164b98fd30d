package io.thalweg.storm.jdbc;

import java.io.Serializable;
import org.apache.storm.tuple.Tuple;

/**
 * Listener for the rows that a {@link JdbcSink} commits. It is called on the sink's thread, after
 * the ack.
 *
 * <p>Travels to the workers by Java serialization; an exception ends the worker.
 */
@FunctionalInterface
public interface CommitListener extends Serializable {

  /**
   * Receives a committed row.
   *
   * @param row tuple of the row
   * @param changed true if the table changed; false if the row was there already, in this or a
   *     newer version
   * @param latencyMillis time from the record's timestamp in Kafka to the commit; -1 if the tuple
   *     has no such timestamp
   */
  void committed(Tuple row, boolean changed, long latencyMillis);
}
