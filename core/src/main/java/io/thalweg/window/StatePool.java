package io.thalweg.window;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.DeltaCodec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * The states of one operator: they are taken from a pool, and given back to it empty.
 *
 * <p>States are untyped here, since rows, slices and lanes pass them on without looking inside; a
 * state only ever goes back to the aggregate that made it.
 */
final class StatePool<E, R> {

  private final Aggregate<E, Object, R> aggregate;
  private final Codec<Object> codec;

  /** The codec, if states are written change by change; otherwise null. */
  private final DeltaCodec<Object> deltaCodec;

  private Object[] pool = new Object[16];
  private int pooled;
  private long held;

  @SuppressWarnings("unchecked") // see above
  StatePool(Aggregate<E, ?, R> aggregate) {
    this.aggregate = (Aggregate<E, Object, R>) aggregate;
    this.codec = this.aggregate.codec();
    this.deltaCodec = codec instanceof DeltaCodec<Object> journaled ? journaled : null;
  }

  /** Takes a state that is part of what the operator holds. */
  Object acquire() {
    held++;
    return acquireScratch();
  }

  void release(Object state) {
    held--;
    releaseScratch(state);
  }

  Object acquireCopy(Object state) {
    held++;
    return acquireScratchCopy(state);
  }

  /** Takes a state for a fold that can be made anew: it is no part of what is held. */
  Object acquireScratch() {
    return pooled == 0 ? aggregate.create() : pool[--pooled];
  }

  void releaseScratch(Object state) {
    aggregate.clear(state);
    if (pooled == pool.length) {
      pool = Arrays.copyOf(pool, 2 * pooled);
    }
    pool[pooled++] = state;
  }

  Object acquireScratchCopy(Object state) {
    Object copy = acquireScratch();
    aggregate.merge(copy, state);
    return copy;
  }

  void clear(Object state) {
    aggregate.clear(state);
  }

  void check(E event) {
    aggregate.check(event);
  }

  void add(Object state, E event) {
    aggregate.add(state, event);
  }

  void merge(Object target, Object source) {
    aggregate.merge(target, source);
  }

  R result(Object state) {
    return requireNonNull(aggregate.result(state), "an aggregate's result must not be null");
  }

  /** How many states are held now, without those borrowed. */
  long held() {
    return held;
  }

  /** The name of the form of a state. */
  String name() {
    return codec.name();
  }

  /** Writes the version of the form, then the state. */
  void write(Object state, DataOutput out) throws IOException {
    Codec.writeNested(codec, state, out);
  }

  /** Reads what {@link #write} wrote; the state counts as held from {@link #countHeld} on. */
  Object read(DataInput in) throws IOException {
    return Codec.readNested(codec, in);
  }

  /** Whether changes of states are written. */
  boolean writesDeltas() {
    return deltaCodec != null;
  }

  /** Says that the whole state is written now. */
  void startDeltas(Object state) {
    deltaCodec.startDeltas(state);
  }

  /** Whether the whole state is to be written rather than its changes. */
  boolean needsFull(Object state) {
    return deltaCodec.needsFull(state);
  }

  /** Writes the version of the form, then what changed. */
  void writeDelta(Object state, DataOutput out) throws IOException {
    out.writeInt(deltaCodec.version());
    deltaCodec.writeDelta(state, out);
  }

  /** Reads what {@link #writeDelta} wrote into a state. */
  void readDelta(Object state, DataInput in) throws IOException {
    deltaCodec.readDelta(state, in, Codec.readVersion(deltaCodec, in));
  }

  void countHeld(Object state) {
    if (state != null) {
      held++;
    }
  }
}
