package io.thalweg.storm;

import static java.util.Objects.requireNonNull;

import com.codahale.metrics.Counter;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Processor;
import io.thalweg.ProcessorFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.storm.Config;
import org.apache.storm.generated.GlobalStreamId;
import org.apache.storm.generated.Grouping;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.ObjectReader;
import org.apache.storm.utils.Time;
import org.apache.storm.utils.TupleUtils;
import org.apache.storm.utils.Utils;

/**
 * Runs a {@link Processor} on Storm: one processor a task, driven by the executor's thread alone.
 *
 * <pre>{@code
 * topology.setBolt("detector", new ProcessorBolt<String, Reading, Anomaly>(
 *         () -> ZScore.trailing(ofSeconds(10), Reading::value), Reading::parse,
 *         TupleMapping.<Anomaly>columns().with("value", Anomaly::value).with("z_score", Anomaly::z)), 4)
 *     .fieldsGrouping("readings", new Fields(TupleFields.KEY));
 * }</pre>
 *
 * <p>For each tuple: look it up in the ledger, apply it, commit, emit what it gave, ack it; in this
 * order. Nothing leaves before it is committed, and a source id counts once. A source id is topic
 * id, partition and offset, and for the output of another such bolt the ordinal. A tuple whose id
 * is in the ledger is a repetition: it is not applied again, but answered from the outbox with the
 * very tuples that the first one was answered with, anchored to the repetition, so that a result
 * lost behind this bolt is emitted again.
 *
 * <p>State, ledger and outbox are in memory: a worker that dies takes them with it.
 *
 * <h2>Streams</h2>
 *
 * All three are always declared, and their values are primitives, strings and byte arrays only:
 *
 * <ul>
 *   <li>{@code default}: the results: {@code key, id, epoch, number, timestamp, record_timestamp,
 *       topic, topic_id, partition, offset, ordinal, query, window_start, window_end, timing, pane,
 *       last, deleted}, then the columns of the mapping. In answers to events the fields from query
 *       to last are null unless the answer names its window; in results of windows the fields from
 *       topic to ordinal are null. See {@link TupleFields}.
 *   <li>{@link #LATE}: events that came too late: {@code key, timestamp, watermark, topic,
 *       topic_id, partition, offset, ordinal, record_timestamp, value}.
 *   <li>{@link #DEAD_LETTER}: records that the decoder or the processor refused: {@code reason,
 *       topic, topic_id, partition, offset, record_timestamp, record_key, value}; {@code
 *       record_key} is null.
 * </ul>
 *
 * <p>Input needs the fields {@code key, timestamp, value, topic_id, partition, offset}; {@code
 * topic, record_timestamp, ordinal} are used where they are. {@link KafkaSources} gives them.
 *
 * <h2>Errors</h2>
 *
 * What is wrong with a record goes to a stream and never throws. A processor or mapping that throws
 * is a defect: the exception ends the worker, and nothing is acked.
 *
 * <p>Counters (Storm metrics v2): {@code events} that came, of them {@code applied} and {@code
 * duplicates}; {@code results}, {@code late} and {@code deadLetters}, counted once however often
 * they are emitted.
 *
 * @param <K> the keys, {@code String} or {@code Long}
 * @param <E> the events
 * @param <O> the results
 */
public final class ProcessorBolt<K, E, O> extends BaseRichBolt {

  /** The stream of events that came after all their windows were forgotten. */
  public static final String LATE = "late";

  /** The stream of records that cannot be used, here and in {@link KafkaSources}. */
  public static final String DEAD_LETTER = "dead-letter";

  /** The stream of watermarks. */
  public static final String WATERMARK = "watermark";

  private static final long serialVersionUID = 1;

  private ProcessorFactory<K, E, O> factory;
  private Decoder<E> decoder;
  private TupleMapping<O> mapping;
  private int ledgerSize = 1 << 18;

