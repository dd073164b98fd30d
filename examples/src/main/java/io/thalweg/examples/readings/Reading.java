package io.thalweg.examples.readings;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reading of a sensor. As JSON: {@code {"device_id":"sensor-1","value":51.3,"timestamp":
 * 1735689600000}}.
 *
 * @param deviceId the sensor
 * @param value the measured value
 * @param timestamp the event time, in milliseconds since 1970
 */
public record Reading(String deviceId, double value, long timestamp) {

  /** Largest payload that is parsed; a reading takes about 70 bytes. */
  public static final int MAX_BYTES = 64 * 1024;

  /** Largest length of a device id, in characters. */
  public static final int MAX_DEVICE_ID = 256;

  /** Smallest accepted timestamp: 2000-01-01 UTC. */
  public static final long EARLIEST = 946_684_800_000L;

  /** End of the accepted timestamps, exclusive: 2100-01-01 UTC. */
  public static final long LATEST = 4_102_444_800_000L;

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /**
   * Parses a record of the topic. Its key must be the device id in UTF-8.
   *
   * @param key the record's key, may be null
   * @param payload the record's value, may be null
   * @return the reading
   * @throws IllegalArgumentException if it is not a valid reading; the message names the rule
   */
  public static Reading parse(byte[] key, byte[] payload) {
    Reading reading = parse(payload);
    if (key == null) {
      throw new IllegalArgumentException("the record key must be the device_id: null");
    }
    if (!Arrays.equals(key, reading.deviceId.getBytes(StandardCharsets.UTF_8))) {
      throw new IllegalArgumentException(
          "the record key must be the device_id "
              + reading.deviceId
              + ": "
              + shortened(new String(key, StandardCharsets.UTF_8)));
    }
    return reading;
  }

  /**
   * Creates a reading after checking its fields.
   *
   * @param deviceId the sensor
   * @param value the measured value
   * @param timestamp the event time, in milliseconds since 1970
   * @return the reading
   * @throws IllegalArgumentException if it is not a valid reading; the message names the rule
   */
  public static Reading checked(String deviceId, double value, long timestamp) {
    if (deviceId.isBlank()) {
      throw new IllegalArgumentException("device_id must not be empty");
    }
    if (deviceId.length() > MAX_DEVICE_ID) {
      throw new IllegalArgumentException(
          "device_id must have at most " + MAX_DEVICE_ID + " characters: " + deviceId.length());
    }
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("value must be finite: " + value);
    }
    if (timestamp < EARLIEST || timestamp >= LATEST) {
      throw new IllegalArgumentException(
          "timestamp must lie in the years 2000 to 2099, in milliseconds: " + timestamp);
    }
    return new Reading(deviceId, value, timestamp);
  }

  /**
   * Parses a payload. Unknown fields are skipped.
   *
   * @param payload JSON, may be null
   * @return the reading
   * @throws IllegalArgumentException if it is not a valid reading; the message names the rule
   */
  public static Reading parse(byte[] payload) {
    if (payload == null || payload.length == 0) {
      throw new IllegalArgumentException("the payload must not be empty");
    }
    if (payload.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "the payload must have at most " + MAX_BYTES + " bytes: " + payload.length);
    }
    try (JsonParser json = JSON.createParser(payload)) {
      return read(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not json: " + shortened(e.getOriginalMessage()), e);
    } catch (IOException e) { // malformed UTF-8
      throw new IllegalArgumentException("not json: " + shortened(e.getMessage()), e);
    }
  }

  private static Reading read(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw new IllegalArgumentException("the payload must be a json object");
    }
    String deviceId = null;
    Double value = null;
    Long timestamp = null;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      JsonToken token = json.nextToken();
      switch (field) {
        case "device_id" -> deviceId = deviceId(json, token);
        case "value" -> value = value(json, token);
        case "timestamp" -> timestamp = timestamp(json, token);
        default -> json.skipChildren();
      }
    }
    if (json.nextToken() != null) {
      throw new IllegalArgumentException("nothing may follow the json object");
    }
    if (deviceId == null || value == null || timestamp == null) {
      throw new IllegalArgumentException(
          (deviceId == null ? "device_id" : value == null ? "value" : "timestamp")
              + " must be given");
    }
    return checked(deviceId, value, timestamp);
  }

  private static String deviceId(JsonParser json, JsonToken token) throws IOException {
    if (token != JsonToken.VALUE_STRING) {
      throw new IllegalArgumentException("device_id must be a string: " + described(json));
    }
    return json.getText();
  }

  private static double value(JsonParser json, JsonToken token) throws IOException {
    if (!token.isNumeric()) {
      throw new IllegalArgumentException("value must be a number: " + described(json));
    }
    return json.getDoubleValue(); // infinite for 1e999
  }

  private static long timestamp(JsonParser json, JsonToken token) throws IOException {
    if (token != JsonToken.VALUE_NUMBER_INT) {
      throw new IllegalArgumentException("timestamp must be an integer: " + described(json));
    }
    if (json.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
      throw new IllegalArgumentException(
          "timestamp must lie in the years 2000 to 2099, in milliseconds: " + described(json));
    }
    return json.getLongValue();
  }

  private static String described(JsonParser json) throws IOException {
    return json.currentToken() == JsonToken.VALUE_STRING
        ? '"' + shortened(json.getText()) + '"'
        : shortened(json.getText());
  }

  private static String shortened(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }

  /**
   * Returns the reading as JSON, as {@link #parse(byte[])} reads it.
   *
   * @return UTF-8 bytes
   */
  public byte[] toJson() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(96);
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeStringField("device_id", deviceId);
      json.writeNumberField("value", value);
      json.writeNumberField("timestamp", timestamp);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // cannot happen in memory
    }
    return bytes.toByteArray();
  }
}
