package io.thalweg.examples.sensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.thalweg.anomaly.Anomaly;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.storm.kafka.bolt.mapper.TupleToKafkaMapper;
import org.apache.storm.tuple.Tuple;

/** Representations of an alert: tuple columns, JSON for Kafka, text for the log. */
final class Alerts {

  static final String DEVICE_ID = "device_id";
  static final String VALUE = "value";
  static final String EVENT_TIMESTAMP = "event_timestamp";
  static final String WINDOW_MEAN = "window_mean";
  static final String WINDOW_STD_DEV = "window_std_dev";
  static final String Z_SCORE = "z_score";
  static final String ALERT_TIMESTAMP = "alert_timestamp";
  static final String RECENT_READINGS = "recent_readings";

  private static final JsonFactory JSON = new JsonFactory();

  private Alerts() {}

  /**
   * Returns the payload columns of an alert. Device and event time are columns of the bolt. {@code
   * alert_timestamp} is the wall-clock time of the mapping.
   *
   * @return the columns, unrounded
   */
  static TupleMapping<Anomaly> mapping() {
    return TupleMapping.<Anomaly>columns()
        .with(VALUE, Anomaly::value)
        .with(WINDOW_MEAN, Anomaly::expected)
        .with(WINDOW_STD_DEV, Anomaly::scale)
        .with(Z_SCORE, Anomaly::score)
        .with(ALERT_TIMESTAMP, anomaly -> System.currentTimeMillis())
        .with(RECENT_READINGS, anomaly -> array(anomaly.recent()));
  }

  private static String array(List<Double> values) {
    return values.toString().replace(" ", ""); // finite doubles are written as JSON has them
  }

  /**
   * Formats recent readings with two decimals.
   *
   * @param array the JSON array of the column {@code recent_readings}
   * @return the values, separated by commas
   */
  static String rounded(String array) {
    return Arrays.stream(array.substring(1, array.length() - 1).split(","))
        .map(value -> String.format(Locale.ROOT, "%.2f", Double.parseDouble(value)))
        .collect(Collectors.joining(", "));
  }

  /** Mapper from an alert to a Kafka record: the key is the device, the value JSON. */
  static final class ToKafka implements TupleToKafkaMapper<byte[], byte[]> {

    private static final long serialVersionUID = 1;

    @Override
    public byte[] getKeyFromTuple(Tuple alert) {
      return alert.getStringByField(TupleFields.KEY).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] getMessageFromTuple(Tuple alert) {
      StringWriter text = new StringWriter(256);
      try (JsonGenerator json = JSON.createGenerator(text)) {
        json.writeStartObject();
        // stable across repetitions, so that readers can deduplicate
        json.writeStringField(TupleFields.ID, alert.getStringByField(TupleFields.ID));
        json.writeStringField(DEVICE_ID, alert.getStringByField(TupleFields.KEY));
        json.writeNumberField(EVENT_TIMESTAMP, alert.getLongByField(TupleFields.TIMESTAMP));
        for (String number : List.of(VALUE, WINDOW_MEAN, WINDOW_STD_DEV, Z_SCORE)) {
          json.writeNumberField(number, alert.getDoubleByField(number));
        }
        json.writeNumberField(ALERT_TIMESTAMP, alert.getLongByField(ALERT_TIMESTAMP));
        json.writeFieldName(RECENT_READINGS);
        json.writeRawValue(alert.getStringByField(RECENT_READINGS));
        json.writeEndObject();
      } catch (IOException e) {
        throw new UncheckedIOException(e); // cannot happen in memory
      }
      return text.toString().getBytes(StandardCharsets.UTF_8);
    }
  }
}
