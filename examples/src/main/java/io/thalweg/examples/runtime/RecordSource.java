package io.thalweg.examples.runtime;

/** Writer of a run's input records, on a thread of its own. */
public interface RecordSource extends AutoCloseable {

  /** Starts writing. */
  void start();

  /**
   * Returns the first failure to write a record.
   *
   * @return the failure; null if there is none
   */
  Exception failure();

  /** Stops writing, and waits until every record is written or has failed. */
  @Override
  void close();
}
