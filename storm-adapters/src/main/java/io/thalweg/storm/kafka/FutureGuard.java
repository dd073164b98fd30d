package io.thalweg.storm.kafka;

import java.io.Serializable;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.record.TimestampType;
import org.apache.storm.utils.Time;

/**
 * Bound on the distance of an event time after a reference time that its producer cannot set to a
 * later one. It stands before the watermark.
 *
 * <p>If the broker dates the records of a topic ({@code LogAppendTime}), the reference is that
 * date. Otherwise the producer may have set the record's timestamp to the event time itself, and
 * the reference is the smaller of that timestamp and the time of reading. For a record without
 * timestamp it is the time of reading.
 *
 * @param bound largest accepted distance in milliseconds; {@code Long.MAX_VALUE} for no guard
 */
record FutureGuard(long bound) implements Serializable {

  /**
   * Checks the event time of a record.
   *
   * @throws IllegalArgumentException if it is too far after the reference time
   */
  void check(ConsumerRecord<?, ?> record, long timestamp) {
    if (bound == Long.MAX_VALUE) {
      return; // do not read the clock
    }
    long reference = referenceTime(record);
    if (isBeyond(timestamp, reference)) {
      throw new IllegalArgumentException(
          "timestamp must be at most "
              + bound
              + " ms after the record was written, "
              + reference
              + ": "
              + timestamp);
    }
  }

  private static long referenceTime(ConsumerRecord<?, ?> record) {
    long written = record.timestamp();
    if (record.timestampType() == TimestampType.LOG_APPEND_TIME) {
      return written;
    }
    long now = Time.currentTimeMillis();
    return written == ConsumerRecord.NO_TIMESTAMP ? now : Math.min(written, now);
  }

  /** Returns true if a time is after the reference by more than the bound. */
  boolean isBeyond(long time, long reference) {
    long distance = time - reference;
    return time > reference && bound < Long.MAX_VALUE && (distance < 0 || distance > bound);
  }
}
