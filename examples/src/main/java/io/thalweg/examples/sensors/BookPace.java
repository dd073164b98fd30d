package io.thalweg.examples.sensors;

import io.thalweg.Processor;
import io.thalweg.anomaly.Anomaly;
import io.thalweg.anomaly.ZScore;
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

/** Answers how often the book's example alerts at its own pace, by many simulated hours. */
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
      description = "How many devices (default: ${DEFAULT-VALUE}).")
  private int devices = 5;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Decides every value (default: ${DEFAULT-VALUE}).")
  private long seed = 42;

  /**
   * What came of one simulation.
   *
   * @param readings how many readings there were
   * @param inWindow how many readings a window held on average, the newest included
   * @param planted how many readings were planted anomalies
   * @param alerts how often the detector alerted
   * @param found how many of the alerts were planted anomalies
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
      default -> ZScore.over(Reading::value).last(Detector.WINDOW).warmUp(5).build();
    };
  }

  /**
   * Runs a detector over simulated readings.
   *
   * @param detector the detector, without state
   * @param devices how many devices
   * @param each whether each device has the pace, or all of them together
   * @param time how much time to simulate
   * @param seed decides every value
   * @return what came of it
   */
  static Count simulate(
      Processor<String, Reading, Anomaly> detector,
      int devices,
      boolean each,
      Duration time,
      long seed) {
    SensorSimulator simulation = new SensorSimulator(devices, seed);
    long[] next = new long[each ? devices : 1]; // when each loop speaks
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

  /** How many readings of a device lie within ten seconds of each. */
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