  private transient OutputCollector collector;
  private transient Processor<K, E, O> processor;
  private transient Map<Source, Ledger<Filed>> ledgers;
  private transient Answers answers;
  private transient String component;
  private transient long epoch;
  private transient long number;
  private transient int payload;
  private transient Layout layout;
  private transient Counter events;
  private transient Counter applied;
  private transient Counter duplicates;
  private transient Counter late;
  private transient Counter deadLetters;
  private transient Counter results;

  /** Creates a bolt that has to be given its parts: factory, decoder and mapping. */
  public ProcessorBolt() {}

  /**
   * Creates a bolt.
   *
   * @param factory creates the processor of each task
   * @param decoder makes events of bytes
   * @param mapping makes columns of results
   */
  public ProcessorBolt(
      ProcessorFactory<K, E, O> factory, Decoder<E> decoder, TupleMapping<O> mapping) {
    this.factory = requireNonNull(factory, "factory");
    this.decoder = requireNonNull(decoder, "decoder");
    this.mapping = requireNonNull(mapping, "mapping");
  }

  /**
   * Says what is computed.
   *
   * @param factory creates the processor of each task
   * @return this
   */
  public ProcessorBolt<K, E, O> withFactory(ProcessorFactory<K, E, O> factory) {
    this.factory = requireNonNull(factory, "factory");
    return this;
  }

  /**
   * Says how events are read.
   *
   * @param decoder makes events of bytes
   * @return this
   */
  public ProcessorBolt<K, E, O> withDecoder(Decoder<E> decoder) {
    this.decoder = requireNonNull(decoder, "decoder");
    return this;
  }

  /**
   * Says how results are written.
   *
   * @param mapping makes columns of results
   * @return this
   */
  public ProcessorBolt<K, E, O> withMapping(TupleMapping<O> mapping) {
    this.mapping = requireNonNull(mapping, "mapping");
    return this;
  }

  /**
   * Bounds the ledger and the outbox: for each partition at least so many of the newest source ids
   * are kept, with the answers to them, and at most 1,024 more; an older id counts as applied. It
   * must not be less than what the source can have in flight in one partition, {@code
   * maxUncommittedOffsets + max.poll.records}, since nothing older can come again. 262,144 by
   * default: 32 KiB a partition and task where a task sees every record; an answer takes some 700
   * bytes and its payload. Where every record is answered, lower this together with {@link
   * KafkaSources.Builder#withMaxUncommittedOffsets}.
   *
   * @param ids how many ids are kept for each partition
   * @return this
   * @throws IllegalArgumentException if the number is not positive
   */
  public ProcessorBolt<K, E, O> withLedgerSize(int ids) {
    if (ids <= 0) {
      throw new IllegalArgumentException("ids must be positive: " + ids);
    }
    this.ledgerSize = ids;
    return this;
  }

  /**
   * Says what is computed, as {@link #withFactory}.
   *
   * @param factory creates the processor of each task
   */
  public void setFactory(ProcessorFactory<K, E, O> factory) {
    withFactory(factory);
  }

  /**
   * Says how events are read, as {@link #withDecoder}.
   *
   * @param decoder makes events of bytes
   */
  public void setDecoder(Decoder<E> decoder) {
    withDecoder(decoder);
  }

  /**
   * Says how results are written, as {@link #withMapping}.
   *
   * @param mapping makes columns of results
   */
  public void setMapping(TupleMapping<O> mapping) {
    withMapping(mapping);
  }

  /**
   * Bounds the ledger and the outbox, as {@link #withLedgerSize}.
   *
   * @param ids how many ids are kept for each partition
   */
  public void setLedgerSize(int ids) {
    withLedgerSize(ids);
  }

  /** What numbers its offsets on its own: a partition, or one output place of a bolt before. */
  private record Source(String topicId, int partition, String ordinal) {}

  /**
   * A tuple in the outbox. Late events and dead letters end with the bytes of their record: those
   * are not filed, since whoever asks again brings them along.
   */
  private record Filed(String stream, List<Object> values, boolean endsWithRecord) {}

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {
    declarer.declare(new Fields(resultFields()));
    declarer.declareStream(LATE, new Fields(TupleFields.LATE));
    declarer.declareStream(DEAD_LETTER, new Fields(TupleFields.DEAD_LETTER));
  }

