package io.thalweg.storm;

import io.thalweg.Codec;
import io.thalweg.Ordered;
import io.thalweg.Processor;
import io.thalweg.Snapshot;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * All that a task must not forget: the state of its processor, the ledger of what it has applied
 * with the answers to it, the outbox, the watermark and the running number; committed together, or
 * not at all.
 *
 * @param <K> the keys
 * @param <O> the results
 */
final class TaskState<K, O> implements AutoCloseable {

  private static final String PROCESSOR = "processor";
  private static final String LEDGER = "ledger";
  private static final String OUTBOX = "outbox";
  private static final Codec<Root> ROOT = new RootCodec();

  /** The state beside processor, ledgers and outbox; and whether events wait in the processor's. */
  private record Root(
      long watermark,
      long number,
      boolean ordered,
      Map<String, Long> marks,
      Map<String, Long> heard) {}

  private final StateStore.Shard shard;
  private final boolean durable;
  private final long firstNumber;
  private final Map<String, Ledger> ledgers = new HashMap<>();
  private final Outbox outbox = new Outbox();
  private final SeenHeartbeats seenHeartbeats = new SeenHeartbeats();
  private Processor<K, SourceRecord, O> processor;
  private long watermark = Long.MIN_VALUE;
  private long number;
  private boolean inherited;
  private boolean savedWhole;
  private long committedBytes;
  private boolean closed;

  /**
   * Creates the state of a task that has nothing to remember yet.
   *
   * @param shard where it is kept
   * @param durable whether it outlives the task
   * @param numbersLeaveAtOnce whether a number may be seen by others before it is committed
   */
  TaskState(StateStore.Shard shard, boolean durable, boolean numbersLeaveAtOnce) {
    this.shard = shard;
    this.durable = durable;
    // Must not be given to another answer after a crash: the next bolt would take it for a
    // repetition. Epochs are milliseconds, or further apart than a worker gives numbers.
    this.firstNumber = numbersLeaveAtOnce ? shard.epoch() << 20 : 0;
    this.number = firstNumber;
  }

  String shardName() {
    return shard.name();
  }

  long epoch() {
    return shard.epoch();
  }

  Processor<K, SourceRecord, O> processor() {
    return processor;
  }

  Outbox outbox() {
    return outbox;
  }

  SeenHeartbeats heard() {
    return seenHeartbeats;
  }

  long watermark() {
    return watermark;
  }

  /** Moves the watermark; it never goes back. */
  void watermark(long watermark) {
    this.watermark = Math.max(this.watermark, watermark);
  }

  long nextNumber() {
    return ++number;
  }

  /** The smallest number that this shard has not given yet. */
  long unusedNumber() {
    return number + 1;
  }

  Ledger ledger(String source) {
    return ledgers.computeIfAbsent(source, Ledger::new);
  }

  Iterable<Ledger> ledgers() {
    return ledgers.values();
  }

  /** Everything that was filed and is not yet known to have arrived. */
  void forEachFiled(Consumer<OutboxRecord> action) {
    ledgers.values().forEach(ledger -> ledger.forEachAnswer(action));
    outbox.forEach(action);
  }

  /** How many outputs are filed, counting the events that have any. */
  long filed() {
    long filed = outbox.size();
    for (Ledger ledger : ledgers.values()) {
      filed += ledger.answered();
    }
    return filed;
  }

