package io.thalweg.storm;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.codahale.metrics.Counter;
import io.thalweg.Pane;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.storm.utils.Utils;

/**
 * Builder of the output tuples of a task: results, late events and dead letters. It assigns the id
 * and the version of each result; a record that is emitted again keeps both.
 *
 * @param <O> the results
 */
final class ResultTuples<O> {

  /**
   * Counters of outputs. An output counts when it is built, and not again when it is emitted again.
   */
  record Counters(
      Counter results,
      Counter windowsClosed,
      Counter late,
      Counter deadLetters,
      SideStreams side) {}

  private final String component;
  private final TupleMapping<O> mapping;
  private final ResultFields fields;
  private final Counters counters;
  private final String shard;
  private final long epoch;
  private final LongSupplier numbers;
  private final Failures failures;

  /**
   * Creates a builder.
   *
   * @param component the bolt; first part of every id
   * @param mapping converts a result to columns
   * @param counters counters of the outputs
   * @param shard the name of the shard that numbers the results
   * @param epoch the first part of every version
   * @param numbers returns the next running number, the second part of every version
   * @param failures the failures of the mapping, among others
   */
  ResultTuples(
      String component,
      TupleMapping<O> mapping,
      Counters counters,
      String shard,
      long epoch,
      LongSupplier numbers,
      Failures failures) {
    this.component = component;
    this.mapping = mapping;
    this.fields = new ResultFields(component, mapping.fields().toList());
    this.counters = counters;
    this.shard = shard;
    this.epoch = epoch;
    this.numbers = numbers;
    this.failures = failures;
  }

  String component() {
    return component;
  }

  /** Returns the fields of the results. */
  ResultFields fields() {
    return fields;
  }

  /**
   * Builds an answer, which is a result that belongs to one event.
   *
   * @param owner the key whose task owns the record after rescaling
   * @param key the key of the result
   * @param source the source record of the event
   * @param timestamp the event time
   * @param place the number of the answer among those of the event, from 0
   * @param at the window of the answer, or null
   * @param value the result
   * @param replayable true if the input tuple brings the bytes of the event again
   */
  StoredOutput answer(
      Object owner,
      Object key,
      SourceRecord source,
      long timestamp,
      int place,
      Pane at,
      O value,
      boolean replayable) {
    String ordinal = (source.ordinal().isEmpty() ? "" : source.ordinal() + ".") + place;
    List<Object> values = valuesOf(key);
    values.add(
        component
            + "/"
            + source.topicId()
            + "/"
            + source.partition()
            + "/"
            + source.offset()
            + "/"
            + ordinal);
    addVersion(values);
    values.add(timestamp);
    values.add(source.recordTimestamp());
    values.add(source.topic());
    values.add(source.topicId());
    values.add(source.partition());
    values.add(source.offset());
    values.add(ordinal);
    addPane(at, values);
    values.add(false);
    String failure = addPayload(value, values);
    if (failure != null) {
      return withBytes(
          Streams.DEAD_LETTER, owner, failedResult(failure, values, source), source, replayable);
    }
    counters.results.inc();
    return new StoredOutput(Utils.DEFAULT_STREAM_ID, owner, values, true, false);
  }

  /**
   * Builds the result of a window.
   *
   * @param owner the key whose task owns the record after rescaling
   * @param key the key of the result
   * @param at the window
   * @param value the result
   * @param deleted true if the result is retracted
   * @param recordTimestamp Kafka's timestamp of the event that caused the result, or null
   */
  StoredOutput windowResult(
      Object owner, Object key, Pane at, O value, boolean deleted, Long recordTimestamp) {
    if (!deleted && at.timing() == Pane.Timing.ON_TIME) {
      counters.windowsClosed.inc();
    }
    List<Object> values = valuesOf(key);
    values.add(component + "/" + key + "/" + at.query() + "/" + at.start() + "/" + at.end());
    addVersion(values);
    values.add(at.end() - 1);
    values.add(recordTimestamp);
    for (int i = 0; i < 5; i++) {
      values.add(null); // topic to ordinal: a window has many sources
    }
    addPane(at, values);
    values.add(deleted);
    String failure = addPayload(value, values);
    if (failure != null) {
      List<Object> letter = failedResult(failure, values, null);
      letter.add(null);
      return new StoredOutput(Streams.DEAD_LETTER, owner, letter, false, false);
    }
    counters.results.inc();
    return new StoredOutput(Utils.DEFAULT_STREAM_ID, owner, values, false, false);
  }

