package io.thalweg.storm;

import java.util.List;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;

/**
 * Where the fields of an input stream of events are; found once, as long as tuples come from one
 * stream.
 */
record InputLayout(
    String component,
    String stream,
    int key,
    int timestamp,
    int value,
    int topicId,
    int partition,
    int offset,
    int topic,
    int recordTimestamp,
    int ordinal,
    int shard,
    int number) {

  static final List<String> NEEDED =
      List.of(
          TupleFields.KEY,
          TupleFields.TIMESTAMP,
          TupleFields.VALUE,
          TupleFields.TOPIC_ID,
          TupleFields.PARTITION,
          TupleFields.OFFSET);

  static InputLayout of(Tuple tuple) {
    Fields fields = tuple.getFields();
    return new InputLayout(
        tuple.getSourceComponent(),
        tuple.getSourceStreamId(),
        fields.fieldIndex(TupleFields.KEY),
        fields.fieldIndex(TupleFields.TIMESTAMP),
        fields.fieldIndex(TupleFields.VALUE),
        fields.fieldIndex(TupleFields.TOPIC_ID),
        fields.fieldIndex(TupleFields.PARTITION),
        fields.fieldIndex(TupleFields.OFFSET),
        optional(fields, TupleFields.TOPIC),
        optional(fields, TupleFields.RECORD_TIMESTAMP),
        optional(fields, TupleFields.ORDINAL),
        optional(fields, TupleFields.SHARD),
        optional(fields, TupleFields.NUMBER));
  }

  private static int optional(Fields fields, String field) {
    return fields.contains(field) ? fields.fieldIndex(field) : -1;
  }

  boolean fits(Tuple tuple) {
    return component.equals(tuple.getSourceComponent()) && stream.equals(tuple.getSourceStreamId());
  }

  /** Whether events are the answers of another bolt, and not records of Kafka. */
  boolean isChained() {
    return shard >= 0;
  }

  /** The number of a tuple within its source. */
  long number(Tuple tuple) {
    return tuple.getLong(isChained() ? number : offset);
  }

  Arrival arrival(Tuple tuple) {
    return new Arrival(
        topic < 0 ? null : tuple.getString(topic),
        tuple.getString(topicId),
        tuple.getInteger(partition),
        tuple.getLong(offset),
        ordinal < 0 ? "" : tuple.getString(ordinal),
        recordTimestamp < 0 ? null : tuple.getLong(recordTimestamp),
        bytes(tuple));
  }

  private byte[] bytes(Tuple tuple) {
    Object bytes = tuple.getValue(value);
    if (bytes != null && !(bytes instanceof byte[])) {
      throw new IllegalStateException(
          "field %s of an input must hold bytes, or no decoder can read it: %s in %s of %s"
              .formatted(TupleFields.VALUE, bytes.getClass().getName(), stream, component));
    }
    return (byte[]) bytes;
  }
}