  /**
   * Takes up what is saved.
   *
   * @param create makes a processor, for this task and one for each shard of another layout
   * @param tupleOutput takes what falls due when such shards are brought to one watermark
   */
  void restore(Supplier<Processor<K, SourceRecord, O>> create, TupleOutput<K, O> tupleOutput) {
    processor = create.get();
    List<StateStore.SavedShard> saved = shard.saved();
    List<Root> roots = new ArrayList<>();
    for (StateStore.SavedShard each : saved) {
      byte[] root = each.state().operatorState();
      if (root == null) {
        throw new IllegalArgumentException("a committed shard must have a root: none");
      }
      roots.add(ROOT.decode(root));
      requireSameOrder(roots.get(roots.size() - 1).ordered);
    }
    for (int i = 0; i < saved.size(); i++) {
      StateStore.SavedShard each = saved.get(i);
      watermark(roots.get(i).watermark);
      seenHeartbeats.restore(roots.get(i).heard);
      roots.get(i).marks.forEach((source, mark) -> ledger(source).settle(mark));
      Predicate<OutboxRecord> mine = record -> each.owned().test(record.key());
      each.state()
          .scope(LEDGER)
          .forEach((source, chunk, state) -> ledger(text(source)).restore(chunk, state, mine));
      outbox.restore(each.state().scope(OUTBOX), mine);
      if (each.own()) {
        number = Math.max(firstNumber, roots.get(i).number);
      }
    }
    ledgers.values().forEach(Ledger::restored);
    if (saved.size() == 1 && saved.get(0).own()) {
      processor.restore(this.<K>cast(saved.get(0).state().scope(PROCESSOR)));
    } else {
      inherited = !saved.isEmpty();
      unite(saved, create, tupleOutput);
    }
  }

  /** Events that wait, acked as they are, must not be dropped without a word. */
  private void requireSameOrder(boolean ordered) {
    if (ordered != (processor instanceof Ordered)) {
      throw new IllegalArgumentException(
          "a processor that waits for the watermark cannot take up the state of one that does not,"
              + " nor the other way: go back to the guarantee of before, or use another component"
              + " name: saved by one that "
              + (ordered ? "waits" : "does not wait"));
    }
  }

  /** Whether what was taken up is of shards before, and not yet committed as this one's. */
  boolean isInherited() {
    return inherited && !savedWhole;
  }

  /**
   * Each shard is brought to the largest watermark by itself, with what falls due on the way, and
   * only then are all taken up: at once, events that wait in one shard would be late by the
   * watermark of another.
   */
  private void unite(
      List<StateStore.SavedShard> saved,
      Supplier<Processor<K, SourceRecord, O>> create,
      TupleOutput<K, O> tupleOutput) {
    tupleOutput.underWatermark(null, output -> outbox.file(Outbox.Heartbeat.NONE, output));
    List<Snapshot<K>> snapshots = new ArrayList<>();
    for (StateStore.SavedShard each : saved) {
      Processor<K, SourceRecord, O> one = create.get();
      one.restore(
          this.<K>cast(
              new OwnedKeys(each.state().scope(PROCESSOR), each.owned(), each.ownsCounters())));
      if (watermark != Long.MIN_VALUE) {
        one.advance(watermark, tupleOutput);
      }
      Snapshot<K> snapshot = new Snapshot<>();
      one.save(snapshot);
      snapshots.add(snapshot);
    }
    snapshots.forEach(processor::restore);
  }

