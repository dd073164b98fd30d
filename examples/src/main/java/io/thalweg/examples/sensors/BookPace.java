package io.thalweg.examples.sensors;

import io.thalweg.Processor;
import io.thalweg.anomaly.Anomaly;
import io.thalweg.anomaly.ZScore;
import io.thalweg.examples.readings.Detector;
import io.thalweg.examples.readings.Reading;
import io.thalweg.examples.readings.SensorSimulator;
import io.thalweg.examples.runtime.CommandLines;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Counts the alerts of the book's example at its own pace, over many simulated hours. */
@Command(
    name = "book-pace",
    description =
        "Simulates the book's pace, 0.5 to 2 s from reading to reading, and counts how often the"
            + " detectors alert. Needs neither Kafka nor Storm.")
public final class BookPace implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Option(
      names = "--hours",
      paramLabel = "N",
      description = "Simulated hours (default: ${DEFAULT-VALUE}).")
  private int hours = 1000;

  @Option(
      names = "--devices",
      paramLabel = "N",
      description = "Number of devices (default: ${DEFAULT-VALUE}).")
  private int devices = 5;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the simulation (default: ${DEFAULT-VALUE}).")
  private long seed = 42;

  /**
   * Counts of one simulation.
   *
   * @param readings the number of readings
   * @param inWindow the mean number of readings in a window, the newest included
   * @param planted the number of planted anomalies
   * @param alerts the number of alerts
   * @param found the number of alerts that are planted anomalies
   */
  record Count(long readings, double inWindow, long planted, long alerts, long found) {}

  @Override
  public Integer call() {
    CommandLines.check(
        command, hours >= 1 && hours <= 100_000, "--hours must be 1 to 100000: " + hours);
    CommandLines.check(
        command, devices >= 1 && devices <= 1000, "--devices must be 1 to 1000: " + devices);
    PrintWriter out = command.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%d devices, 0.5 to 2 s from reading to reading, %,d simulated hours, seed %d:%n%n",
        devices,
        hours,
        seed);
    out.println(
        "| pace | detector | in a window | readings | planted | alerts | recall | precision |");
    out.println("|---|---|---|---|---|---|---|---|");
    for (boolean each : new boolean[] {false, true}) {
      for (String detector : new String[] {"book", "default", "default, warm-up 5"}) {
        Count c = simulate(detector(detector), devices, each, Duration.ofHours(hours), seed);
        out.printf(
            Locale.ROOT,
            "| %s | %s | %.1f | %,d | %,d | %,d | %.2f %% | %s |%n",
            each ? "each device by itself" : "one loop for all devices",
            detector,
            c.inWindow,
            c.readings,
            c.planted,
            c.alerts,
            100.0 * c.found / c.planted,
            c.alerts == 0
                ? "-"
                : String.format(Locale.ROOT, "%.1f %%", 100.0 * c.found / c.alerts));
      }
    }
    out.flush();
    return 0;
  }

  private static Processor<String, Reading, Anomaly> detector(String name) {
    return switch (name) {
      case "book" -> new Detector(Detector.Preset.BOOK, ZScore.THRESHOLD).create();
      case "default" -> new Detector(Detector.Preset.DEFAULT, ZScore.THRESHOLD).create();
      default -> ZScore.over(Reading::value).last(Detector.WINDOW).minValues(5).build();
    };
  }

  /**
   * Runs a detector over simulated readings.
   *
   * @param detector the detector, without state
   * @param devices the number of devices
   * @param each true if each device has the pace by itself, false if all share it
   * @param time the simulated time
   * @param seed the seed of the simulation
   * @return the counts
   */
  static Count simulate(
      Processor<String, Reading, Anomaly> detector,
      int devices,
      boolean each,
      Duration time,
      long seed) {
    SensorSimulator simulation = new SensorSimulator(devices, seed);
    long[] next = new long[each ? devices : 1]; // time of the next reading of each loop
    Arrays.setAll(next, i -> simulation.bookPauseMillis());
    Windows windows = new Windows();
    long[] found = {0, 0, 0}; // readings, alerts, planted ones among them
    long planted = 0;
    long end = time.toMillis();
    while (true) {
      int loop = earliest(next);
      long now = next[loop];
      if (now >= end) {
        break;
      }
      Reading reading = each ? simulation.next(loop, now) : simulation.next(now);
      boolean anomaly = simulation.planted();
      planted += anomaly ? 1 : 0;
      found[0]++;
      windows.add(reading);
      detector.process(
          reading.deviceId(),
          reading,
          now,
          (device, alert) -> {
            found[1]++;
            found[2] += anomaly ? 1 : 0;
          });
      next[loop] = now + simulation.bookPauseMillis();
    }
    return new Count(found[0], windows.held / (double) found[0], planted, found[1], found[2]);
  }

  private static int earliest(long[] next) {
    int earliest = 0;
    for (int i = 1; i < next.length; i++) {
      if (next[i] < next[earliest]) {
        earliest = i;
      }
    }
    return earliest;
  }

  /** Counter of the readings within the ten seconds before each reading. */
  private static final class Windows {
    private final Map<String, Deque<Long>> times = new HashMap<>();
    private long held;

    void add(Reading reading) {
      Deque<Long> recent = times.computeIfAbsent(reading.deviceId(), k -> new ArrayDeque<>());
      recent.add(reading.timestamp());
      while (recent.peek() < reading.timestamp() - Detector.WINDOW.toMillis()) {
        recent.remove();
      }
      held += recent.size();
    }
  }
}
