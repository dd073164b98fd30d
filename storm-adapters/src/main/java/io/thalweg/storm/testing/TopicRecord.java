package io.thalweg.storm.testing;

import static java.util.Objects.requireNonNull;

/**
 * Record of the simulated topic, with the time at which it is written.
 *
 * @param at the time at which it can be read, in milliseconds since the start of the run, not
 *     negative
 * @param partition its partition, from 0
 * @param offset its offset, greater than that of the record before in the partition; gaps are
 *     allowed
 * @param key its key, a {@code String} or {@code Long}; a spout with heartbeats makes a record with
 *     an empty key a dead letter
 * @param timestamp its event time
 * @param value its bytes, not to be changed
 */
public record TopicRecord(
    long at, int partition, long offset, Object key, long timestamp, byte[] value) {

  /**
   * Checks a record.
   *
   * @param at not negative
   * @param partition not negative
   * @param offset not negative
   * @param key not null
   * @param timestamp any
   * @param value not null
   * @throws IllegalArgumentException if time, partition or offset is negative
   */
  public TopicRecord {
    requireNonNull(key, "key");
    requireNonNull(value, "value");
    if (at < 0 || partition < 0 || offset < 0) {
      throw new IllegalArgumentException(
          "time, partition and offset must not be negative: %d, %d, %d"
              .formatted(at, partition, offset));
    }
  }

  /** Returns true if the record is a dead letter of a spout with heartbeats. */
  boolean isUnreadable() {
    return key.equals("");
  }
}