  private static String text(Object source) {
    if (source instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException("ledger is damaged: a source must be a string: " + source);
  }

  @SuppressWarnings("unchecked") // keys are written as they are read
  private <T> StateReader<T> cast(StateReader<Object> reader) {
    return (StateReader<T>) (StateReader<?>) reader;
  }

  @SuppressWarnings("unchecked") // keys are String or Long, as the store takes them
  private StateWriter<K> cast(StateWriter<Object> writer) {
    return (StateWriter<K>) (StateWriter<?>) writer;
  }

  /**
   * Makes durable what happened since the last commit, all or nothing. Excludes {@link #close}:
   * Storm ends a task from another thread, and waits no more than a tenth of a second for the one
   * that is still at work.
   *
   * @return false if this was closed: nothing can be committed any more
   * @throws FencedException if another task took the shard over
   * @throws IllegalStateException if the store fails
   */
  synchronized boolean commit() {
    if (closed) {
      return false;
    }
    if (durable) {
      MeasuringWriter to = new MeasuringWriter(shard.changes());
      if (savedWhole) {
        processor.saveChanges(cast(to.scope(PROCESSOR)));
        StateWriter<Object> ledger = to.scope(LEDGER);
        ledgers.values().forEach(each -> each.saveChanges(ledger));
        outbox.saveChanges(to.scope(OUTBOX));
      } else {
        to.clear();
        processor.saveChanges(cast(to.scope(PROCESSOR)));
        StateWriter<Object> ledger = to.scope(LEDGER);
        ledgers.values().forEach(each -> each.save(ledger));
        outbox.save(to.scope(OUTBOX));
      }
      Map<String, Long> marks = new HashMap<>();
      ledgers.forEach((source, ledger) -> marks.put(source, ledger.mark()));
      to.putOperatorState(
          ROOT.encode(
              new Root(
                  watermark, number, processor instanceof Ordered, marks, seenHeartbeats.saved())));
      committedBytes += to.bytes();
    }
    shard.commit();
    savedWhole = true;
    ledgers.values().forEach(Ledger::committed);
    outbox.committed();
    return true;
  }

  /** How many bytes of state were committed so far. */
  long committedBytes() {
    return committedBytes;
  }

  @Override
  public synchronized void close() {
    closed = true;
    shard.close();
  }

  /** Only what a task owns. */
  private record OwnedKeys(StateReader<Object> all, Predicate<Object> owned, boolean ownsCounters)
      implements StateReader<Object> {

    @Override
    public StateReader<Object> scope(String scope) {
      return new OwnedKeys(all.scope(scope), owned, ownsCounters);
    }

    @Override
    public byte[] operatorState() {
      return all.operatorState();
    }

    @Override
    public void forEach(RecordVisitor<? super Object> action) {
      all.forEach(
          (key, part, state) -> {
            if (owned.test(key)) {
              action.accept(key, part, state);
            }
          });
    }
  }

  /** Counts the bytes that are written. */
  private static final class MeasuringWriter implements StateWriter<Object> {
    private final StateWriter<Object> to;
    private final long[] bytes;

    MeasuringWriter(StateWriter<Object> to) {
      this(to, new long[1]);
    }

    private MeasuringWriter(StateWriter<Object> to, long[] bytes) {
      this.to = to;
      this.bytes = bytes;
    }

    long bytes() {
      return bytes[0];
    }

    @Override
    public StateWriter<Object> scope(String scope) {
      return new MeasuringWriter(to.scope(scope), bytes);
    }

    @Override
    public void put(Object key, long part, byte[] state) {
      bytes[0] += state.length;
      to.put(key, part, state);
    }

    @Override
    public void remove(Object key, long part) {
      to.remove(key, part);
    }

    @Override
    public void remove(Object key) {
      to.remove(key);
    }

    @Override
    public void removeBefore(long part) {
      to.removeBefore(part);
    }

    @Override
    public void putOperatorState(byte[] state) {
      bytes[0] += state.length;
      to.putOperatorState(state);
    }

    @Override
    public void clear() {
      to.clear();
    }
  }

  private static final class RootCodec implements Codec<Root> {
    @Override
    public String name() {
      return "thalweg.storm.task";
    }

    /** The first had heard nothing. */
    @Override
    public int version() {
      return 2;
    }

    @Override
    public void write(Root root, DataOutput out) throws IOException {
      out.writeLong(root.watermark);
      out.writeLong(root.number);
      out.writeBoolean(root.ordered);
      write(root.marks, out);
      write(root.heard, out);
    }

    private static void write(Map<String, Long> numbers, DataOutput out) throws IOException {
      out.writeInt(numbers.size());
      for (Map.Entry<String, Long> number : numbers.entrySet()) {
        out.writeUTF(number.getKey());
        out.writeLong(number.getValue());
      }
    }

    @Override
    public Root read(DataInput in, int version) throws IOException {
      return new Root(
          in.readLong(),
          in.readLong(),
          in.readBoolean(),
          numbers(in),
          version < 2 ? Map.of() : numbers(in));
    }

    private static Map<String, Long> numbers(DataInput in) throws IOException {
      Map<String, Long> numbers = new LinkedHashMap<>();
      for (int left = in.readInt(); left > 0; left--) {
        numbers.put(in.readUTF(), in.readLong());
      }
      return numbers;
    }
  }
}
