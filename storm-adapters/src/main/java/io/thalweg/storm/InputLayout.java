package io.thalweg.storm;

import java.util.List;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;

/**
 * Indexes of the fields of an input stream; -1 for an optional field that is absent.
 *
 * @param broadcast true if every task receives every tuple
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
    int number,
    boolean broadcast) {

  /** Fields that an input stream of events must have. */
  static final List<String> REQUIRED =
      List.of(
          TupleFields.KEY,
          TupleFields.TIMESTAMP,
          TupleFields.VALUE,
          TupleFields.TOPIC_ID,
          TupleFields.PARTITION,
          TupleFields.OFFSET);

  static InputLayout of(Tuple tuple, boolean broadcast) {
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
        optional(fields, TupleFields.NUMBER),
        broadcast);
  }

  private static int optional(Fields fields, String field) {
    return fields.contains(field) ? fields.fieldIndex(field) : -1;
  }

  boolean matches(Tuple tuple) {
    return component.equals(tuple.getSourceComponent()) && stream.equals(tuple.getSourceStreamId());
  }

  /** Returns whether the events are answers of another bolt, not records of Kafka. */
  boolean isFromBolt() {
    return shard >= 0;
  }

  /** Returns whether a tuple belongs to one record, which the result of a window does not. */
  boolean hasRecord(Tuple tuple) {
    return !isFromBolt() || tuple.getValue(partition) != null;
  }

  /** Returns the number of a tuple within its source. */
  long number(Tuple tuple) {
    return isFromBolt()
        ? required(tuple, number, TupleFields.NUMBER, Long.class)
        : required(tuple, offset, TupleFields.OFFSET, Long.class);
  }

  String shard(Tuple tuple) {
    return required(tuple, shard, TupleFields.SHARD, String.class);
  }

  String topicId(Tuple tuple) {
    return required(tuple, topicId, TupleFields.TOPIC_ID, String.class);
  }

  int partition(Tuple tuple) {
    return required(tuple, partition, TupleFields.PARTITION, Integer.class);
  }

  long timestamp(Tuple tuple) {
    return required(tuple, timestamp, TupleFields.TIMESTAMP, Long.class);
  }

  /** Returns Kafka's timestamp of a record; -1 if it has none. */
  long recordTimestamp(Tuple tuple) {
    Long timestamp = nullable(tuple, recordTimestamp, TupleFields.RECORD_TIMESTAMP, Long.class);
    return timestamp == null ? -1 : timestamp;
  }

  /** Returns the bytes of the event; null if there are none. */
  byte[] value(Tuple tuple) {
    return nullable(tuple, value, TupleFields.VALUE, byte[].class);
  }

  SourceRecord record(Tuple tuple) {
    return new SourceRecord(
        nullable(tuple, topic, TupleFields.TOPIC, String.class),
        topicId(tuple),
        partition(tuple),
        required(tuple, offset, TupleFields.OFFSET, Long.class),
        ordinal < 0 ? "" : required(tuple, ordinal, TupleFields.ORDINAL, String.class),
        nullable(tuple, recordTimestamp, TupleFields.RECORD_TIMESTAMP, Long.class),
        value(tuple));
  }

  private <T> T required(Tuple tuple, int index, String field, Class<T> type) {
    Object value = tuple.getValue(index);
    if (!type.isInstance(value)) {
      throw wrong(field, type, value);
    }
    return type.cast(value);
  }

  private <T> T nullable(Tuple tuple, int index, String field, Class<T> type) {
    Object value = index < 0 ? null : tuple.getValue(index);
    if (value != null && !type.isInstance(value)) {
      throw wrong(field, type, value);
    }
    return type.cast(value);
  }

  private IllegalStateException wrong(String field, Class<?> type, Object value) {
    return new IllegalStateException(
        "field %s of an input must be of type %s, as in the tuples of KafkaSources: %s in %s of %s"
            .formatted(
                field,
                type.getSimpleName(),
                value == null ? "null" : value.getClass().getSimpleName() + " " + value,
                stream,
                component));
  }
}
