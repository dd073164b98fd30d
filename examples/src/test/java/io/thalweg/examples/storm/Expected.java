package io.thalweg.examples.storm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.examples.readings.NaiveDetector;
import io.thalweg.examples.readings.Reading;
import io.thalweg.examples.storm.Rows.Alert;
import io.thalweg.examples.storm.Rows.Mean;
import io.thalweg.examples.storm.Rows.Place;
import io.thalweg.examples.storm.Rows.WindowOf;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The rows that follow from the records of topics, found with lists and loops. */
final class Expected {

  private record At(Reading reading, Place place) {}

  private final Map<String, List<At>> readings = new HashMap<>();
  private final Set<Place> bad = new HashSet<>();

  /** Takes in the records of a topic. */
  Expected with(String topicId, List<ConsumerRecord<byte[], byte[]>> records) {
    for (ConsumerRecord<byte[], byte[]> record : records) {
      Place place = new Place(topicId, record.partition(), record.offset());
      Reading reading = reading(record);
      if (reading == null) {
        bad.add(place);
      } else {
        readings
            .computeIfAbsent(reading.deviceId(), device -> new ArrayList<>())
            .add(new At(reading, place));
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

  /** How many results there are. */
  int count() {
    return means().size() + alerts().size();
  }

  int deadLetters() {
    return bad.size();
  }

  Map<WindowOf, Mean> means() {
    Map<WindowOf, List<Double>> values = new HashMap<>();
    readings.forEach(
        (device, all) -> {
          for (At at : all) {
            long size = Pipeline.WINDOW.toMillis();
            long start = Math.floorDiv(at.reading.timestamp(), size) * size;
            values
                .computeIfAbsent(new WindowOf(device, start), window -> new ArrayList<>())
                .add(at.reading.value());
          }
        });
    Map<WindowOf, Mean> means = new HashMap<>();
    values.forEach(
        (window, of) ->
            means.put(
                window,
                new Mean(
                    of.size(), of.stream().mapToDouble(Double::doubleValue).sum() / of.size())));
    return means;
  }

  Map<Place, Alert> alerts() {
    Map<Place, Alert> alerts = new HashMap<>();
    readings.forEach(
        (device, all) -> {
          // a device lies in one partition, whose records come by offset; the sort is stable
          List<At> ordered = new ArrayList<>(all);
          ordered.sort(Comparator.comparingLong(at -> at.reading.timestamp()));
          NaiveDetector.alerts(ordered.stream().map(At::reading).toList(), false)
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

  /** Insists that the rows are these, and that nothing was late. */
  void assertEqualTo(Rows rows) {
    assertThat(rows.late()).as("late").isEmpty();
    assertThat(rows.deadLetters()).as("dead letters").isEqualTo(bad);
    Map<WindowOf, Mean> means = means();
    Map<WindowOf, Mean> foundMeans = rows.means();
    assertThat(foundMeans.keySet()).as("windows").isEqualTo(means.keySet()).isNotEmpty();
    means.forEach(
        (window, mean) -> {
          assertThat(foundMeans.get(window).n()).as("n of %s", window).isEqualTo(mean.n());
          assertClose(foundMeans.get(window).mean(), mean.mean(), window);
        });
    Map<Place, Alert> alerts = alerts();
    Map<Place, Alert> foundAlerts = rows.alertsFound();
    assertThat(foundAlerts.keySet()).as("alerts").isEqualTo(alerts.keySet()).isNotEmpty();
    alerts.forEach(
        (place, alert) -> {
          Alert found = foundAlerts.get(place);
          assertThat(found.device()).isEqualTo(alert.device());
          assertThat(found.timestamp()).isEqualTo(alert.timestamp());
          assertClose(found.mean(), alert.mean(), place);
          assertClose(found.sd(), alert.sd(), place);
          assertClose(found.z(), alert.z(), place);
        });
  }

  private static void assertClose(double actual, double expected, Object of) {
    assertThat(actual).as("%s", of).isCloseTo(expected, within(1e-9 * Math.abs(expected)));
  }
}
