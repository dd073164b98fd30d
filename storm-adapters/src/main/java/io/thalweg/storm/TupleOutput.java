package io.thalweg.storm;

import io.thalweg.Ordered;
import io.thalweg.Output;
import io.thalweg.Pane;
import java.util.function.Consumer;

/**
 * Output of one call of the operator of a task, for an input tuple or for a watermark. It stores
 * the results of windows, and the records that {@link Ordered} finds to be late or rejects. Results
 * that belong to an event go through {@link #ofRecord}.
 *
 * @param <K> the keys
 * @param <O> the results
 */
final class TupleOutput<K, O> implements Output<K, O> {

  private final ResultTuples<O> tuples;
  private final Object owner;
  private final boolean replayable;
  private final Consumer<StoredOutput> outbox;

  private TupleOutput(
      ResultTuples<O> tuples, Object owner, boolean replayable, Consumer<StoredOutput> outbox) {
    this.tuples = tuples;
    this.owner = owner;
    this.replayable = replayable;
    this.outbox = outbox;
  }

  /**
   * Creates the output for an event that is replayed if its tuple fails. A replay goes to the task
   * of its key, so the outputs belong to that task, whatever keys they have.
   *
   * @param key the key of the event
   * @param outbox stores an output
   */
  static <K, O> TupleOutput<K, O> ofEvent(
      ResultTuples<O> tuples, K key, Consumer<StoredOutput> outbox) {
    return new TupleOutput<>(tuples, key, true, outbox);
  }

  /**
   * Creates the output for a watermark or for early results.
   *
   * @param owner the key of the event with which the outputs are stored; null if they are stored
   *     under a heartbeat, in which case each belongs to the task of its own key
   * @param outbox stores an output
   */
  static <K, O> TupleOutput<K, O> ofWatermark(
      ResultTuples<O> tuples, Object owner, Consumer<StoredOutput> outbox) {
    return new TupleOutput<>(tuples, owner, false, outbox);
  }

  /** Creates the output for the answers to one event. */
  Output<K, O> ofRecord(SourceRecord source, long timestamp) {
    return new RecordOutput(source, timestamp);
  }

  @Override
  public void emit(K key, O value) {
    throw new IllegalStateException(
        tuples.component()
            + ": a processor must call emit in process, and update for results of a watermark:"
            + " emit in advance or early, key "
            + ErrorText.ofName(key));
  }

  @Override
  public void update(K key, Pane at, O value, O previous) {
    outbox.accept(tuples.windowResult(owner(key), key, at, value, false, null));
  }

  @Override
  public void retract(K key, Pane at, O previous) {
    outbox.accept(tuples.windowResult(owner(key), key, at, previous, true, null));
  }

  @Override
  public void late(K key, Object event, long timestamp, long watermark) {
    addLate(key, record("late", event), timestamp, watermark);
  }

  @Override
  public void reject(K key, Object event, long timestamp, String reason) {
    addDeadLetter(key, record("reject", event), reason);
  }

  /** Casts the event of {@link Ordered}; a processor inside it has no event at this point. */
  private SourceRecord record(String method, Object event) {
    if (event instanceof SourceRecord source) {
      return source;
    }
    throw new IllegalStateException(
        "%s: a processor must call %s in process, for the event of the call: in advance or early, %s"
            .formatted(tuples.component(), method, event));
  }

  private void addLate(K key, SourceRecord source, long timestamp, long watermark) {
    outbox.accept(tuples.late(owner(key), key, source, timestamp, watermark, replayable));
  }

  private void addDeadLetter(K key, SourceRecord source, String reason) {
    outbox.accept(tuples.deadLetter(owner(key), source, reason, replayable));
  }

  private Object owner(K key) {
    return owner == null ? key : owner;
  }

  /** Output for the answers to one event. */
  private final class RecordOutput implements Output<K, O> {

    private final SourceRecord source;
    private final long timestamp;
    private int answers;

    RecordOutput(SourceRecord source, long timestamp) {
      this.source = source;
      this.timestamp = timestamp;
    }

    @Override
    public void emit(K key, O value) {
      emit(key, null, value);
    }

    @Override
    public void emit(K key, Pane at, O value) {
      outbox.accept(
          tuples.answer(owner(key), key, source, timestamp, answers++, at, value, replayable));
    }

    @Override
    public void update(K key, Pane at, O value, O previous) {
      outbox.accept(
          tuples.windowResult(owner(key), key, at, value, false, source.recordTimestamp()));
    }

    @Override
    public void retract(K key, Pane at, O previous) {
      outbox.accept(
          tuples.windowResult(owner(key), key, at, previous, true, source.recordTimestamp()));
    }

    @Override
    public void late(K key, Object event, long timestamp, long watermark) {
      addLate(key, source, timestamp, watermark);
    }

    @Override
    public void reject(K key, Object event, long timestamp, String reason) {
      addDeadLetter(key, source, reason);
    }
  }
}
