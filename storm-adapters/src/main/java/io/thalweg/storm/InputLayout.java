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

  /** Whether a tuple is of a record, as all are but the results of windows. */
  boolean isOfRecord(Tuple tuple) {
    return !isChained() || tuple.getValue(partition) != null;
  }

  /** The number of a tuple within its source. */
  long number(Tuple tuple) {
    return isChained()
        ? given(tuple, number, TupleFields.NUMBER, Long.class)
        : given(tuple, offset, TupleFields.OFFSET, Long.class);
  }

  String shard(Tuple tuple) {
    return given(tuple, shard, TupleFields.SHARD, String.class);
  }

  String topicId(Tuple tuple) {
    return given(tuple, topicId, TupleFields.TOPIC_ID, String.class);
  }

  int partition(Tuple tuple) {
    return given(tuple, partition, TupleFields.PARTITION, Integer.class);
  }

  long timestamp(Tuple tuple) {
    return given(tuple, timestamp, TupleFields.TIMESTAMP, Long.class);
  }

  /** The bytes of the event; null if it has none. */
  byte[] value(Tuple tuple) {
    return nullable(tuple, value, TupleFields.VALUE, byte[].class);
  }

  SourceRecord arrival(Tuple tuple) {
    return new SourceRecord(
        nullable(tuple, topic, TupleFields.TOPIC, String.class),
        topicId(tuple),
        partition(tuple),
        given(tuple, offset, TupleFields.OFFSET, Long.class),
        ordinal < 0 ? "" : given(tuple, ordinal, TupleFields.ORDINAL, String.class),
        nullable(tuple, recordTimestamp, TupleFields.RECORD_TIMESTAMP, Long.class),
        value(tuple));
  }

  private <T> T given(Tuple tuple, int index, String field, Class<T> type) {
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
        "field %s of an input must be %s, as those of KafkaSources are: %s in %s of %s"
            .formatted(
                field,
                type.getSimpleName(),
                value == null ? "null" : value.getClass().getSimpleName() + " " + value,
                stream,
                component));
  }
}
