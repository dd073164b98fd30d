package io.thalweg;

/**
 * Where a processor writes its state: keyed records in numbered parts, so that what did not change
 * need not be written again.
 *
 * <p>A record is addressed by scope, key and part. Scopes keep independent numberings apart:
 * slices, sessions, chunks of a ring, the events that {@link Ordered} holds. A part is a slice's
 * start or a chunk's number. The bytes are the processor's own, by convention made by {@link
 * Codec#encode}; the writer keeps them as they are and takes ownership of the array.
 *
 * <p>Calls take effect in their order. Not thread-safe.
 *
 * @param <K> the keys
 */
public interface StateWriter<K> {

  /**
   * The part of this state under a name of its own. Scopes nest.
   *
   * @param scope a name without a slash, not empty, the same in every version of the processor
   * @return a writer whose keys, parts and shared record are apart from this one's
   * @throws IllegalArgumentException if the name is empty or holds a slash
   */
  StateWriter<K> scope(String scope);

  /**
   * Writes a record, replacing the one that stood there.
   *
   * @param key the key
   * @param part the number of the record among those of its key
   * @param state the record
   */
  void put(K key, long part, byte[] state);

  /**
   * Removes a record if it is there.
   *
   * @param key the key
   * @param part the number of the record among those of its key
   */
  void remove(K key, long part);

  /**
   * Removes all records of a key in this scope and the scopes within it.
   *
   * @param key the key
   */
  void remove(K key);

  /**
   * Removes, of every key in this scope, the records with smaller part numbers: what the watermark
   * has forgotten. Scopes within this one are left alone.
   *
   * @param part the smallest part number that stays
   */
  void removeBefore(long part);

  /**
   * Writes what belongs to no key, such as the watermark and counters, replacing what stood there.
   *
   * @param state the record
   */
  void putOperatorState(byte[] state);

  /** Removes everything in this scope and the scopes within it. */
  void clear();
}
