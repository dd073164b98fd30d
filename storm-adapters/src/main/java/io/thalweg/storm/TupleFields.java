package io.thalweg.storm;

import java.util.List;

/**
 * Names of the tuple fields of sources, bolts and sinks. Fields that are meant to become columns
 * are no reserved words of SQL.
 *
 * <p>In the rows of a sink that keeps the newest version of each result, a run with failures
 * converges to one without in all fields of {@link #RESULT} but these: {@link #EPOCH}, {@link
 * #NUMBER} and {@link #SHARD}, which are the version, and {@link #TIMING}, {@link #PANE} and {@link
 * #LAST}, which depend on the moments of late events and heartbeats.
 */
public final class TupleFields {

  /** {@code String} or {@code Long}: the key of the event or result; the field for grouping. */
  public static final String KEY = "key";

  /**
   * {@code Long}: event time in milliseconds: for an answer, that of the event; for the result of a
   * window, the last millisecond of the window.
   */
  public static final String TIMESTAMP = "timestamp";

  /** {@code byte[]}: the bytes of the record's value. */
  public static final String VALUE = "value";

  /** {@code String}: the name of the Kafka topic. */
  public static final String TOPIC = "topic";

  /**
   * {@code String}: the id that Kafka assigned to the topic; a topic that is created again has
   * another id. Records that were written after the log of their partition was truncated have the
   * id with a suffix, {@code ~} and the name of the truncation.
   */
  public static final String TOPIC_ID = "topic_id";

  /** {@code Integer}: the number of the partition. */
  public static final String PARTITION = "partition";

  /** {@code Long}: the offset of the record in its partition. */
  public static final String OFFSET = "offset";

  /**
   * {@code String}: the number of an answer among those of its event, from 0; in a chain, appended
   * to the ordinal of the upstream answer, such as {@code 1.0}.
   */
  public static final String ORDINAL = "ordinal";

  /** {@code Long}: Kafka's timestamp of the record, in epoch milliseconds; -1 if it has none. */
  public static final String RECORD_TIMESTAMP = "record_timestamp";

  /** {@code byte[]} or null: the bytes of the record's key. */
  public static final String RECORD_KEY = "record_key";

  /**
   * {@code String}: the identity of a result. For an answer it is component / topic id / partition
   * / offset / ordinal, the same in each replay of the event; for the result of a window it is
   * component / key / query / start / end.
   */
  public static final String ID = "id";

  /** {@code Long}: first part of the version of a result; a restarted task has a larger one. */
  public static final String EPOCH = "epoch";

  /** {@code Long}: second part of the version of a result; grows with every result of a task. */
  public static final String NUMBER = "number";

  /**
   * {@code Integer}: the query of the window in its operator, from 0; null in answers without
   * window.
   */
  public static final String QUERY = "query";

  /** {@code Long}: the start of the window, inclusive; null in answers without window. */
  public static final String WINDOW_START = "window_start";

  /** {@code Long}: the end of the window, exclusive; null in answers without window. */
  public static final String WINDOW_END = "window_end";

  /**
   * {@code String}: EARLY, ON_TIME or LATE; null in answers without window. It may differ between
   * runs.
   */
  public static final String TIMING = "timing";

  /**
   * {@code Long}: the number of earlier results of the window; null in answers without window. It
   * may differ between runs, since late events between two heartbeats cause one result.
   */
  public static final String PANE = "pane";

  /**
   * {@code Boolean}: true if it is known that no further result of the window follows; null in
   * answers without window. It may differ between runs: the last row of a window may have false.
   */
  public static final String LAST = "last";

  /** {@code Boolean}: true if the result is retracted. */
  public static final String DELETED = "deleted";

  /**
   * {@code Long}: the watermark of a heartbeat, {@code Long.MIN_VALUE} if unknown and {@code
   * Long.MAX_VALUE} at the end of the stream; in a late event, the watermark at its arrival.
   */
  public static final String WATERMARK = "watermark";

  /**
   * {@code Integer}: the Storm task of the spout that created a heartbeat; unchanged when
   * forwarded.
   */
  public static final String SPOUT = "spout";

  /**
   * {@code Long}: a random number that identifies one start of a spout task, since each start
   * numbers its heartbeats from 0. It is negative if an earlier start of the consumer group has
   * committed offsets after a heartbeat was confirmed.
   */
  public static final String INCARNATION = "incarnation";

  /** {@code Long}: the running number of a heartbeat within its incarnation, from 0. */
  public static final String SEQUENCE = "sequence";

  /**
   * {@code Long}: the largest sequence number of the incarnation up to which all heartbeats are
   * acked; -1 for none. For an idle task, this number at the last check that it is idle.
   */
  public static final String CONFIRMED = "confirmed";

  /** {@code Boolean}: true if the task has no partition that counts for the watermark. */
  public static final String IDLE = "idle";

  /**
   * {@code byte[]}: the settled mark of each source, which is the smallest number that may be sent
   * again.
   */
  public static final String MARKS = "marks";

  /**
   * {@code Long}: the clock when an idle task was last found idle, less its distance to the clock;
   * {@link Heartbeat#NO_CLOCK} if there is none.
   */
  public static final String CLOCK = "clock";

  /**
   * {@code String}: the shard of the bolt that created a result; {@link #NUMBER} counts within it.
   */
  public static final String SHARD = "shard";

  /** {@code String}: the reason why a record was rejected: the rule, then the offending value. */
  public static final String REASON = "reason";

  /** Fields of a record from {@link io.thalweg.storm.kafka.KafkaSources}. */
  public static final List<String> RECORD =
      List.of(TOPIC, TOPIC_ID, PARTITION, OFFSET, RECORD_TIMESTAMP, KEY, TIMESTAMP, VALUE);

  /** Fields of a dead letter, from a spout or a bolt. */
  public static final List<String> DEAD_LETTER =
      List.of(REASON, TOPIC, TOPIC_ID, PARTITION, OFFSET, RECORD_TIMESTAMP, RECORD_KEY, VALUE);

  /**
   * Fields of a heartbeat, which {@link io.thalweg.storm.kafka.LowWatermarkKafkaSpout} emits and
   * {@link ProcessorBolt} forwards.
   */
  public static final List<String> HEARTBEAT =
      List.of(WATERMARK, SPOUT, INCARNATION, SEQUENCE, CONFIRMED, IDLE, MARKS, CLOCK);

  /** Fields of a late event from {@link ProcessorBolt}. */
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

  /** Fields of a result from {@link ProcessorBolt}, before those of the mapping. */
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
