package io.thalweg;

/**
 * What a {@link StateWriter} wrote, to be read by a processor that takes up where another left off.
 *
 * <p>Not thread-safe. The arrays are the reader's: they must not be changed.
 *
 * @param <K> the keys
 */
public interface StateReader<K> {

  /**
   * The part of this state under a name of its own.
   *
   * @param scope the name given to {@link StateWriter#scope}
   * @return a reader of that scope; an empty one if nothing was written there
   * @throws IllegalArgumentException if the name is empty or holds a slash
   */
  StateReader<K> scope(String scope);

  /**
   * What belongs to no key.
   *
   * @return the record given to {@link StateWriter#putOperatorState}; null if there is none
   */
  byte[] operatorState();

  /**
   * Whether the reading processor takes over this shard's counters. When the number of tasks
   * changes, several processors read one shard and share out its keys; one of them is the heir, so
   * that the counters add up to what they were.
   *
   * @return true for exactly one of the readers of a shard
   */
  boolean ownsCounters();

  /**
   * Reads all records of this scope, those of one key together, its parts ascending. Records of
   * scopes within this one are not among them. The order of the keys is not specified.
   *
   * @param action receives every record
   */
  void forEach(RecordVisitor<? super K> action);

  /**
   * Receives one record.
   *
   * @param <K> the keys
   */
  @FunctionalInterface
  interface RecordVisitor<K> {
    /**
     * Receives one record.
     *
     * @param key the key
     * @param part the number of the record among those of its key
     * @param state the record
     */
    void accept(K key, long part, byte[] state);
  }
}
