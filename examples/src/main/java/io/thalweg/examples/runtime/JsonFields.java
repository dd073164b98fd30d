package io.thalweg.examples.runtime;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Fields of a JSON object without nested ones, for the events of a topic. Every accessor names the
 * rule and the value when it refuses a field, so that a record that cannot be read becomes a dead
 * letter with a reason. Unknown fields are ignored.
 */
public final class JsonFields {

  private static final int MAX_BYTES = 64 * 1024;
  private static final int MAX_TEXT = 256;
  private static final long EARLIEST = 946_684_800_000L; // 2000-01-01
  private static final long LATEST = 4_102_444_800_000L; // 2100-01-01

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final Map<String, Object> values = new HashMap<>();

  private JsonFields() {}

  /**
   * Parses an object.
   *
   * @param payload JSON, may be null
   * @return its fields
   * @throws IllegalArgumentException if it is not an object without nested ones
   */
  public static JsonFields parse(byte[] payload) {
    if (payload == null || payload.length == 0 || payload.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "the payload must have 1 to "
              + MAX_BYTES
              + " bytes: "
              + (payload == null ? 0 : payload.length));
    }
    JsonFields fields = new JsonFields();
    try (JsonParser json = JSON.createParser(payload)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException("the payload must be a json object");
      }
      while (json.nextToken() != JsonToken.END_OBJECT) {
        fields.read(json.currentName(), json);
      }
      if (json.nextToken() != null) {
        throw new IllegalArgumentException("nothing may follow the json object");
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("not json: " + shortened(e.getMessage()), e);
    }
    return fields;
  }

  private void read(String field, JsonParser json) throws IOException {
    switch (json.nextToken()) {
      case VALUE_STRING -> values.put(field, json.getText());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> values.put(field, json.getText());
      case START_OBJECT, START_ARRAY -> json.skipChildren();
      default -> {
        // true, false and null are no values of these events
      }
    }
  }

  private static String shortened(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }

  private String value(String field) {
    if (values.get(field) instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException(field + " must be given");
  }

  /**
   * Returns a text.
   *
   * @param field the name of the field
   * @return a text of at most 256 characters, not blank
   * @throws IllegalArgumentException if the field is no such text
   */
  public String text(String field) {
    String text = value(field);
    if (text.isBlank() || text.length() > MAX_TEXT) {
      throw new IllegalArgumentException(
          field + " must have 1 to " + MAX_TEXT + " characters: " + shortened(text));
    }
    return text;
  }

  /**
   * Returns a number.
   *
   * @param field the name of the field
   * @param least the smallest number accepted
   * @return a finite number
   * @throws IllegalArgumentException if the field is no such number
   */
  public double number(String field, double least) {
    String text = value(field);
    try {
      double number = Double.parseDouble(text);
      if (number >= least && number <= Double.MAX_VALUE) {
        return number;
      }
    } catch (NumberFormatException e) {
      // refused below
    }
    throw new IllegalArgumentException(
        field + " must be a number from " + least + ": " + shortened(text));
  }

  /**
   * Returns an event time.
   *
   * @param field the name of the field
   * @return milliseconds since 1970
   * @throws IllegalArgumentException if the field is not in the years 2000 to 2099
   */
  public long timestamp(String field) {
    String text = value(field);
    try {
      long timestamp = Long.parseLong(text);
      if (timestamp >= EARLIEST && timestamp < LATEST) {
        return timestamp;
      }
    } catch (NumberFormatException e) {
      // refused below
    }
    throw new IllegalArgumentException(
        field + " must lie in the years 2000 to 2099, in milliseconds: " + shortened(text));
  }

  /**
   * Returns an object as JSON.
   *
   * @param namesAndValues names, each followed by its value: a text, a {@code Long} or a {@code
   *     Double}
   * @return UTF-8 bytes, as {@link #parse} reads them
   */
  public static byte[] write(Object... namesAndValues) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      for (int i = 0; i < namesAndValues.length; i += 2) {
        json.writeFieldName((String) namesAndValues[i]);
        if (namesAndValues[i + 1] instanceof Long number) {
          json.writeNumber(number);
        } else if (namesAndValues[i + 1] instanceof Double number) {
          json.writeNumber(number);
        } else {
          json.writeString((String) namesAndValues[i + 1]);
        }
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // cannot happen in memory
    }
    return bytes.toByteArray();
  }
}
