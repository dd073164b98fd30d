package io.thalweg.examples.replay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Labelled windows of several files, in the format of the Numenta Anomaly Benchmark: a JSON object
 * from the name of a file to a list of pairs of times, {@code [["2014-04-10 16:15:00.000000",
 * "2014-04-12 01:45:00.000000"]]}. Both ends are labelled. Times are UTC.
 */
final class Labels {

  private final Map<String, List<PlotSeries.Period>> windows;

  private Labels(Map<String, List<PlotSeries.Period>> windows) {
    this.windows = windows;
  }

  /**
   * Reads the windows.
   *
   * @throws IOException if the file cannot be read or has another format
   */
  static Labels read(Path file) throws IOException {
    Map<String, List<PlotSeries.Period>> windows = new TreeMap<>();
    JsonNode root = new ObjectMapper().readTree(file.toFile());
    if (root == null || !root.isObject()) {
      throw format(file, "the file");
    }
    for (Map.Entry<String, JsonNode> each : root.properties()) {
      List<PlotSeries.Period> periods = new ArrayList<>();
      for (JsonNode pair : each.getValue()) {
        if (pair.size() != 2) {
          throw format(file, each.getKey());
        }
        try {
          periods.add(new PlotSeries.Period(time(pair.get(0)), time(pair.get(1))));
        } catch (DateTimeException e) {
          throw format(file, each.getKey());
        }
      }
      windows.put(each.getKey(), periods);
    }
    return new Labels(windows);
  }

  private static long time(JsonNode text) {
    return LocalDateTime.parse(text.asText().replace(' ', 'T'))
        .toInstant(ZoneOffset.UTC)
        .toEpochMilli();
  }

  private static IOException format(Path file, String name) {
    return new IOException(
        "labels must map names of files to lists of [\"start\", \"end\"] times such as 2014-04-10"
            + " 16:15:00: "
            + name
            + " in "
            + file);
  }

  /** Returns the windows of a file by the end of its path; null if it is not named. */
  List<PlotSeries.Period> of(Path file) {
    for (Map.Entry<String, List<PlotSeries.Period>> each : windows.entrySet()) {
      if (file.endsWith(each.getKey())) {
        return each.getValue();
      }
    }
    return null;
  }
}
