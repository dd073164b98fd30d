package io.thalweg;

/**
 * Destination of the state of a processor. A key can have several numbered records, so that records
 * that have not changed need not be written again.
 *
 * <p>A record is addressed by scope, key and part. A scope has its own numbers: of slices,
 * sessions, chunks of a ring, or the waiting events of {@link Ordered}. A part is the start of a
 * slice or the number of a chunk. The processor defines the bytes, by convention with {@link
 * Codec#encode}. The writer does not interpret them, and takes ownership of the array.
 *
 * <p>Calls take effect in their order. Not thread-safe.
 *
 * @param <K> the keys
 */
public interface StateWriter<K> {

  /**
   * Returns a nested scope of this state.
   *
   * @param scope a name without a slash, not empty, the same in every version of the processor
   * @return a writer with keys, parts and operator state of its own
   * @throws IllegalArgumentException if the name is empty or holds a slash
   */
  StateWriter<K> scope(String scope);

  /**
   * Writes a record, replacing the one with the same key and part.
   *
   * @param key the key
   * @param part the number of the record among those of its key
   * @param state the record
   */
  void put(K key, long part, byte[] state);

  /**
   * Removes a record if it exists.
   *
   * @param key the key
   * @param part the number of the record among those of its key
   */
  void remove(K key, long part);

  /**
   * Removes all records of a key in this scope and its nested scopes.
   *
   * @param key the key
   */
  void remove(K key);

  /**
   * Removes the records of all keys in this scope with smaller part numbers, which the watermark
   * has expired. Nested scopes are not affected.
   *
   * @param part the smallest part number that remains
   */
  void removeBefore(long part);

  /**
   * Writes the operator state: the record that belongs to no key, such as the watermark and
   * counters. It replaces the previous one.
   *
   * @param state the record
   */
  void putOperatorState(byte[] state);

  /** Removes everything in this scope and its nested scopes. */
  void clear();
}
