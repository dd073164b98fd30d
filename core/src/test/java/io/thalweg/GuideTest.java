package io.thalweg;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.anomaly.Anomaly;
import io.thalweg.anomaly.ZScore;
import io.thalweg.stats.Moments;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The code that the README shows. */
class GuideTest {

  private record Reading(String device, double value, long time) {}

  @Test
  void readme_twelveLines_run() {
    List<String> lines = new ArrayList<>();
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      readings.add(new Reading("pump-1", i == 30 ? 90 : 50 + i % 5, 250L * i));
    }
    // region readme
    Processor<String, Reading, Anomaly> detector = ZScore.trailing(ofSeconds(10), Reading::value);
    Processor<String, Reading, Moments> perFiveSeconds =
        WindowedAggregator.of(Moments.over(Reading::value), Windows.tumbling(ofSeconds(5))).build();
    Output<String, Anomaly> alerts = (device, a) -> lines.add(device + " is odd: z = " + a.z());
    Output<String, Moments> means = (device, m) -> lines.add(device + ": mean " + m.mean());

    for (Reading r : readings) {
      detector.process(r.device(), r, r.time(), alerts);
      perFiveSeconds.process(r.device(), r, r.time(), means);
      perFiveSeconds.advance(r.time() - 2_000, means); // emits the windows that are complete
    }
    // endregion
    assertThat(lines)
        .contains("pump-1: mean 52.0")
        .anyMatch(line -> line.startsWith("pump-1 is odd: z = 26."));
  }
}
