package io.thalweg.examples.leaderboard;

import io.thalweg.examples.readings.NaiveDetector;
import io.thalweg.examples.readings.Reading;
import io.thalweg.rank.Standing;
import io.thalweg.rank.Standings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reference implementation of the standings with lists and loops. */
final class NaiveStandings {

  private static final long SIZE = 300_000;

  private NaiveStandings() {}

  /**
   * Returns the final standings of every window with an anomaly, by the start of the window.
   *
   * @param readings the readings in the order of their partitions
   */
  static Map<Long, Standings<String, Long>> of(List<Reading> readings) {
    Map<String, List<Reading>> byDevice = new TreeMap<>();
    for (Reading reading : readings) {
      byDevice.computeIfAbsent(reading.deviceId(), k -> new ArrayList<>()).add(reading);
    }
    Map<Long, Map<String, Long>> counts = new TreeMap<>();
    byDevice.forEach(
        (device, ofDevice) -> {
          ofDevice.sort(Comparator.comparingLong(Reading::timestamp)); // stable
          for (NaiveDetector.ExpectedAlert anomaly : NaiveDetector.alerts(ofDevice, false)) {
            long start = Math.floorDiv(anomaly.reading().timestamp(), SIZE) * SIZE;
            counts.computeIfAbsent(start, k -> new TreeMap<>()).merge(device, 1L, Long::sum);
          }
        });
    Map<Long, Standings<String, Long>> standings = new TreeMap<>();
    counts.forEach((start, ofWindow) -> standings.put(start, ranked(ofWindow)));
    return standings;
  }

  private static Standings<String, Long> ranked(Map<String, Long> counts) {
    List<Map.Entry<String, Long>> all = new ArrayList<>(counts.entrySet());
    all.sort(Map.Entry.<String, Long>comparingByValue().reversed()); // stable: then by name
    List<Standing<String, Long>> top = new ArrayList<>();
    for (Map.Entry<String, Long> each : all.subList(0, Math.min(3, all.size()))) {
      int better = (int) all.stream().filter(other -> other.getValue() > each.getValue()).count();
      top.add(new Standing<>(better + 1, each.getKey(), each.getValue()));
    }
    return new Standings<>(top, all.size());
  }
}
