package io.thalweg.storm;

import java.util.List;

/**
 * The names of the tuple fields that sources, bolts and sinks agree on. None is a reserved word of
 * SQL where it is meant to become a column.
 */
public final class TupleFields {

  /** {@code String} or {@code Long}: the key of the event or result; group by it. */
  public static final String KEY = "key";

  /**
   * {@code Long}: event time in milliseconds. Of an answer, the event's; of a window's result, the
   * last instant of the window.
   */
  public static final String TIMESTAMP = "timestamp";

  /** {@code byte[]}: the bytes of the record's value. */
  public static final String VALUE = "value";

  /** {@code String}: the name of the Kafka topic. */
  public static final String TOPIC = "topic";

  /**
   * {@code String}: the id that Kafka gave the topic when it was made; a topic made anew has
   * another.
   */
  public static final String TOPIC_ID = "topic_id";

  /** {@code Integer}: the number of the partition. */
  public static final String PARTITION = "partition";

  /** {@code Long}: the offset of the record in its partition. */
  public static final String OFFSET = "offset";

  /**
   * {@code String}: the place of an output among those of its event, from 0; in a chain behind that
   * of the answer that was the event, as {@code 1.0}.
   */
  public static final String ORDINAL = "ordinal";

  /** {@code Long}: the timestamp that the record has in Kafka, in epoch milliseconds. */
  public static final String RECORD_TIMESTAMP = "record_timestamp";

  /** {@code byte[]} or null: the bytes of the record's key. */
  public static final String RECORD_KEY = "record_key";

  /**
   * {@code String}: the identity of a result. The same event gives the same id however often it is
   * read: component / topic id / partition / offset / ordinal; the same window gives the same id
   * too: component / key / query / start / end.
   */
  public static final String ID = "id";

  /** {@code Long}: first part of a result's version; a restarted task has a greater one. */
  public static final String EPOCH = "epoch";

  /** {@code Long}: second part of a result's version; grows with every result of a task. */
  public static final String NUMBER = "number";

  /**
   * {@code Integer}: the window's query in its operator, from 0; null in answers without window.
   */
  public static final String QUERY = "query";

  /** {@code Long}: the first instant of the window; null in answers without window. */
  public static final String WINDOW_START = "window_start";

  /** {@code Long}: the end of the window, exclusive; null in answers without window. */
  public static final String WINDOW_END = "window_end";

  /** {@code String}: EARLY, ON_TIME or LATE; null in answers without window. */
  public static final String TIMING = "timing";

  /** {@code Long}: how many results the window gave before; null in answers without window. */
  public static final String PANE = "pane";

  /** {@code Boolean}: no further result of this window can come; null in answers without window. */
  public static final String LAST = "last";

  /** {@code Boolean}: whether this takes the result back, instead of giving it. */
  public static final String DELETED = "deleted";

  /**
   * {@code Long}: the watermark that a late event was judged against; of a heartbeat, the watermark
   * that it brings, {@code Long.MIN_VALUE} while nothing is known and {@code Long.MAX_VALUE} at the
   * end of the stream.
   */
  public static final String WATERMARK = "watermark";

  /**
   * {@code Integer}: the Storm task of the spout that made a heartbeat; kept when bolts forward it.
   */
  public static final String SPOUT = "spout";

  /**
   * {@code Long}: a random number that names one start of a spout task, so that what was numbered
   * before a restart is not taken for what is numbered after it.
   */
  public static final String INCARNATION = "incarnation";

  /** {@code Long}: the running number of a heartbeat within its incarnation, from 0. */
  public static final String SEQUENCE = "sequence";

  /**
   * {@code Long}: up to which heartbeat of its incarnation, without a gap, the spout knows that all
   * it caused has arrived; -1 for none. Of an idle task, what it knew of when it was last certain
   * to be idle.
   */
  public static final String CONFIRMED = "confirmed";

  /** {@code Boolean}: whether nothing that could hold the watermark comes from this task. */
  public static final String IDLE = "idle";

  /**
   * {@code byte[]}: for each source the smallest number that is not yet settled. All below it will
   * not be sent again, and need not be remembered.
   */
  public static final String MARKS = "marks";

  /** {@code String}: the shard of the bolt that made a result; {@link #NUMBER} counts within it. */
  public static final String SHARD = "shard";

  /** {@code String}: why a record was refused: the rule, then the offending value. */
  public static final String REASON = "reason";

  /** What {@link io.thalweg.storm.kafka.KafkaSources} emits for every record. */
  public static final List<String> RECORD =
      List.of(TOPIC, TOPIC_ID, PARTITION, OFFSET, RECORD_TIMESTAMP, KEY, TIMESTAMP, VALUE);

  /** What is emitted for every record that is refused, by the spout and by the bolt. */
  public static final List<String> DEAD_LETTER =
      List.of(REASON, TOPIC, TOPIC_ID, PARTITION, OFFSET, RECORD_TIMESTAMP, RECORD_KEY, VALUE);

  /**
   * What {@link io.thalweg.storm.kafka.LowWatermarkKafkaSpout} emits as its pulse, and {@link
   * ProcessorBolt} passes on.
   */
  public static final List<String> HEARTBEAT =
      List.of(WATERMARK, SPOUT, INCARNATION, SEQUENCE, CONFIRMED, IDLE, MARKS);

  /** What {@link ProcessorBolt} emits for every late event. */
  public static final List<String> LATE =
      List.of(
          KEY,
          TIMESTAMP,
          WATERMARK,
          TOPIC,
          TOPIC_ID,
          PARTITION,
          OFFSET,
          ORDINAL,
          RECORD_TIMESTAMP,
          VALUE);

  /** What {@link ProcessorBolt} emits before the payload of every result. */
  public static final List<String> RESULT =
      List.of(
          KEY,
          ID,
          EPOCH,
          NUMBER,
          SHARD,
          TIMESTAMP,
          RECORD_TIMESTAMP,
          TOPIC,
          TOPIC_ID,
          PARTITION,
          OFFSET,
          ORDINAL,
          QUERY,
          WINDOW_START,
          WINDOW_END,
          TIMING,
          PANE,
          LAST,
          DELETED);

  private TupleFields() {}
}
