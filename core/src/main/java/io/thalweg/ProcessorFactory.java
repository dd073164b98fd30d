package io.thalweg;

import java.io.Serializable;

/**
 * Serializable factory of processors. Processors themselves are not serializable: an engine sends
 * the factory to its workers and creates one processor for each task, and one for each shard that
 * it restores after a change of the number of tasks.
 *
 * <p>A factory creates all parts of a processor itself: an aggregate captured by a lambda would
 * have to be serializable, but is not.
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
   * @return a new processor without state that shares no mutable object with any other
   */
  Processor<K, E, O> create();
}
