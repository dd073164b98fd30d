package io.thalweg.guide;

// region readme
import static java.time.Duration.ofSeconds;

import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.anomaly.Anomaly;
import io.thalweg.anomaly.ZScore;
import io.thalweg.stats.Moments;
import io.thalweg.window.WatermarkEstimator;
import io.thalweg.window.Watermarks;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;

public final class PumpMonitor {

  record Reading(String device, double value, long time) {}

  public static void main(String[] args) {
    // Alerts on readings that are far from the readings of the ten seconds before them.
    Processor<String, Reading, Anomaly> detector = ZScore.trailing(ofSeconds(10), Reading::value);
    Output<String, Anomaly> alerts =
        (device, a) ->
            System.out.println(device + ": alert on " + a.value() + ", z = " + a.score());

    // Computes the mean of every five seconds.
    Processor<String, Reading, Moments> windows =
        WindowedAggregator.of(Moments.over(Reading::value), Windows.tumbling(ofSeconds(5))).build();
    Output<String, Moments> means =
        (device, m) -> System.out.println(device + ": mean " + m.mean() + " of " + m.count());

    WatermarkEstimator watermarks = Watermarks.lagging(ofSeconds(2)); // up to 2 s of disorder
    for (int i = 0; i < 40; i++) {
      Reading r = new Reading("pump-1", i == 30 ? 90 : 50 + i % 5, 250L * i);
      detector.process(r.device(), r, r.time(), alerts);
      windows.process(r.device(), r, r.time(), means);
      long watermark = watermarks.observe(r.time());
      detector.advance(watermark, alerts); // removes state that is no longer needed
      windows.advance(watermark, means); // emits the windows that are complete
    }
    detector.advance(Long.MAX_VALUE, alerts); // the end of the stream
    windows.advance(Long.MAX_VALUE, means);
  }
}
// endregion
