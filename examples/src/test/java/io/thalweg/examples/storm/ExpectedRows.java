package io.thalweg.examples.storm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.examples.readings.NaiveDetector;
import io.thalweg.examples.readings.Reading;
import io.thalweg.examples.storm.ResultTables.Alert;
import io.thalweg.examples.storm.ResultTables.DeviceWindow;
import io.thalweg.examples.storm.ResultTables.Mean;
import io.thalweg.examples.storm.ResultTables.RecordPosition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Reference implementation of the pipeline: the rows that the records of topics must produce. */
final class ExpectedRows {

  private record LocatedReading(Reading reading, RecordPosition place) {}

  private final Map<String, List<LocatedReading>> readings = new HashMap<>();
  private final Set<RecordPosition> deadLetters = new HashSet<>();

  /** Adds the records of a topic. */
  ExpectedRows add(String topicId, List<ConsumerRecord<byte[], byte[]>> records) {
    for (ConsumerRecord<byte[], byte[]> record : records) {
      RecordPosition position = new RecordPosition(topicId, record.partition(), record.offset());
      Reading reading = reading(record);
      if (reading == null) {
        deadLetters.add(position);
      } else {
        readings
            .computeIfAbsent(reading.deviceId(), device -> new ArrayList<>())
            .add(new LocatedReading(reading, position));
      }
    }
    return this;
  }

  private static Reading reading(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null) {
      return null;
    }
    try {
      Reading reading = Reading.parse(record.value());
      long latest = record.timestamp() + Pipeline.MAX_FUTURE.toMillis();
      return reading.timestamp() > latest ? null : reading;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Returns the number of results. */
  int count() {
    return means().size() + alerts().size();
  }

  int deadLetters() {
    return deadLetters.size();
  }

  Map<DeviceWindow, Mean> means() {
    Map<DeviceWindow, List<Double>> values = new HashMap<>();
    readings.forEach(
        (device, all) -> {
          for (LocatedReading located : all) {
            long size = Pipeline.WINDOW.toMillis();
            long start = Math.floorDiv(located.reading.timestamp(), size) * size;
            values
                .computeIfAbsent(new DeviceWindow(device, start), window -> new ArrayList<>())
                .add(located.reading.value());
          }
        });
    Map<DeviceWindow, Mean> means = new HashMap<>();
    values.forEach(
        (window, of) ->
            means.put(
                window,
                new Mean(
                    of.size(), of.stream().mapToDouble(Double::doubleValue).sum() / of.size())));
    return means;
  }

  Map<RecordPosition, Alert> alerts() {
    Map<RecordPosition, Alert> alerts = new HashMap<>();
    readings.forEach(
        (device, all) -> {
          // the records of a device are in one partition, ordered by offset; the sort is stable
          List<LocatedReading> ordered = new ArrayList<>(all);
          ordered.sort(Comparator.comparingLong(located -> located.reading.timestamp()));
          NaiveDetector.alerts(ordered.stream().map(LocatedReading::reading).toList(), false)
              .forEach(
                  found ->
                      alerts.put(
                          ordered.get(found.index()).place,
                          new Alert(
                              device,
                              found.reading().timestamp(),
                              found.mean(),
                              found.sd(),
                              found.z())));
        });
    return alerts;
  }

  /** Asserts that the tables contain exactly these rows, and that no event was late. */
  void assertEqualTo(ResultTables tables) {
    assertThat(tables.lateEvents()).as("late").isEmpty();
    assertThat(tables.deadLetters()).as("dead letters").isEqualTo(deadLetters);
    Map<DeviceWindow, Mean> means = means();
    Map<DeviceWindow, Mean> foundMeans = tables.means();
    assertThat(foundMeans.keySet()).as("windows").isEqualTo(means.keySet()).isNotEmpty();
    means.forEach(
        (window, mean) -> {
          assertThat(foundMeans.get(window).n()).as("n of %s", window).isEqualTo(mean.n());
          assertClose(foundMeans.get(window).mean(), mean.mean(), window);
        });
    Map<RecordPosition, Alert> alerts = alerts();
    Map<RecordPosition, Alert> foundAlerts = tables.alerts();
    assertThat(foundAlerts.keySet()).as("alerts").isEqualTo(alerts.keySet()).isNotEmpty();
    alerts.forEach(
        (position, alert) -> {
          Alert found = foundAlerts.get(position);
          assertThat(found.device()).isEqualTo(alert.device());
          assertThat(found.timestamp()).isEqualTo(alert.timestamp());
          assertClose(found.mean(), alert.mean(), position);
          assertClose(found.sd(), alert.sd(), position);
          assertClose(found.z(), alert.z(), position);
        });
  }

  private static void assertClose(double actual, double expected, Object of) {
    assertThat(actual).as("%s", of).isCloseTo(expected, within(1e-9 * Math.abs(expected)));
  }
}
