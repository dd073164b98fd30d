package io.thalweg;

import java.io.Serializable;

/**
 * Creates processors where they run. Processors themselves are not serializable: an engine ships
 * the factory to its workers and creates one processor a task, and one more for each shard that it
 * restores when the number of tasks changed.
 *
 * <p>A factory creates everything inside: an aggregate captured by a lambda would have to be
 * serializable, and is not.
 *
 * @param <K> the keys
 * @param <E> the events
 * @param <O> the results
 */
@FunctionalInterface
public interface ProcessorFactory<K, E, O> extends Serializable {

  /**
   * Creates a processor.
   *
   * @return a new processor without state that shares nothing mutable with any other
   */
  Processor<K, E, O> create();
}