  private List<String> resultFields() {
    requireParts();
    List<String> fields = new ArrayList<>(TupleFields.RESULT);
    Set<String> taken = new HashSet<>(fields);
    for (String field : mapping.fields()) {
      if (!taken.add(field)) {
        throw new IllegalArgumentException(
            "columns of the mapping must have names of their own: " + field);
      }
      fields.add(field);
    }
    return fields;
  }

  private void requireParts() {
    if (factory == null || decoder == null || mapping == null) {
      throw new IllegalStateException(
          "a processor bolt needs a factory, a decoder and a mapping; missing: "
              + (factory == null ? "factory" : decoder == null ? "decoder" : "mapping"));
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if a part is missing, acking is off, an input lacks a field or
   *     spreads one key over several tasks; the message says what to set
   */
  @Override
  public void prepare(
      Map<String, Object> conf, TopologyContext context, OutputCollector collector) {
    requireParts();
    component = context.getThisComponentId();
    requireAckers(conf);
    requireInputs(context);
    this.collector = collector;
    processor = requireNonNull(factory.create(), "factory gave null");
    ledgers = new HashMap<>();
    answers = new Answers();
    payload = mapping.fields().size();
    // Memory holds no epoch of the past: the time of the start exceeds that of every start before.
    epoch = Time.currentTimeMillis();
    number = 0;
    layout = null;
    events = context.registerCounter("events");
    applied = context.registerCounter("applied");
    duplicates = context.registerCounter("duplicates");
    late = context.registerCounter("late");
    deadLetters = context.registerCounter("deadLetters");
    results = context.registerCounter("results");
  }

  private void requireAckers(Map<String, Object> conf) {
    if (ObjectReader.getInt(conf.get(Config.TOPOLOGY_ACKER_EXECUTORS), 1) == 0) {
      throw new IllegalStateException(
          component
              + ": acking must be on, or lost tuples are not repeated: set "
              + Config.TOPOLOGY_ACKER_EXECUTORS
              + " to at least 1: 0");
    }
  }

  private void requireInputs(TopologyContext context) {
    int tasks = context.getComponentTasks(component).size();
    for (Map.Entry<GlobalStreamId, Grouping> input : context.getThisSources().entrySet()) {
      GlobalStreamId stream = input.getKey();
      Fields fields = context.getComponentOutputFields(stream);
      for (String field : Layout.NEEDED) {
        if (!fields.contains(field)) {
          throw new IllegalStateException(
              "%s: input %s of %s must have the field %s, as those of KafkaSources have: %s"
                  .formatted(
                      component,
                      stream.get_streamId(),
                      stream.get_componentId(),
                      field,
                      fields.toList()));
        }
      }
      Grouping grouping = input.getValue();
      boolean byKey =
          grouping.is_set_fields() && grouping.get_fields().equals(List.of(TupleFields.KEY));
      boolean own =
          grouping.is_set_custom_serialized()
              || grouping.is_set_custom_object()
              || grouping.is_set_direct();
      if (tasks > 1 && !byKey && !own) {
        throw new IllegalStateException(
            "%s: all tuples of a key must come to one of its %d tasks: use fieldsGrouping(\"%s\", new Fields(\"%s\")): %s"
                .formatted(
                    component,
                    tasks,
                    stream.get_componentId(),
                    TupleFields.KEY,
                    grouping.getSetField()));
      }
    }
  }

  @Override
  public void execute(Tuple tuple) {
    if (TupleUtils.isTick(tuple)) {
      return;
    }
    Layout in = layout(tuple);
    events.inc();
    long offset = tuple.getLong(in.offset);
    Ledger<Filed> ledger =
        ledgers.computeIfAbsent(
            new Source(
                tuple.getString(in.topicId), tuple.getInteger(in.partition), in.ordinal(tuple)),
            source -> new Ledger<>(ledgerSize));
    List<Filed> outputs;
    if (ledger.contains(offset)) {
      duplicates.inc();
      outputs = ledger.answers(offset);
    } else {
      outputs = apply(tuple, in, offset);
      ledger.add(offset, outputs);
      applied.inc();
    }
    // Memory is the store: what was applied stays, so it is committed here.
    for (Filed output : outputs) {
      emit(output, tuple, in);
    }
    collector.ack(tuple);
  }

  private List<Filed> apply(Tuple tuple, Layout in, long offset) {
    answers.begin(tuple, in, offset);
    K key = key(tuple.getValue(in.key));
    E event;
    try {
      event = decoder.decode(tuple.getBinary(in.value));
    } catch (Exception | StackOverflowError e) {
      answers.deadLetter(Reason.of(e));
      return answers.take();
    }
    if (event == null) {
      answers.deadLetter("event must not be null");
    } else {
      processor.process(key, event, tuple.getLong(in.timestamp), answers);
    }
    return answers.take();
  }

  @SuppressWarnings("unchecked") // whoever builds the topology sees to it that keys are K
  private K key(Object key) {
    if (key instanceof String || key instanceof Long) {
      return (K) key;
    }
    // Arrays, enums and the like hash otherwise in every worker: one key would get many tasks.
    throw new IllegalStateException(
        "%s: key must be a String or a Long, which hash alike in every worker: %s"
            .formatted(component, key == null ? "null" : key.getClass().getName()));
  }

  private void emit(Filed output, Tuple anchor, Layout in) {
    List<Object> values = output.values;
    if (output.endsWithRecord) {
      values = new ArrayList<>(values.size() + 1);
      values.addAll(output.values);
      values.add(anchor.getBinary(in.value));
    }
    collector.emit(output.stream, anchor, values);
  }

  private Layout layout(Tuple tuple) {
    if (layout == null || !layout.fits(tuple)) {
      layout = Layout.of(tuple);
    }
    return layout;
  }

  /**
   * Where the fields of an input stream are; found once, as long as tuples come from one stream.
   */
  private record Layout(
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
      int ordinal) {

    static final List<String> NEEDED =
        List.of(
            TupleFields.KEY,
            TupleFields.TIMESTAMP,
            TupleFields.VALUE,
            TupleFields.TOPIC_ID,
            TupleFields.PARTITION,
            TupleFields.OFFSET);

    static Layout of(Tuple tuple) {
      Fields fields = tuple.getFields();
      return new Layout(
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
          optional(fields, TupleFields.ORDINAL));
    }

    private static int optional(Fields fields, String field) {
      return fields.contains(field) ? fields.fieldIndex(field) : -1;
    }

    boolean fits(Tuple tuple) {
      return component.equals(tuple.getSourceComponent())
          && stream.equals(tuple.getSourceStreamId());
    }

    String ordinal(Tuple tuple) {
      return ordinal < 0 ? "" : tuple.getString(ordinal);
    }

    Object topic(Tuple tuple) {
      return topic < 0 ? null : tuple.getValue(topic);
    }

    Object recordTimestamp(Tuple tuple) {
      return recordTimestamp < 0 ? null : tuple.getValue(recordTimestamp);
    }
  }

  /** Makes tuples of what the processor says about the event in hand. */
  private final class Answers implements Output<K, O> {

    private static final List<Filed> NOTHING = List.of();

    private Tuple tuple;
    private Layout in;
    private long offset;
    private int emitted;
    private List<Filed> filed = NOTHING;

    void begin(Tuple tuple, Layout in, long offset) {
      this.tuple = tuple;
      this.in = in;
      this.offset = offset;
      this.emitted = 0;
      this.filed = NOTHING;
    }

    List<Filed> take() {
      List<Filed> taken = filed;
      filed = NOTHING;
      tuple = null;
      return taken;
    }

    private void file(String stream, List<Object> values, boolean endsWithRecord, Counter counter) {
      counter.inc(); // once, however often it is emitted
      if (filed == NOTHING) {
        filed = new ArrayList<>(1);
      }
      filed.add(new Filed(stream, values, endsWithRecord));
    }

    @Override
    public void emit(K key, O value) {
      emit(key, null, value);
    }

    @Override
    public void emit(K key, Pane at, O value) {
      String before = in.ordinal(tuple);
      String ordinal = (before.isEmpty() ? "" : before + ".") + emitted++;
      String topicId = tuple.getString(in.topicId);
      int partition = tuple.getInteger(in.partition);
      List<Object> values = new ArrayList<>(TupleFields.RESULT.size() + payload);
      values.add(key);
      values.add(component + "/" + topicId + "/" + partition + "/" + offset + "/" + ordinal);
      values.add(epoch);
      values.add(++number);
      values.add(tuple.getValue(in.timestamp));
      values.add(in.recordTimestamp(tuple));
      values.add(in.topic(tuple));
      values.add(topicId);
      values.add(partition);
      values.add(offset);
      values.add(ordinal);
      pane(at, values);
      values.add(false);
      file(Utils.DEFAULT_STREAM_ID, payload(value, values), false, results);
    }

    @Override
    public void update(K key, Pane at, O value, O previous) {
      window(key, at, value, false);
    }

    @Override
    public void retract(K key, Pane at, O previous) {
      window(key, at, previous, true);
    }

    private void window(K key, Pane at, O value, boolean deleted) {
      List<Object> values = new ArrayList<>(TupleFields.RESULT.size() + payload);
      values.add(key);
      values.add(component + "/" + key + "/" + at.query() + "/" + at.start() + "/" + at.end());
      values.add(epoch);
      values.add(++number);
      values.add(at.end() - 1);
      values.add(in.recordTimestamp(tuple));
      for (int i = 0; i < 5; i++) {
        values.add(null); // topic to ordinal: a window has many sources
      }
      pane(at, values);
      values.add(deleted);
      file(Utils.DEFAULT_STREAM_ID, payload(value, values), false, results);
    }

    private void pane(Pane at, List<Object> values) {
      values.add(at == null ? null : at.query());
      values.add(at == null ? null : at.start());
      values.add(at == null ? null : at.end());
      values.add(at == null ? null : at.timing().name());
      values.add(at == null ? null : at.index());
      values.add(at == null ? null : at.last());
    }

    private List<Object> payload(O value, List<Object> values) {
      int before = values.size();
      mapping.write(value, values);
      if (values.size() != before + payload) {
        throw new IllegalStateException(
            "%s: mapping must write as many values as it has columns, %d: %d"
                .formatted(component, payload, values.size() - before));
      }
      for (int i = before; i < values.size(); i++) {
        Object v = values.get(i);
        if (!(v == null
            || v instanceof String
            || v instanceof Long
            || v instanceof Integer
            || v instanceof Double
            || v instanceof Float
            || v instanceof Short
            || v instanceof Byte
            || v instanceof Boolean
            || v instanceof byte[])) {
          throw new IllegalStateException(
              "%s: column %s must be a primitive, a string or bytes: %s"
                  .formatted(component, mapping.fields().get(i - before), v.getClass().getName()));
        }
      }
      return values;
    }

    @Override
    public void late(K key, Object event, long timestamp, long watermark) {
      List<Object> values = new ArrayList<>(TupleFields.LATE.size());
      values.add(key);
      values.add(timestamp);
      values.add(watermark);
      values.add(in.topic(tuple));
      values.add(tuple.getString(in.topicId));
      values.add(tuple.getInteger(in.partition));
      values.add(offset);
      values.add(in.ordinal(tuple));
      values.add(in.recordTimestamp(tuple));
      file(LATE, values, true, late);
    }

    @Override
    public void reject(K key, Object event, long timestamp, String reason) {
      deadLetter(Reason.of(reason));
    }

    void deadLetter(String reason) {
      List<Object> values = new ArrayList<>(TupleFields.DEAD_LETTER.size());
      values.add(reason);
      values.add(in.topic(tuple));
      values.add(tuple.getString(in.topicId));
      values.add(tuple.getInteger(in.partition));
      values.add(offset);
      values.add(in.recordTimestamp(tuple));
      values.add(null); // the record's own key does not come along
      file(DEAD_LETTER, values, true, deadLetters);
    }
  }
}
