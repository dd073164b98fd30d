package io.thalweg.guide;

// region readme
import static java.time.Duration.ofSeconds;

import io.thalweg.Output;
import io.thalweg.anomaly.ZScore;
import io.thalweg.runner.RunSummary;
import io.thalweg.runner.Runner;
import io.thalweg.stats.Moments;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.util.stream.IntStream;
import java.util.stream.Stream;

public final class PumpMonitor {

  record Reading(String device, double value, long time) {}

  public static void main(String[] args) {
    Stream<Reading> readings = // four a second, every second one before its predecessor
        IntStream.range(0, 40)
            .mapToObj(i -> new Reading("pump-1", i == 30 ? 90 : 50 + i % 5, 250L * (i ^ 1)));

    RunSummary summary =
        Runner.of(Reading::device, Reading::time, ofSeconds(2)) // up to 2 s of disorder
            // Alerts on readings that are far from the readings of the ten seconds before them.
            .add(
                ZScore.trailing(ofSeconds(10), Reading::value),
                (device, a) ->
                    System.out.println(device + ": alert on " + a.value() + ", z = " + a.score()))
            // Computes the mean of every five seconds.
            .add(
                WindowedAggregator.of(Moments.over(Reading::value), Windows.tumbling(ofSeconds(5)))
                    .build(),
                Output.ofWindows(
                    (device, window, m) ->
                        System.out.println(
                            device + ": mean " + m.mean() + " until " + window.end() + " ms")))
            .run(readings);
    System.out.println(summary);
  }
}
// endregion