  /**
   * Builds the record of a late event.
   *
   * @param replayable true if the input tuple brings the bytes again: they are then not stored
   */
  StoredOutput late(
      Object owner,
      Object key,
      SourceRecord source,
      long timestamp,
      long watermark,
      boolean replayable) {
    List<Object> values = new ArrayList<>(TupleFields.LATE.size());
    values.add(requireKey(key));
    values.add(timestamp);
    values.add(watermark);
    values.add(source.topic());
    values.add(source.topicId());
    values.add(source.partition());
    values.add(source.offset());
    values.add(source.ordinal());
    values.add(source.recordTimestamp());
    counters.late.inc();
    counters.side.onTuple(Streams.LATE);
    return withBytes(Streams.LATE, owner, values, source, replayable);
  }

  /**
   * Builds a dead letter.
   *
   * @param replayable true if the input tuple brings the bytes again: they are then not stored
   */
  StoredOutput deadLetter(Object owner, SourceRecord source, String reason, boolean replayable) {
    // The key bytes of the record are not part of the input tuple.
    List<Object> values = deadLetterValues(reason, source, null);
    return withBytes(Streams.DEAD_LETTER, owner, values, source, replayable);
  }

  /** Returns the values of a dead letter but the last one, which is the value of the record. */
  private List<Object> deadLetterValues(String reason, SourceRecord source, byte[] recordKey) {
    List<Object> values = new ArrayList<>(TupleFields.DEAD_LETTER.size());
    values.add(ErrorText.of(reason));
    values.add(source == null ? null : source.topic());
    values.add(source == null ? null : source.topicId());
    values.add(source == null ? null : source.partition());
    values.add(source == null ? null : source.offset());
    values.add(source == null ? null : source.recordTimestamp());
    values.add(recordKey);
    counters.deadLetters.inc();
    counters.side.onTuple(Streams.DEAD_LETTER);
    return values;
  }

  /** Returns the values of the dead letter of a result, whose id takes the place of the key. */
  private List<Object> failedResult(String failure, List<Object> result, SourceRecord source) {
    String id = (String) result.get(TupleFields.RESULT.indexOf(TupleFields.ID));
    return deadLetterValues(failure, source, id.getBytes(UTF_8));
  }

  private static StoredOutput withBytes(
      String stream, Object owner, List<Object> values, SourceRecord source, boolean replayable) {
    if (!replayable) {
      values.add(source.bytes());
    }
    return new StoredOutput(stream, owner, values, false, replayable);
  }

  private List<Object> valuesOf(Object key) {
    List<Object> values = new ArrayList<>(fields.size());
    values.add(requireKey(key));
    return values;
  }

  private Object requireKey(Object key) {
    if (key instanceof String || key instanceof Long) {
      return key;
    }
    throw new IllegalStateException(
        "%s: key of a result must be a String or a Long: %s"
            .formatted(component, key == null ? "null" : key.getClass().getName()));
  }

  private void addVersion(List<Object> values) {
    values.add(epoch);
    values.add(numbers.getAsLong());
    values.add(shard);
  }

  private static void addPane(Pane at, List<Object> values) {
    values.add(at == null ? null : at.query());
    values.add(at == null ? null : at.start());
    values.add(at == null ? null : at.end());
    values.add(at == null ? null : at.timing().name());
    values.add(at == null ? null : at.index());
    values.add(at == null ? null : at.last());
  }

  /**
   * Adds the columns of a result.
   *
   * @return the reason if the mapping failed and the failure policy permits it, otherwise null
   * @throws IllegalStateException if the mapping failed and the failure policy does not permit it
   */
  private String addPayload(O value, List<Object> values) {
    try {
      write(value, values);
      failures.onMapped();
      return null;
    } catch (RuntimeException e) {
      String reason = "mapping must not throw: %s: %s".formatted(result(values), ErrorText.of(e));
      failures.addResult(new IllegalStateException(reason, e));
      return reason;
    }
  }

  private static String result(List<Object> values) {
    Object start = values.get(TupleFields.RESULT.indexOf(TupleFields.WINDOW_START));
    return "result of key %s at event time %d%s"
        .formatted(
            ErrorText.ofName(values.get(0)),
            values.get(TupleFields.RESULT.indexOf(TupleFields.TIMESTAMP)),
            start == null
                ? ""
                : ", query %d, window from %d to %d"
                    .formatted(
                        values.get(TupleFields.RESULT.indexOf(TupleFields.QUERY)),
                        start,
                        values.get(TupleFields.RESULT.indexOf(TupleFields.WINDOW_END))));
  }

  private void write(O value, List<Object> values) {
    mapping.write(value, values);
    fields.check(values);
  }
}
