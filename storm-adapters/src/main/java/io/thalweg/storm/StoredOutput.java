package io.thalweg.storm;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Output tuple in the outbox or in the ledger. Its id and version are assigned once, and are the
 * same each time it is emitted.
 *
 * @param stream the output stream
 * @param ownerKey the key whose task owns the output after rescaling: the key of the event if its
 *     tuple can be replayed, otherwise the key of the result
 * @param values the values of the tuple
 * @param answer true if the output is an answer, which a downstream processor bolt takes as an
 *     event
 * @param needsInputBytes true if the bytes of the event are the last value, but are not stored:
 *     they are appended from the replayed input tuple
 */
record StoredOutput(
    String stream, Object ownerKey, List<Object> values, boolean answer, boolean needsInputBytes) {

  static final Codec<List<StoredOutput>> CODEC = new ListCodec();

  private static final int SHARD = TupleFields.RESULT.indexOf(TupleFields.SHARD);
  private static final int NUMBER = TupleFields.RESULT.indexOf(TupleFields.NUMBER);
  private static final int TIMESTAMP = TupleFields.RESULT.indexOf(TupleFields.TIMESTAMP);
  private static final int RECORD_TIMESTAMP =
      TupleFields.RESULT.indexOf(TupleFields.RECORD_TIMESTAMP);

  /** Returns the shard that numbered this answer. */
  String shard() {
    return (String) values.get(SHARD);
  }

  /** Returns the number of this answer in its shard. */
  long number() {
    return (Long) values.get(NUMBER);
  }

  /** Returns the event time of this answer. */
  long timestamp() {
    return (Long) values.get(TIMESTAMP);
  }

  /** Returns the Kafka timestamp of the answered record; null if there is none. */
  Long recordTimestamp() {
    Long timestamp = answer ? (Long) values.get(RECORD_TIMESTAMP) : null;
    return timestamp == null || timestamp < 0 ? null : timestamp;
  }

  /** Returns this output with other values. */
  StoredOutput withValues(List<Object> others) {
    return new StoredOutput(stream, ownerKey, others, answer, needsInputBytes);
  }

  /** Returns this output with another owner. */
  StoredOutput ownedBy(Object other) {
    return new StoredOutput(stream, other, values, answer, needsInputBytes);
  }

  /** Returns the approximate size in memory. */
  long bytes() {
    long bytes = 700; // all values but the payload
    for (int i = answer ? TupleFields.RESULT.size() : 0; i < values.size(); i++) {
      Object value = values.get(i);
      if (value instanceof byte[] array) {
        bytes += array.length;
      } else if (value instanceof String text) {
        bytes += text.length();
      }
    }
    return bytes;
  }

  static void writeAll(List<StoredOutput> outputs, DataOutput out) throws IOException {
    out.writeInt(outputs.size());
    for (StoredOutput record : outputs) {
      out.writeUTF(record.stream);
      TupleValues.writeValue(record.ownerKey, out);
      out.writeByte((record.answer ? 1 : 0) | (record.needsInputBytes ? 2 : 0));
      TupleValues.write(record.values, out);
    }
  }

  static List<StoredOutput> readAll(DataInput in) throws IOException {
    List<StoredOutput> outputs = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      String stream = in.readUTF();
      Object key = TupleValues.readValue(in);
      int flags = in.readByte();
      outputs.add(
          new StoredOutput(stream, key, TupleValues.read(in), (flags & 1) != 0, (flags & 2) != 0));
    }
    return outputs;
  }

  private static final class ListCodec implements Codec<List<StoredOutput>> {
    @Override
    public String name() {
      return "thalweg.storm.outbox";
    }

    @Override
    public void write(List<StoredOutput> value, DataOutput out) throws IOException {
      writeAll(value, out);
    }

    @Override
    public List<StoredOutput> read(DataInput in, int version) throws IOException {
      return readAll(in);
    }
  }
}
