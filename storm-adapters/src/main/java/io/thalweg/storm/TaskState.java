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
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Durable state of a task: the state of its processor, the ledgers, the outbox, the watermark and
 * the running number of results.
 *
 * @param <K> the keys
 * @param <O> the results
 */
final class TaskState<K, O> implements AutoCloseable {

  /*
   * A commit writes four parts into one shard of the store, in one atomic step:
   *
   *   scope "processor"   the changed state of the processor, including events that wait in Ordered
   *   scope "ledger"      the changed chunks of the ledgers: source ids with the outputs of each;
   *                       now and then all settled marks
   *   scope "outbox"      the outputs of heartbeats that are not yet confirmed; once the names of
   *                       the fields of results
   *   operator state      watermark, running number, moved settled marks, heartbeats seen
   *
   * The parts must change together, because each pair is an invariant:
   *
   *   1. A source id is in the ledger if and only if the state of the processor contains its event.
   *      Otherwise a replay would be applied twice, or not at all.
   *   2. The outputs of an event are in the ledger if and only if its id is. Otherwise a duplicate
   *      would be acked without the answer that may have been lost downstream.
   *   3. The outputs of a heartbeat are in the outbox if and only if the processor was advanced.
   *      The processor does not compute a result a second time.
   *   4. The running number is at least every stored number, and the watermark is that to which the
   *      processor was advanced. A restarted task therefore assigns new versions only.
   * The first commit after each start clears the shard and writes everything; later ones write
   * changes.
   *
   * The store rejects the commit of a task whose shard was acquired by another task (its epoch is
   * too old). An old process that still runs can therefore not write beside its successor.
   *
   * After the number of tasks has changed, a task inherits several shards of the old layout. Each
   * is restored into a processor of its own and advanced to the largest watermark, and only then
   * merged into the one of this task. Events that wait in one shard would otherwise be late for
   * the watermark of another.
   */

  private static final String PROCESSOR = "processor";
  private static final String LEDGER = "ledger";
  private static final String OUTBOX = "outbox";
  private static final Codec<OperatorState> OPERATOR_STATE = new OperatorStateCodec();

  /**
   * State of a task that belongs to no key.
   *
   * @param watermark the watermark of the task
   * @param number the last running number
   * @param ordered true if the processor runs behind {@link Ordered}
   * @param movedMarks the settled marks that moved since all of them were saved
   * @param heartbeats the largest sequence number of each incarnation
   */
  private record OperatorState(
      long watermark,
      long number,
      boolean ordered,
      Map<String, Long> movedMarks,
      Map<String, Long> heartbeats) {}

  private final StateStore.Shard shard;
  private final boolean durable;
  private final long firstNumber;
  private final SourceLedgers ledgers = new SourceLedgers();
  private final Outbox outbox = new Outbox();
  private final SeenHeartbeats seenHeartbeats = new SeenHeartbeats();
  private Processor<K, SourceRecord, O> processor;
  private ResultFields fields;
  private long watermark = Long.MIN_VALUE;
  private long number;
  private boolean inherited;
  private boolean firstStart;

  /** True if the shard holds all of this state, so that a commit writes the changes only. */
  private boolean savedWhole;

  private long lastCommitBytes;
  private boolean closed;

  /**
   * Creates an empty state.
   *
   * @param shard the shard of the task
   * @param durable true if the shard outlives the worker
   * @param emitsAtOnce true if a number can be emitted before it is committed
   */
  TaskState(StateStore.Shard shard, boolean durable, boolean emitsAtOnce) {
    this.shard = shard;
    this.durable = durable;
    // A number may be emitted and then lost in a crash. It must not be assigned again, since the
    // next bolt would take the other answer for a duplicate. So each epoch starts at epoch * 2^20:
    // epochs are milliseconds, and a task assigns fewer than 2^20 numbers in one.
    this.firstNumber = emitsAtOnce ? shard.epoch() << 20 : 0;
    this.number = firstNumber;
  }

  /** Returns true if the store is durable, and the saved state is of a task without heartbeats. */
  boolean isFirstStart() {
    return durable && firstStart;
  }

