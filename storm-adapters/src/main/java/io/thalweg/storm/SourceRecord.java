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
 * An event as it came: the record of Kafka that it goes back to, and its bytes. Events that wait
 * for the watermark wait in this form, so that nobody has to supply a codec of events.
 *
 * @param topic the name of the topic; null if the input does not tell
 * @param topicId the id of the topic
 * @param partition the partition of the record
 * @param offset the offset of the record
 * @param ordinal the place among the outputs of a bolt before, such as "0.1"; empty for a record
 * @param recordTimestamp the record's timestamp in Kafka; null if the input does not tell
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
   * The source id as bytes whose unsigned order is that of topic id, partition, offset, ordinal.
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
        return new SourceRecord(
            (String) v.get(0),
            (String) v.get(1),
            (Integer) v.get(2),
            (Long) v.get(3),
            (String) v.get(4),
            (Long) v.get(5),
            (byte[]) v.get(6));
      } catch (ClassCastException | IndexOutOfBoundsException | NullPointerException e) {
        throw new StreamCorruptedException("not an arrival: " + e.getMessage());
      }
    }
  }
}
