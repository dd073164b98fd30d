package io.thalweg.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.function.Consumer;

/** Readings of a file of JSON lines. Numbers keep the text of the file. */
final class JsonReadings implements ReadingFile.Format {

  private static final JsonFactory FACTORY =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /** Texts of the properties of one object; null if it lacks one. */
  private static final class Texts {
    private String time;
    private String value;
    private String key;
    private String label;
  }

  @Override
  public void read(
      Lines lines, ReadingFile.Columns columns, ReadingParser parser, Consumer<Reading> readings)
      throws IOException {
    for (Lines.Line line = lines.next(); line != null; line = lines.next()) {
      if (line.fault() != null) {
        readings.accept(ReadingParser.unreadable(line.number(), line.fault()));
      } else if (!line.text().isBlank()) {
        readings.accept(read(line, columns, parser));
      }
    }
  }

  private static Reading read(Lines.Line line, ReadingFile.Columns columns, ReadingParser parser)
      throws IOException {
    Texts texts;
    try {
      texts = texts(line.text(), columns);
    } catch (IllegalArgumentException e) {
      return ReadingParser.unreadable(line.number(), e.getMessage());
    }
    if (texts.time == null || texts.value == null) {
      String missing = texts.time == null ? columns.time() : columns.value();
      return ReadingParser.unreadable(
          line.number(), "an object must have the property " + missing + ": " + line.text());
    }
    return parser.parse(
        line.number(),
        texts.time,
        texts.value,
        texts.key == null ? "" : texts.key,
        texts.label == null ? "" : texts.label);
  }

  private static Texts texts(String text, ReadingFile.Columns columns) throws IOException {
    Texts texts = new Texts();
    try (JsonParser json = FACTORY.createParser(text)) {
      require(json.nextToken() == JsonToken.START_OBJECT, text);
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        boolean isScalar = json.nextToken().isScalarValue();
        if (!isScalar) {
          json.skipChildren();
        } else if (name.equalsIgnoreCase(columns.time())) {
          texts.time = json.getText();
        } else if (name.equalsIgnoreCase(columns.value())) {
          texts.value = json.getText();
        } else if (name.equalsIgnoreCase(columns.key())) {
          texts.key = json.getText();
        } else if (name.equalsIgnoreCase(columns.label())) {
          texts.label = json.getText();
        }
      }
      require(json.nextToken() == null, text);
      return texts;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e.getOriginalMessage(), e);
    }
  }

  private static void require(boolean condition, String text) {
    if (!condition) {
      throw new IllegalArgumentException("a line must be one object: " + text);
    }
  }
}
