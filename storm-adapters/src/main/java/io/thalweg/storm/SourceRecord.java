package io.thalweg.storm;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Event before decoding: its bytes, and the Kafka record from which it originates. Events that wait
 * for the watermark are stored in this form, so that users need not supply a codec of events.
 *
 * @param topic the name of the topic; null if the input has no such field
 * @param topicId the id of the topic
 * @param partition the partition of the record
 * @param offset the offset of the record
 * @param ordinal the place among the answers of the upstream bolts, such as "0.1"; empty for a
 *     Kafka record
 * @param recordTimestamp the Kafka timestamp of the record; null if the input has no such field
 * @param bytes the event
 */
record SourceRecord(
    String topic,
    String topicId,
    int partition,
    long offset,
    String ordinal,
    Long recordTimestamp,
    byte[] bytes) {

  static final Codec<SourceRecord> CODEC = new SourceRecordCodec();

  /**
   * Returns the source id as bytes, whose unsigned order is the order of topic id, partition,
   * offset and ordinal.
   */
  byte[] source() {
    byte[] topicBytes = topicId.getBytes(UTF_8);
    String[] places = ordinal.isEmpty() ? new String[0] : ordinal.split("\\.");
    ByteBuffer bytes = ByteBuffer.allocate(topicBytes.length + 13 + 4 * places.length);
    bytes.put(topicBytes).put((byte) 0).putInt(partition).putLong(offset);
    for (String place : places) {
      bytes.putInt(Integer.parseInt(place));
    }
    return bytes.array();
  }

  /** Returns the source id as text. */
  String id() {
    return topicId + "/" + partition + "/" + offset + "/" + ordinal;
  }

  private static final class SourceRecordCodec implements Codec<SourceRecord> {
    @Override
    public String name() {
      return "thalweg.storm.arrival";
    }

    @Override
    public void write(SourceRecord a, DataOutput out) throws IOException {
      TupleValues.write(
          Arrays.asList(
              a.topic, a.topicId, a.partition, a.offset, a.ordinal, a.recordTimestamp, a.bytes),
          out);
    }

    @Override
    public SourceRecord read(DataInput in, int version) throws IOException {
      List<Object> v = TupleValues.read(in);
      try {
        String topic = (String) v.get(0);
        String topicId = (String) v.get(1);
        return new SourceRecord(
            topic == null ? null : topic.intern(), // few topics, of millions of waiting records
            topicId.intern(),
            (Integer) v.get(2),
            (Long) v.get(3),
            (String) v.get(4),
            (Long) v.get(5),
            (byte[]) v.get(6));
      } catch (ClassCastException | IndexOutOfBoundsException | NullPointerException e) {
        throw new StreamCorruptedException("bytes must be a source record: " + e.getMessage());
      }
    }
  }
}
