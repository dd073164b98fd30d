package io.thalweg.feature;

import static java.util.Objects.requireNonNull;

import io.thalweg.Operator;
import io.thalweg.Output;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.util.function.ObjLongConsumer;

/**
 * Processor that answers events with their features as of the event: see {@link FeatureSet} for the
 * rules.
 *
 * <p>Counters: {@code offered = answered + learnt + late + rejected} events, where learnt ones are
 * counted by features but not to be answered; {@code behind}, the admitted events that had a
 * timestamp below the newest of their key; {@code backwardAdvances}, {@code keys}, {@code
 * watermark}.
 *
 * <p>Cost: O(1) an event and feature, amortised, whatever the length of the windows and the number
 * of events of the key. {@link #process} allocates a row and a vector; {@link #answer} allocates
 * nothing. Memory: see {@link FeatureWindow}. Not thread-safe.
 *
 * @param <K> the keys
 * @param <E> the events
 */
public final class FeatureOperator<K, E> extends Operator<K, E, FeatureRow<E>> {

  private final FeatureEngine<K, E> engine;

  FeatureOperator(FeatureEngine<K, E> engine) {
    this.engine = engine;
  }

  /**
   * Returns the schema of the vectors.
   *
   * @return names and types of the features
   */
  public FeatureSchema schema() {
    return engine.schema();
  }

  @Override
  protected void apply(K key, E event, long timestamp, Output<K, FeatureRow<E>> out) {
    if (engine.admit(key, event, timestamp, event, out)) {
      FeatureVector vector = engine.isAsked() ? newVector(engine, key, timestamp) : null;
      if (vector != null) {
        out.emit(key, new FeatureRow<>(event, vector));
      } else {
        engine.add(key, timestamp, null, null);
      }
    }
  }

  /** Adds the admitted event and returns its features. */
  static <K> FeatureVector newVector(FeatureEngine<K, ?> engine, K key, long timestamp) {
    FeatureSchema schema = engine.schema();
    double[] numbers = new double[schema.size()];
    String[] texts = schema.hasTexts() ? new String[schema.size()] : null;
    engine.add(key, timestamp, numbers, texts);
    return new FeatureVector(schema, numbers, texts);
  }

  /**
   * Processes an event as {@link #process} does, but writes the features into the row of a model
   * and allocates nothing. A text is written as NaN.
   *
   * @param key the key of the event
   * @param event the event
   * @param timestamp its event time
   * @param side receives the event if it is late or rejected
   * @param row receives the value of feature i at index i; may be longer
   * @return true if the row holds the features of the event; false if the event is late, rejected
   *     or not to be answered
   * @throws IllegalArgumentException if the row is too short; nothing has changed
   */
  public boolean answer(K key, E event, long timestamp, Output<K, ?> side, double[] row) {
    requireNonNull(key, "key");
    requireNonNull(event, "event");
    if (row.length < schema().size()) {
      throw new IllegalArgumentException(
          "row must have a place for each of the " + schema().size() + " features: " + row.length);
    }
    calls.enter("answer");
    boolean isAnswered;
    try {
      isAnswered = engine.admit(key, event, timestamp, event, side);
      if (isAnswered) {
        engine.add(key, timestamp, row, null);
        isAnswered = engine.isAsked();
      }
    } catch (Throwable e) {
      calls.fail(e);
      throw e;
    }
    calls.exit();
    return isAnswered;
  }

  @Override
  protected void moveWatermark(long watermark, Output<K, FeatureRow<E>> out) {
    engine.advance(watermark);
  }

  @Override
  protected void write(StateWriter<K> to) {
    engine.write(to);
  }

  @Override
  protected void writeChanges(StateWriter<K> to) {
    engine.writeChanges(to);
  }

  @Override
  protected void markSaved() {
    engine.markSaved();
  }

  @Override
  protected void read(StateReader<K> shard) {
    engine.addAll(engine.read(shard));
  }

  @Override
  public void counters(ObjLongConsumer<String> each) {
    engine.counters(each);
  }
}
