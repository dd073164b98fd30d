package io.thalweg.anomaly;

import io.thalweg.Codec;
import io.thalweg.Counters;
import io.thalweg.FailStop;
import io.thalweg.Operator;
import io.thalweg.Output;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.window.TrailingWindow;
import java.util.List;
import java.util.function.ObjLongConsumer;
import java.util.function.ToDoubleFunction;

/**
 * Processor of the detectors: scores each value against the trailing window of its key, and emits
 * an anomaly if the score exceeds the threshold. A detector adds its {@link ScoreFunction}, the
 * statistic of the window, and the options.
 *
 * @param <R> the statistic
 */
final class ScoringProcessor<K, E, R> extends Operator<K, E, Anomaly> {

  /** The number of values that an anomaly shows. */
  static final int RECENT = 5;

  private static final String SCOPE = "score";

  /**
   * Options that all detectors have.
   *
   * @param includesEvent true if the window includes the value to be scored
   * @param minValues the number of values in the window below which nothing is scored
   * @param threshold the score above which a value is an anomaly
   */
  record Options(boolean includesEvent, int minValues, double threshold) {}

  private final TrailingWindow<K, E, ScoringWindow.View<R>> window;
  private final ToDoubleFunction<? super E> field;
  private final ScoreFunction<? super R> function;
  private final Options options;
  private final WindowScore score = new WindowScore();
  private final Counters counters = new Counters();
  private final Counters.Counter scored = counters.add("scored");
  private final Counters.Counter anomalies = counters.add("anomalies");
  private final Codec<Counters> codec;

  /**
   * Creates a processor.
   *
   * @param name the name of the detector in the saved state
   * @param window the trailing window, without state; it includes the event if the options do
   * @param field reads the value of an event
   * @param function the formula
   * @param options the options
   */
  ScoringProcessor(
      String name,
      TrailingWindow<K, E, ScoringWindow.View<R>> window,
      ToDoubleFunction<? super E> field,
      ScoreFunction<? super R> function,
      Options options) {
    this.window = window;
    this.field = field;
    this.function = function;
    this.options = options;
    this.codec = Codec.of(name + ".counts", Counters::write, counters::read);
  }

  @Override
  protected void apply(K key, E event, long timestamp, Output<K, Anomaly> out) {
    ScoringWindow.View<R> recent = window.answer(key, event, timestamp, out);
    if (recent == null || recent.size() < options.minValues) {
      return;
    }
    double value = field.applyAsDouble(event);
    if (!function.score(value, recent.statistic(), score)) {
      return;
    }
    scored.increment();
    if (score.score() > options.threshold) {
      anomalies.increment();
      out.emit(key, anomaly(timestamp, value, recent));
    }
  }

  private Anomaly anomaly(long timestamp, double value, ScoringWindow.View<R> window) {
    List<Double> recent = window.newest(options.includesEvent ? RECENT : RECENT - 1);
    if (!options.includesEvent) {
      recent.add(value);
    }
    return new Anomaly(
        timestamp, value, score.score(), score.expected(), score.scale(), List.copyOf(recent));
  }

  @Override
  protected void moveWatermark(long watermark, Output<K, Anomaly> out) {
    window.advance(watermark, (key, value) -> {}); // expires keys; emits nothing
  }

  @Override
  protected void write(StateWriter<K> to) {
    window.save(to);
    saveCounters(to);
  }

  @Override
  protected void writeChanges(StateWriter<K> to) {
    window.saveChanges(to);
    saveCounters(to);
  }

  @Override
  protected void markSaved() {
    markSaved(window);
  }

  private void saveCounters(StateWriter<K> to) {
    to.scope(SCOPE).putOperatorState(codec.encode(counters));
  }

  @Override
  protected void read(StateReader<K> shard) {
    byte[] bytes = shard.scope(SCOPE).operatorState();
    if (bytes == null) {
      FailStop.requireEmpty(codec.name(), shard);
      return;
    }
    Counters saved = codec.decode(bytes);
    window.restore(shard); // the last step that can fail
    if (shard.ownsCounters()) {
      counters.addAll(saved);
    }
  }

  @Override
  public void counters(ObjLongConsumer<String> each) {
    counters.report(each);
    window.counters(each);
  }
}
