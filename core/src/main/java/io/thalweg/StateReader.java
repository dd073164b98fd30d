package io.thalweg;

/**
 * Saved state that a {@link StateWriter} has written, for a processor that restores it.
 *
 * <p>Not thread-safe. The arrays belong to the reader and must not be changed.
 *
 * @param <K> the keys
 */
public interface StateReader<K> {

  /**
   * Returns a nested scope of this state.
   *
   * @param scope the name given to {@link StateWriter#scope}
   * @return a reader of that scope; an empty one if nothing was written there
   * @throws IllegalArgumentException if the name is empty or holds a slash
   */
  StateReader<K> scope(String scope);

  /**
   * Returns the operator state: the record that belongs to no key.
   *
   * @return the record given to {@link StateWriter#putOperatorState}; null if there is none
   */
  byte[] operatorState();

  /**
   * Returns true if the reading processor takes over the counters of this shard. After a change of
   * the number of tasks, several processors read one shard and divide its keys. One of them takes
   * over the counters, so that their sum stays the same.
   *
   * @return true for exactly one of the readers of a shard
   */
  boolean ownsCounters();

  /**
   * Reads all records of this scope, without those of nested scopes. The records of a key follow
   * each other in ascending order of their numbers. The order of the keys is not specified.
   *
   * @param action receives every record
   */
  void forEach(RecordVisitor<? super K> action);

  /**
   * Returns true if nothing was saved, in this scope or one nested in it. A processor without its
   * operator state takes such a shard for its own and refuses any other.
   *
   * @return true if there is neither operator state nor a record
   */
  boolean isEmpty();

  /**
   * Receiver of records.
   *
   * @param <K> the keys
   */
  @FunctionalInterface
  interface RecordVisitor<K> {
    /**
     * Receives a record.
     *
     * @param key the key
     * @param part the number of the record among those of its key
     * @param state the record
     */
    void accept(K key, long part, byte[] state);
  }
}
