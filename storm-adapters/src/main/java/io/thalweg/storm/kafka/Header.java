package io.thalweg.storm.kafka;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * What an engine must know of a record before anyone decodes it: the key by which it is grouped,
 * and its event time.
 *
 * @param key a {@code String}, not empty and without unpaired surrogates, or a {@code Long}
 * @param timestamp event time in milliseconds; {@code Long.MIN_VALUE} and {@code Long.MAX_VALUE}
 *     are reserved
 */
public record Header(Object key, long timestamp) {

  /**
   * Checks a header. The message of the exception is the reason of a dead letter.
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
   * UTF-8, in which keys travel and are stored, has no unpaired surrogates: a key with one would
   * become another key on its way.
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
   * Reads the header of a record, in the spout, once for each time that the record is read.
   *
   * <p>Travels to the workers by Java serialization. A pure function of the record: a replay must
   * give the same.
   */
  @FunctionalInterface
  public interface Reader extends Serializable {
    /**
     * Reads the header.
     *
     * @param record the record; its value is not null, its key is if it was written without one
     * @return its key and event time
     * @throws Exception if the record cannot be read: it goes to the dead letters with the message
     *     as its reason
     */
    Header read(ConsumerRecord<byte[], byte[]> record) throws Exception;
  }
}
