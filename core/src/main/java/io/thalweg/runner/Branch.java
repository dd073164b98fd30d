package io.thalweg.runner;

import static java.util.Objects.requireNonNull;

import io.thalweg.CountingOutput;
import io.thalweg.Output;
import io.thalweg.Processor;
import java.util.LinkedHashMap;
import java.util.Map;

/** A processor of a runner with its output, and the counts of both. */
final class Branch<K, E, O> {

  private final Processor<K, E, O> processor;
  private final CountingOutput<K, O> out;
  private long events;

  /**
   * Creates a branch.
   *
   * @param output receives the results, late and rejected events of the processor
   * @param outcomes receives its late and rejected events too
   */
  Branch(Processor<K, E, O> processor, Output<K, O> output, Outcomes outcomes) {
    this.processor = requireNonNull(processor, "processor");
    requireNonNull(output, "output");
    this.out =
        new CountingOutput<>(
            Output.of(
                output,
                (key, event, timestamp, watermark) -> {
                  outcomes.late(event, timestamp, watermark);
                  output.late(key, event, timestamp, watermark);
                },
                (key, event, timestamp, reason) -> {
                  outcomes.rejected(event, reason);
                  output.reject(key, event, timestamp, reason);
                }));
  }

  boolean orderSensitive() {
    return processor.orderSensitive();
  }

  void process(K key, E event, long timestamp) {
    events++;
    processor.process(key, event, timestamp, out);
  }

  void late(K key, E event, long timestamp, long watermark) {
    events++;
    out.late(key, event, timestamp, watermark);
  }

  void advance(long watermark) {
    processor.advance(watermark, out);
  }

  void early() {
    processor.early(out);
  }

  RunSummary.OfProcessor summary() {
    Map<String, Long> counters = new LinkedHashMap<>();
    processor.counters(counters::put);
    Class<?> type = processor.getClass();
    return new RunSummary.OfProcessor(
        type.isHidden() || type.isAnonymousClass() ? "Processor" : type.getSimpleName(),
        events,
        out.results(),
        out.retractions(),
        out.lateEvents(),
        out.rejectedEvents(),
        counters);
  }
}
