package io.thalweg.storm.kafka;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Key and event time of a record, which are read before its value is decoded.
 *
 * @param key key by which the record is grouped: a {@code String}, not empty and without unpaired
 *     surrogates, or a {@code Long}
 * @param timestamp event time in milliseconds; {@code Long.MIN_VALUE} and {@code Long.MAX_VALUE}
 *     are reserved
 */
public record Header(Object key, long timestamp) {

  /**
   * Checks a header. The message of the exception is the reason in the dead letter.
   *
   * @param key a {@code String}, not empty and without unpaired surrogates, or a {@code Long}
   * @param timestamp event time in milliseconds, not reserved
   * @throws NullPointerException if the key is null
   * @throws IllegalArgumentException if the key is of another type, empty or no text, or the
   *     timestamp is reserved
   */
  public Header {
    requireNonNull(key, "key must not be null");
    if (!(key instanceof String) && !(key instanceof Long)) {
      throw new IllegalArgumentException(
          "key must be a String or a Long: " + key.getClass().getName());
    }
    if (key.equals("")) {
      throw new IllegalArgumentException("key must not be empty");
    }
    if (key instanceof String text && hasUnpairedSurrogate(text)) {
      throw new IllegalArgumentException("key must have no unpaired surrogates: " + text);
    }
    if (timestamp == Long.MIN_VALUE || timestamp == Long.MAX_VALUE) {
      throw new IllegalArgumentException("timestamp is reserved: " + timestamp);
    }
  }

  /**
   * Returns true if a text has no UTF-8 form. Keys are transmitted and stored in UTF-8, where an
   * unpaired surrogate would be replaced, so that the key would become another one.
   */
  private static boolean hasUnpairedSurrogate(String text) {
    int c;
    for (int i = 0; i < text.length(); i += Character.charCount(c)) {
      c = text.codePointAt(i);
      if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
        return true;
      }
    }
    return false;
  }

  /**
   * Function that reads the header of a record, called in the spout each time the record is read.
   *
   * <p>Travels to the workers by Java serialization. It must be a pure function of the record, so
   * that a replay gives the same header.
   */
  @FunctionalInterface
  public interface Reader extends Serializable {
    /**
     * Reads the header.
     *
     * @param record the record; its value is not null, its key is null if it was written without
     *     one
     * @return key and event time
     * @throws Exception if the record cannot be read: it becomes a dead letter with the message as
     *     its reason
     */
    Header read(ConsumerRecord<byte[], byte[]> record) throws Exception;
  }
}