  StateStore.Shard shard() {
    return shard;
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

  SourceLedgers ledgers() {
    return ledgers;
  }

  Outbox outbox() {
    return outbox;
  }

  SeenHeartbeats seenHeartbeats() {
    return seenHeartbeats;
  }

  long watermark() {
    return watermark;
  }

  /** Raises the watermark; a smaller one has no effect. */
  void raiseWatermark(long watermark) {
    this.watermark = Math.max(this.watermark, watermark);
  }

  long nextNumber() {
    return ++number;
  }

  /** Returns the smallest number that this shard has not assigned. */
  long unusedNumber() {
    return number + 1;
  }

  /** Passes every stored output to an action. */
  void forEachOutput(Consumer<StoredOutput> action) {
    ledgers.forEachOutput(action);
    outbox.forEach(action);
  }

  /** Returns the number of stored outputs; the answers to one event count once. */
  long outputs() {
    return outbox.size() + ledgers.eventsWithOutputs();
  }

  /**
   * Restores the saved state.
   *
   * @param factory creates the processor of this task, and one for each inherited shard
   * @param tuples builds the outputs of inherited shards that are advanced
   */
  void restore(Supplier<Processor<K, SourceRecord, O>> factory, ResultTuples<O> tuples) {
    processor = factory.get();
    fields = tuples.fields();
    List<StateStore.SavedShard> saved = shard.saved();
    List<OperatorState> states = new ArrayList<>();
    for (StateStore.SavedShard each : saved) {
      byte[] bytes = each.state().operatorState();
      if (bytes == null) {
        throw new IllegalArgumentException("a committed shard must have an operator state: none");
      }
      OperatorState state = OPERATOR_STATE.decode(bytes);
      requireSameOrdering(state.ordered);
      states.add(state);
    }
    for (int i = 0; i < saved.size(); i++) {
      StateStore.SavedShard each = saved.get(i);
      OperatorState state = states.get(i);
      raiseWatermark(state.watermark);
      seenHeartbeats.restore(state.heartbeats);
      StateReader<Object> outputs = each.state().scope(OUTBOX);
      UnaryOperator<StoredOutput> byName = fields.conversion(outputs.operatorState());
      UnaryOperator<List<StoredOutput>> own =
          all ->
              all.stream()
                  .filter(output -> each.ownsKey().test(output.ownerKey()))
                  .map(byName)
                  .collect(Collectors.toCollection(ArrayList::new));
      ledgers.restore(state.movedMarks, each.state().scope(LEDGER), own);
      outbox.restore(outputs, own);
      if (each.isOwnShard()) {
        number = Math.max(firstNumber, state.number);
      }
    }
    firstStart = states.stream().allMatch(state -> state.heartbeats.isEmpty());
    ledgers.markRestored();
    if (saved.size() == 1 && saved.get(0).isOwnShard()) {
      processor.restore(this.<K>cast(saved.get(0).state().scope(PROCESSOR)));
    } else {
      inherited = !saved.isEmpty();
      merge(saved, factory, tuples);
    }
  }

  /**
   * Requires that the processor runs behind Ordered if and only if the saved one did: waiting
   * events are acked and exist in the state only.
   */
  private void requireSameOrdering(boolean ordered) {
    if (ordered != (processor instanceof Ordered)) {
      throw new IllegalArgumentException(
          "the processor must wait for the watermark if and only if the saved one did: use the"
              + " guarantee of the saved state, or another component name: the saved processor "
              + (ordered ? "waits" : "does not wait"));
    }
  }

  /** Returns whether inherited state is not yet committed to the shard of this task. */
  boolean hasUncommittedInheritedState() {
    return inherited && !savedWhole;
  }

  /** Advances each inherited shard on its own, and merges it into the processor. */
  private void merge(
      List<StateStore.SavedShard> saved,
      Supplier<Processor<K, SourceRecord, O>> factory,
      ResultTuples<O> tuples) {
    TupleOutput<K, O> out =
        TupleOutput.ofWatermark(tuples, null, output -> outbox.add(Heartbeat.Id.NONE, output));
    for (StateStore.SavedShard each : saved) {
      Processor<K, SourceRecord, O> one = factory.get();
      one.restore(
          this.<K>cast(
              new OwnedKeys(each.state().scope(PROCESSOR), each.ownsKey(), each.ownsCounters())));
      if (watermark != Long.MIN_VALUE) {
        one.advance(watermark, out);
      }
      Snapshot<K> snapshot = new Snapshot<>();
      one.save(snapshot);
      processor.restore(snapshot); // at once, so that one snapshot is held at a time
    }
  }

  @SuppressWarnings("unchecked") // keys have the type with which they were written
  private <T> StateReader<T> cast(StateReader<Object> reader) {
    return (StateReader<T>) (StateReader<?>) reader;
  }

  @SuppressWarnings("unchecked") // keys are String or Long, which the store accepts
  private StateWriter<K> cast(StateWriter<Object> writer) {
    return (StateWriter<K>) (StateWriter<?>) writer;
  }

  /**
   * Commits all changes since the last commit, atomically. The method is synchronized with {@link
   * #close}, since Storm closes a task from another thread and waits for at most a tenth of a
   * second for the executor.
   *
   * @return false if this state is closed, so that nothing was committed
   * @throws FencedException if another task acquired the shard
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
        ledgers.saveChanges(to.scope(LEDGER));
        outbox.saveChanges(to.scope(OUTBOX));
      } else {
        to.clear();
        processor.saveChanges(cast(to.scope(PROCESSOR)));
        ledgers.save(to.scope(LEDGER));
        outbox.save(to.scope(OUTBOX));
        to.scope(OUTBOX).putOperatorState(fields.encode());
      }
      to.putOperatorState(
          OPERATOR_STATE.encode(
              new OperatorState(
                  watermark,
                  number,
                  processor instanceof Ordered,
                  ledgers.movedMarks(),
                  seenHeartbeats.saved())));
      lastCommitBytes = to.bytes();
    }
    shard.commit();
    savedWhole = true;
    ledgers.markCommitted();
    outbox.markCommitted();
    return true;
  }

  /** Returns the bytes of state that the last commit wrote. */
  long lastCommitBytes() {
    return lastCommitBytes;
  }

  @Override
  public synchronized void close() {
    closed = true;
    shard.close();
  }

  /** View of a saved shard that contains the keys of this task only. */
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
    public boolean isEmpty() {
      return all.isEmpty(); // the keys of other tasks need an operator state as well
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

  /** Writer that counts the bytes written through it. */
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

  private static final class OperatorStateCodec implements Codec<OperatorState> {
    @Override
    public String name() {
      return "thalweg.storm.task";
    }

    /** Version 1 has no heartbeats. Up to version 2, all marks are among the moved ones. */
    @Override
    public int version() {
      return 3;
    }

    @Override
    public void write(OperatorState state, DataOutput out) throws IOException {
      out.writeLong(state.watermark);
      out.writeLong(state.number);
      out.writeBoolean(state.ordered);
      SettledMarks.write(state.movedMarks, out);
      SettledMarks.write(state.heartbeats, out);
    }

    @Override
    public OperatorState read(DataInput in, int version) throws IOException {
      return new OperatorState(
          in.readLong(),
          in.readLong(),
          in.readBoolean(),
          SettledMarks.read(in),
          version < 2 ? Map.of() : SettledMarks.read(in));
    }
  }
}
