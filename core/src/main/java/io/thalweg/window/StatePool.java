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
 * Pool of the aggregate states of one operator. Released states are cleared and reused.
 *
 * <p>{@link #acquire} and {@link #release} count the state as held by the operator. {@link
 * #acquireScratch} and {@link #releaseScratch} do not: they are for intermediate results that can
 * be computed again.
 *
 * <p>States are untyped here, since the windows pass them on without access to their content. A
 * state only returns to the aggregate that created it.
 */
final class StatePool<E, R> {

  private final Aggregate<E, Object, R> aggregate;
  private final Codec<Object> codec;

  /** The codec if it writes deltas; otherwise null. */
  private final DeltaCodec<Object> deltaCodec;

  private Object[] pool = new Object[16];
  private int pooled;
  private long held;

  @SuppressWarnings("unchecked") // see above
  StatePool(Aggregate<E, ?, R> aggregate) {
    this.aggregate = (Aggregate<E, Object, R>) aggregate;
    this.codec = this.aggregate.codec();
    this.deltaCodec = codec instanceof DeltaCodec<Object> delta ? delta : null;
  }

  /** Returns an empty state, which counts as held. */
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

  /** Returns an empty state, which does not count as held. */
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

  /** Returns the number of held states, without scratch states. */
  long held() {
    return held;
  }

  /** Returns the name of the codec. */
  String name() {
    return codec.name();
  }

  /** Writes the version of the codec, then the state. */
  void write(Object state, DataOutput out) throws IOException {
    Codec.writeNested(codec, state, out);
  }

  /** Reads a state that {@link #write} wrote. The state counts as held after {@link #countHeld}. */
  Object read(DataInput in) throws IOException {
    return Codec.readNested(codec, in);
  }

  /** Returns true if the codec writes deltas of states. */
  boolean writesDeltas() {
    return deltaCodec != null;
  }

  /** Marks a state as completely written; its next delta starts here. */
  void startDeltas(Object state) {
    deltaCodec.startDeltas(state);
  }

  /** Returns true if the complete state must be written instead of a delta. */
  boolean needsFull(Object state) {
    return deltaCodec.needsFull(state);
  }

  /** Writes the version of the codec, then the delta. */
  void writeDelta(Object state, DataOutput out) throws IOException {
    out.writeInt(deltaCodec.version());
    deltaCodec.writeDelta(state, out);
  }

  /** Applies a delta that {@link #writeDelta} wrote to a state. */
  void readDelta(Object state, DataInput in) throws IOException {
    deltaCodec.readDelta(state, in, Codec.readVersion(deltaCodec, in));
  }

  /** Counts a state that was read as held; null is ignored. */
  void countHeld(Object state) {
    if (state != null) {
      held++;
    }
  }
}
