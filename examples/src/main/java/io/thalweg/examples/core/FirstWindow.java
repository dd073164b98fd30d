package io.thalweg.examples.core;

import static java.time.Duration.ofSeconds;

import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.stats.Moments;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.util.List;
import java.util.Locale;

/** Mean temperature of each room in windows of ten seconds. */
public final class FirstWindow {

  record Reading(String room, long time, double temperature) {}

  private static final List<Reading> READINGS =
      List.of(
          new Reading("kitchen", 1_000, 20.0),
          new Reading("hall", 2_500, 18.0),
          new Reading("kitchen", 4_000, 21.0),
          new Reading("hall", 11_000, 17.5),
          new Reading("kitchen", 13_000, 24.0),
          new Reading("kitchen", 21_000, 25.0));

  private FirstWindow() {}

  /** Prints one line for each room and window. */
  public static void main(String[] args) {
    WindowedAggregator<String, Reading, Moments> means =
        WindowedAggregator.of(Moments.over(Reading::temperature), Windows.tumbling(ofSeconds(10)))
            .build();
    Output<String, Moments> printer =
        new Output<>() {
          @Override
          public void emit(String room, Moments result) {
            throw new IllegalStateException("a tumbling window emits updates only: " + room);
          }

          @Override
          public void update(String room, Pane pane, Moments result, Moments previous) {
            System.out.printf(
                Locale.ROOT,
                "[%d, %d) ms  %-7s mean %.2f of %d readings%n",
                pane.start(),
                pane.end(),
                room,
                result.mean(),
                result.count());
          }
        };
    for (Reading reading : READINGS) {
      means.process(reading.room(), reading, reading.time(), printer);
      means.advance(reading.time(), printer); // these readings are in order
    }
    means.advance(Long.MAX_VALUE, printer); // the end of the stream closes the last windows
  }
}
