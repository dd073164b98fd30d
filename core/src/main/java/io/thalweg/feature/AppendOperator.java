package io.thalweg.feature;

import io.thalweg.Operator;
import io.thalweg.Output;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.util.function.ObjLongConsumer;

/** Stage of {@link FeatureSet#append}. */
final class AppendOperator<K, E> extends Operator<K, FeatureRow<E>, FeatureRow<E>> {

  private final FeatureEngine<K, E> engine;
  private final FeatureSchema before;
  private final FeatureSchema after;

  AppendOperator(FeatureEngine<K, E> engine, FeatureSchema before) {
    this.engine = engine;
    this.before = before;
    this.after = before.concat(engine.schema());
  }

  @Override
  protected void apply(K key, FeatureRow<E> row, long timestamp, Output<K, FeatureRow<E>> out) {
    try {
      before.require(row.vector().schema());
    } catch (IllegalArgumentException e) {
      engine.reject(key, timestamp, row, e.getMessage(), out);
      return;
    }
    if (engine.admit(key, row.event(), timestamp, row, out)) {
      if (engine.isAsked()) {
        FeatureVector own = FeatureOperator.newVector(engine, key, timestamp);
        out.emit(key, new FeatureRow<>(row.event(), row.vector().concat(own, after)));
      } else {
        engine.add(key, timestamp, null, null);
      }
    }
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
