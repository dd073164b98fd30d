package io.thalweg.file;

import static java.util.Objects.requireNonNull;

import io.thalweg.runner.Source;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Text file of events, in UTF-8 with or without a byte order mark. It is read as a stream: memory
 * does not depend on its size.
 *
 * <pre>{@code
 * RunSummary summary =
 *     Runner.of(Reading::device, Reading::time, ofSeconds(2))
 *         .add(ZScore.trailing(ofSeconds(10), Reading::value), alerts)
 *         .run(RecordFile.of(Path.of("readings.csv")).csv(Reading.class));
 * }</pre>
 *
 * <p>A line that cannot be read is rejected with its number and text, and the reading goes on.
 * Empty lines are skipped. A line has at most 1 MiB.
 *
 * <p>CSV (RFC 4180) has a header with the names of the columns. A column of a record type that the
 * file lacks is null, and the line is rejected if it is a number of primitive type; other columns
 * are ignored. A quoted value can contain line ends, up to 100 lines. If a record of several lines
 * cannot be read, such as after a quote that is not closed, only its first line is rejected, and
 * the others are read anew.
 *
 * <p>JSON lines have one object on each line, and the same rules. CSV and JSON lines need Jackson:
 * {@code jackson-databind}, and {@code jackson-dataformat-csv} for CSV. On the module path, the
 * package of the record type must be open to {@code com.fasterxml.jackson.databind}.
 */
public final class RecordFile {

  /**
   * Parser of a line.
   *
   * @param <E> the events
   */
  @FunctionalInterface
  public interface Parser<E> {
    /**
     * Parses a line.
     *
     * @param line the text without the line end, not empty
     * @return the event, not null
     * @throws Exception if the line is no event; it is then rejected with the message
     */
    E parse(String line) throws Exception;
  }

  /** Opens the text. */
  private interface Opening {
    InputStream open() throws IOException;
  }

  /** Reads the events of a format from lines. */
  interface Format<E> {
    void read(Lines lines, Consumer<? super E> events, Rejections rejected) throws IOException;
  }

  /** Receiver of lines that are no event. */
  interface Rejections {
    void reject(Lines.Line line, String reason);
  }

  private final Opening opening;
  private final char delimiter;

  private RecordFile(Opening opening, char delimiter) {
    this.opening = opening;
    this.delimiter = delimiter;
  }

  /**
   * Returns a file, which is opened when a source of it is read.
   *
   * @param path the file
   * @return the file
   */
  public static RecordFile of(Path path) {
    requireNonNull(path, "path");
    return new RecordFile(() -> Files.newInputStream(path), ',');
  }

  /**
   * Returns the text of a stream, such as the standard input. It can be read once, and is then
   * closed.
   *
   * @param in the text
   * @return the text as a file
   */
  public static RecordFile of(InputStream in) {
    requireNonNull(in, "in");
    return new RecordFile(() -> in, ',');
  }

  /**
   * Sets the character between the values of a CSV file, such as a semicolon.
   *
   * @param delimiter the character; by default a comma
   * @return a file with this delimiter
   */
  public RecordFile delimiter(char delimiter) {
    return new RecordFile(opening, delimiter);
  }

  /**
   * Returns a source of lines.
   *
   * @param parser parses each line
   * @param <E> the events
   * @return the source
   */
  public <E> Source<E> lines(Parser<? extends E> parser) {
    requireNonNull(parser, "parser");
    return source(
        (lines, events, rejected) -> {
          for (Lines.Line line = lines.next(); line != null; line = lines.next()) {
            if (line.fault() != null) {
              rejected.reject(line, line.fault());
            } else if (!line.text().isBlank()) {
              E event;
              try {
                event = requireNonNull(parser.parse(line.text()), "a parser must return an event");
              } catch (Exception e) {
                rejected.reject(line, e.getMessage() == null ? e.toString() : e.getMessage());
                continue;
              }
              events.accept(event);
            }
          }
        });
  }

  /**
   * Returns a source of the records of a CSV file.
   *
   * @param type a record or another type that Jackson can read, with the columns as properties
   * @param <E> the events
   * @return the source
   * @throws IllegalStateException if Jackson is missing
   */
  public <E> Source<E> csv(Class<E> type) {
    requireNonNull(type, "type");
    return source(csvFormat(type));
  }

  /**
   * Returns a source of the records of a CSV file, as maps from column to text.
   *
   * @return the source
   * @throws IllegalStateException if Jackson is missing
   */
  @SuppressWarnings("unchecked") // Jackson reads text
  public Source<Map<String, String>> csv() {
    return source(csvFormat((Class<Map<String, String>>) (Class<?>) Map.class));
  }

  private <E> Format<E> csvFormat(Class<E> type) {
    return needing(
        "com.fasterxml.jackson.dataformat:jackson-dataformat-csv",
        () -> new CsvFormat<>(type, delimiter));
  }

  /**
   * Returns a source of the objects of a file of JSON lines.
   *
   * @param type a record or another type that Jackson can read
   * @param <E> the events
   * @return the source
   * @throws IllegalStateException if Jackson is missing
   */
  public <E> Source<E> jsonLines(Class<E> type) {
    requireNonNull(type, "type");
    return lines(
        needing("com.fasterxml.jackson.core:jackson-databind", () -> new JsonParser<>(type)));
  }

  /**
   * Returns a source of the objects of a file of JSON lines, as maps from name to value.
   *
   * @return the source
   * @throws IllegalStateException if Jackson is missing
   */
  @SuppressWarnings("unchecked") // the names of an object are text
  public Source<Map<String, Object>> jsonLines() {
    return jsonLines((Class<Map<String, Object>>) (Class<?>) Map.class);
  }

  private static <T> T needing(String dependency, Supplier<T> create) {
    try {
      return create.get();
    } catch (NoClassDefFoundError e) {
      throw new IllegalStateException(
          "the format needs the library "
              + dependency
              + ", which is optional; add it to the class path or the module path: "
              + e.getMessage(),
          e);
    }
  }

  private <E> Source<E> source(Format<E> format) {
    return (events, rejected) -> {
      try (InputStream in = opening.open()) {
        format.read(new Lines(in), events, rejections(rejected));
      }
    };
  }

  private static Rejections rejections(BiConsumer<Object, String> rejected) {
    return (line, reason) -> rejected.accept(line.text(), "line " + line.number() + ": " + reason);
  }
}
