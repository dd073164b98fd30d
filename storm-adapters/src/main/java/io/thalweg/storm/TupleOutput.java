package io.thalweg.storm;

import com.codahale.metrics.Counter;
import io.thalweg.Output;
import io.thalweg.Pane;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.storm.utils.Utils;

/**
 * Makes tuples of what a processor says: gives each its identity and its version, and files it.
 *
 * @param <K> the keys
 * @param <O> the results
 */
final class TupleOutput<K, O> implements Output<K, O> {

  /** What is counted, once however often it is emitted. */
  record Counters(Counter results, Counter windowsClosed, Counter late, Counter deadLetters) {}

  private final String component;
  private final TupleMapping<O> mapping;
  private final List<String> columns;
  private final Counters counters;
  private final String shard;
  private final long epoch;
  private final LongSupplier numbers;

  private Consumer<OutboxRecord> file;

  /** Whose key decides where what is filed goes with another number of tasks; null: its own. */
  private Object owner;

  private boolean comesAgain;
  private SourceRecord event;
  private long eventTime;
  private int answered;

  /**
   * Creates it.
   *
   * @param component the bolt, first part of every identity
   * @param mapping makes columns of results
   * @param counters count what is filed
   * @param shard the shard that numbers answers
   * @param epoch first part of every version
   * @param numbers gives the running number, second part of every version
   */
  TupleOutput(
      String component,
      TupleMapping<O> mapping,
      Counters counters,
      String shard,
      long epoch,
      LongSupplier numbers) {
    this.component = component;
    this.mapping = mapping;
    this.columns = mapping.fields().toList();
    this.counters = counters;
    this.shard = shard;
    this.epoch = epoch;
    this.numbers = numbers;
  }

  /**
   * What follows answers an event whose tuple is in hand, and comes again if it fails: to the task
   * that owns its key, whatever key the answers are given.
   */
  void inHand(K key, SourceRecord event, long timestamp, Consumer<OutboxRecord> file) {
    this.file = file;
    this.owner = key;
    this.comesAgain = true;
    about(event, timestamp);
  }

  /**
   * What follows comes of a watermark or a tick.
   *
   * @param owner the key of the event that it is filed with, null if it is filed under a heartbeat
   */
  void underWatermark(K owner, Consumer<OutboxRecord> file) {
    this.file = file;
    this.owner = owner;
    this.comesAgain = false;
    this.event = null;
  }

  /** What is answered at the moment, for people to find it. */
  String inHand() {
    return event == null
        ? "what a watermark or early results bring"
        : "record %s/%d/%d with event time %d"
            .formatted(
                event.topic() == null ? event.topicId() : event.topic(),
                event.partition(),
                event.offset(),
                eventTime);
  }

  private Object owner(Object key) {
    return owner == null ? key : owner;
  }

  /** What follows answers this event. */
  void about(SourceRecord event, long timestamp) {
    this.event = event;
    this.eventTime = timestamp;
    this.answered = 0;
  }

  /** Ends the attribution to an event. */
  void endEvent() {
    event = null;
  }

  @Override
  public void emit(K key, O value) {
    emit(key, null, value);
  }

  @Override
  public void emit(K key, Pane at, O value) {
    if (event == null) {
      throw new IllegalStateException(
          component
              + ": a processor must answer events in process, and give what a watermark brings by"
              + " update: emit in advance or early, key "
              + key);
    }
    String ordinal = (event.ordinal().isEmpty() ? "" : event.ordinal() + ".") + answered++;
    List<Object> values = valuesOf(key);
    values.add(
        component
            + "/"
            + event.topicId()
            + "/"
            + event.partition()
            + "/"
            + event.offset()
            + "/"
            + ordinal);
    version(values);
    values.add(eventTime);
    values.add(event.recordTimestamp());
    values.add(event.topic());
    values.add(event.topicId());
    values.add(event.partition());
    values.add(event.offset());
    values.add(ordinal);
    pane(at, values);
    values.add(false);
    payload(value, values);
    counters.results.inc();
    file.accept(new OutboxRecord(Utils.DEFAULT_STREAM_ID, owner(key), values, true, false));
  }

