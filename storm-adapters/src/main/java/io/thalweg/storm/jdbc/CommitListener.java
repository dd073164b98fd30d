package io.thalweg.storm.jdbc;

import java.io.Serializable;
import org.apache.storm.tuple.Tuple;

/**
 * Hears of rows that a {@link JdbcSink} has committed, on the sink's thread, after the ack.
 *
 * <p>Travels to the workers by Java serialization; what it throws ends the worker.
 */
@FunctionalInterface
public interface CommitListener extends Serializable {

  /**
   * Takes note of one row.
   *
   * @param row the tuple that it came in
   * @param changed whether the table changed; false for a row that was there already, or in a newer
   *     version
   * @param latencyMillis from the record's timestamp in Kafka to the commit; -1 if the tuple has no
   *     such timestamp
   */
  void committed(Tuple row, boolean changed, long latencyMillis);
}
