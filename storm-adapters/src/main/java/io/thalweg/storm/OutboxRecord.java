package io.thalweg.storm;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A tuple in the outbox, as it is emitted however often: identity and version are given once, when
 * it is filed.
 *
 * @param stream the stream that it leaves by
 * @param key who owns it owns the tuple: of an event that can come again the event's, else that of
 *     what it is about
 * @param values the values of the tuple
 * @param answer whether it answers one event, so that a next bolt may take it as one
 * @param endsWithRecord whether the bytes of the event are still to be added: those of an event
 *     that can come again are not filed, since whoever asks again brings them along
 */
record OutboxRecord(
    String stream, Object key, List<Object> values, boolean answer, boolean endsWithRecord) {

  static final Codec<List<OutboxRecord>> CODEC = new ListCodec();

  private static final int SHARD = TupleFields.RESULT.indexOf(TupleFields.SHARD);
  private static final int NUMBER = TupleFields.RESULT.indexOf(TupleFields.NUMBER);
  private static final int TIMESTAMP = TupleFields.RESULT.indexOf(TupleFields.TIMESTAMP);
  private static final int RECORD_TIMESTAMP =
      TupleFields.RESULT.indexOf(TupleFields.RECORD_TIMESTAMP);

  /** The shard that numbered this answer. */
  String shard() {
    return (String) values.get(SHARD);
  }

  /** The number that its shard gave this answer. */
  long number() {
    return (Long) values.get(NUMBER);
  }

  /** The event time of this answer. */
  long timestamp() {
    return (Long) values.get(TIMESTAMP);
  }

  /** When Kafka took the record that is answered; null for results of windows. */
  Long recordTimestamp() {
    return answer ? (Long) values.get(RECORD_TIMESTAMP) : null;
  }

  /** The same, owned by whoever owns another key. */
  OutboxRecord ownedBy(Object other) {
    return new OutboxRecord(stream, other, values, answer, endsWithRecord);
  }

  /** How much memory it takes, roughly. */
  long bytes() {
    long bytes = 700; // the values beside the payload
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

  static void writeAll(List<OutboxRecord> outputs, DataOutput out) throws IOException {
    out.writeInt(outputs.size());
    for (OutboxRecord record : outputs) {
      out.writeUTF(record.stream);
      TupleValues.writeValue(record.key, out);
      out.writeByte((record.answer ? 1 : 0) | (record.endsWithRecord ? 2 : 0));
      TupleValues.write(record.values, out);
    }
  }

  static List<OutboxRecord> readAll(DataInput in) throws IOException {
    List<OutboxRecord> outputs = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      String stream = in.readUTF();
      Object key = TupleValues.readValue(in);
      int flags = in.readByte();
      outputs.add(
          new OutboxRecord(stream, key, TupleValues.read(in), (flags & 1) != 0, (flags & 2) != 0));
    }
    return outputs;
  }

  private static final class ListCodec implements Codec<List<OutboxRecord>> {
    @Override
    public String name() {
      return "thalweg.storm.outbox";
    }

    @Override
    public void write(List<OutboxRecord> value, DataOutput out) throws IOException {
      writeAll(value, out);
    }

    @Override
    public List<OutboxRecord> read(DataInput in, int version) throws IOException {
      return readAll(in);
    }
  }
}