  @Override
  public void update(K key, Pane at, O value, O previous) {
    if (at.timing() == Pane.Timing.ON_TIME) {
      counters.windowsClosed.inc();
    }
    window(key, at, value, false);
  }

  @Override
  public void retract(K key, Pane at, O previous) {
    window(key, at, previous, true);
  }

  private void window(K key, Pane at, O value, boolean deleted) {
    List<Object> values = valuesOf(key);
    values.add(component + "/" + key + "/" + at.query() + "/" + at.start() + "/" + at.end());
    version(values);
    values.add(at.end() - 1);
    values.add(event == null ? null : event.recordTimestamp());
    for (int i = 0; i < 5; i++) {
      values.add(null); // topic to ordinal: a window has many sources
    }
    pane(at, values);
    values.add(deleted);
    payload(value, values);
    counters.results.inc();
    file.accept(new OutboxRecord(Utils.DEFAULT_STREAM_ID, owner(key), values, false, false));
  }

  private List<Object> valuesOf(Object key) {
    List<Object> values = new ArrayList<>(TupleFields.RESULT.size() + columns.size());
    values.add(require(key));
    return values;
  }

  private Object require(Object key) {
    if (key instanceof String || key instanceof Long) {
      return key;
    }
    throw new IllegalStateException(
        "%s: key of a result must be a String or a Long: %s"
            .formatted(component, key == null ? "null" : key.getClass().getName()));
  }

  private void version(List<Object> values) {
    values.add(epoch);
    values.add(numbers.getAsLong());
    values.add(shard);
  }

  private static void pane(Pane at, List<Object> values) {
    values.add(at == null ? null : at.query());
    values.add(at == null ? null : at.start());
    values.add(at == null ? null : at.end());
    values.add(at == null ? null : at.timing().name());
    values.add(at == null ? null : at.index());
    values.add(at == null ? null : at.last());
  }

  private void payload(O value, List<Object> values) {
    int before = values.size();
    mapping.write(value, values);
    if (values.size() != before + columns.size()) {
      throw new IllegalStateException(
          "%s: mapping must write as many values as it has columns, %d: %d"
              .formatted(component, columns.size(), values.size() - before));
    }
    for (int i = before; i < values.size(); i++) {
      if (!TupleValues.allows(values.get(i))) {
        throw new IllegalStateException(
            "%s: column %s must be a primitive, a string or bytes: %s"
                .formatted(component, columns.get(i - before), values.get(i).getClass().getName()));
      }
    }
  }

  @Override
  public void late(K key, Object event, long timestamp, long watermark) {
    SourceRecord of = of(event);
    List<Object> values = new ArrayList<>(TupleFields.LATE.size());
    values.add(require(key));
    values.add(timestamp);
    values.add(watermark);
    values.add(of.topic());
    values.add(of.topicId());
    values.add(of.partition());
    values.add(of.offset());
    values.add(of.ordinal());
    values.add(of.recordTimestamp());
    counters.late.inc();
    fileWithRecord(Streams.LATE, key, values, of);
  }

  @Override
  public void reject(K key, Object event, long timestamp, String reason) {
    deadLetter(key, of(event), ErrorText.of(reason));
  }

  /** The event in hand; of an operator that holds arrivals, the one that it speaks of. */
  private SourceRecord of(Object event) {
    SourceRecord of = event instanceof SourceRecord held ? held : this.event;
    if (of == null) {
      throw new IllegalStateException(
          component
              + ": a processor must call late and reject in process, of the event in hand: in"
              + " advance or early, "
              + event);
    }
    return of;
  }

  void deadLetter(Object key, SourceRecord of, String reason) {
    List<Object> values = new ArrayList<>(TupleFields.DEAD_LETTER.size());
    values.add(reason);
    values.add(of.topic());
    values.add(of.topicId());
    values.add(of.partition());
    values.add(of.offset());
    values.add(of.recordTimestamp());
    values.add(null); // the record's own key does not come along
    counters.deadLetters.inc();
    fileWithRecord(Streams.DEAD_LETTER, key, values, of);
  }

  private void fileWithRecord(String stream, Object key, List<Object> values, SourceRecord of) {
    if (!comesAgain) {
      values.add(of.bytes());
    }
    file.accept(new OutboxRecord(stream, owner(key), values, false, comesAgain));
  }
}
