package io.thalweg.examples.core;

import static java.time.Duration.ofSeconds;

import io.thalweg.Aggregates;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;

/** Counts of out-of-order events: results on time, corrected results, and events that are late. */
public final class LateEvents {

  /** Event times in order of arrival. Windows are 10 s long; the lateness is 5 s. */
  private static final long[] ARRIVALS = {
    1_000, 4_000, 3_000, 12_000, 8_000, 14_000, 9_000, 27_000, 2_000
  };

  private LateEvents() {}

  /** Prints each result with its timing, and each late event. */
  public static void main(String[] args) {
    WindowedAggregator<String, Long, Long> counts =
        WindowedAggregator.of(Aggregates.<Long>count(), Windows.tumbling(ofSeconds(10)))
            .lateness(ofSeconds(5))
            .build();
    Output<String, Long> printer =
        new Output<>() {
          @Override
          public void emit(String key, Long count) {
            throw new IllegalStateException("a tumbling window emits updates only: " + key);
          }

          @Override
          public void update(String key, Pane pane, Long count, Long previous) {
            System.out.printf(
                "  window [%d, %d): %d events, %s%n",
                pane.start(), pane.end(), count, pane.timing());
          }

          @Override
          public void late(String key, Object event, long timestamp, long watermark) {
            System.out.printf("  late: event at %d, watermark %d%n", timestamp, watermark);
          }
        };
    long newest = Long.MIN_VALUE;
    for (long time : ARRIVALS) {
      System.out.println("event at " + time);
      counts.process("clicks", time, time, printer);
      newest = Math.max(newest, time);
      counts.advance(newest - 2_000, printer); // events are up to 2 s out of order
    }
    System.out.println("end of the stream");
    counts.advance(Long.MAX_VALUE, printer);
    counts.counters((name, value) -> System.out.printf("%-16s %d%n", name, value));
  }
}
