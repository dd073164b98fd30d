package io.thalweg.file;

import static java.util.Objects.requireNonNull;

import io.thalweg.runner.Source;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Text file of readings, a number at a time, as monitoring systems and spreadsheets export it.
 *
 * <pre>{@code
 * RunSummary summary =
 *     Runner.of(Reading::key, Reading::timestamp, ofSeconds(5))
 *         .add(processor, output)
 *         .run(ReadingFile.of(Path.of("cpu.csv")).value("percent"));
 * }</pre>
 *
 * <p>CSV (RFC 4180, UTF-8) has a header. The separator is the one of comma, semicolon, tab and bar
 * that finds the columns in it; a first line such as {@code sep=;} is skipped. JSON lines have one
 * object on each line; they need Jackson, CSV does not. Names of columns match without case.
 *
 * <p>Times are dates with an optional time of day, fraction and zone, such as {@code 2015-02-26
 * 21:42:53}, or the time since the epoch; its unit is the one of seconds, milliseconds,
 * microseconds and nanoseconds that gives a date before the year 5138. Times without a zone are
 * read as UTC. The event time has milliseconds, rounded down. Each such assumption is reported to
 * {@link #onNotice}.
 *
 * <p>A value that is empty or {@code NaN}, {@code NA}, {@code null} or {@code none} is missing, and
 * is read as NaN. A decimal comma is read only on {@linkplain #decimalComma demand}: without it,
 * one before any decimal point ends the reading with an error, since it could be a separator of
 * thousands.
 *
 * <p>The file is read as a stream. A record that cannot be read is rejected as a {@link Reading}
 * with a fault, and the reading goes on. Empty lines are skipped. Immutable.
 */
public final class ReadingFile implements Source<Reading> {

  /** Opens the text. */
  private interface Opening {
    InputStream open() throws IOException;
  }

  /** Reads the readings of a format, with those that have a fault. */
  interface Format {
    void read(Lines lines, Columns columns, ReadingParser parser, Consumer<Reading> readings)
        throws IOException;
  }

  /**
   * Names of columns.
   *
   * @param key null without keys
   * @param label null without labels
   */
  record Columns(String time, String value, String key, String label) {}

  private final Opening opening;
  private final boolean isJson;
  private final Columns columns;
  private final boolean decimalComma;
  private final Consumer<String> notices;

  private ReadingFile(
      Opening opening,
      boolean isJson,
      Columns columns,
      boolean decimalComma,
      Consumer<String> notices) {
    this.opening = opening;
    this.isJson = isJson;
    this.columns = columns;
    this.decimalComma = decimalComma;
    this.notices = notices;
  }

  /**
   * Returns a file, with the columns {@code timestamp} and {@code value}. It has JSON lines if its
   * name ends in {@code .jsonl}, {@code .ndjson} or {@code .json}, else CSV.
   *
   * @param path the file, which is opened when it is read
   * @return the file
   */
  public static ReadingFile of(Path path) {
    return isJson(path) ? jsonLines(path) : csv(path);
  }

  private static boolean isJson(Path path) {
    String name = path.toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".jsonl") || name.endsWith(".ndjson") || name.endsWith(".json");
  }

  /**
   * Returns a CSV file, with the columns {@code timestamp} and {@code value}.
   *
   * @param path the file, which is opened when it is read
   * @return the file
   */
  public static ReadingFile csv(Path path) {
    requireNonNull(path, "path");
    return new ReadingFile(() -> Files.newInputStream(path), false, standard(), false, n -> {});
  }

  /**
   * Returns a file of JSON lines, with the properties {@code timestamp} and {@code value}.
   *
   * @param path the file, which is opened when it is read
   * @return the file
   */
  public static ReadingFile jsonLines(Path path) {
    requireNonNull(path, "path");
    return new ReadingFile(() -> Files.newInputStream(path), true, standard(), false, n -> {});
  }

  private static Columns standard() {
    return new Columns("timestamp", "value", null, null);
  }

  /**
   * Sets the column of the times.
   *
   * @param name the name; by default {@code timestamp}
   * @return a file with this column
   */
  public ReadingFile time(String name) {
    requireNonNull(name, "name");
    return with(new Columns(name, columns.value, columns.key, columns.label));
  }

  /**
   * Sets the column of the values.
   *
   * @param name the name; by default {@code value}
   * @return a file with this column
   */
  public ReadingFile value(String name) {
    requireNonNull(name, "name");
    return with(new Columns(columns.time, name, columns.key, columns.label));
  }

  /**
   * Sets the column of the keys.
   *
   * @param name the name; by default there is none, and all readings have an empty key
   * @return a file with this column
   */
  public ReadingFile key(String name) {
    requireNonNull(name, "name");
    return with(new Columns(columns.time, columns.value, name, columns.label));
  }

  /**
   * Sets the column of the labels.
   *
   * @param name the name; by default there is none, and all readings have an empty label
   * @return a file with this column
   */
  public ReadingFile label(String name) {
    requireNonNull(name, "name");
    return with(new Columns(columns.time, columns.value, columns.key, name));
  }

  private ReadingFile with(Columns columns) {
    return new ReadingFile(opening, isJson, columns, decimalComma, notices);
  }

  /**
   * Reads a comma in a value as the decimal sign.
   *
   * @return a file with decimal commas
   */
  public ReadingFile decimalComma() {
    return new ReadingFile(opening, isJson, columns, true, notices);
  }

  /**
   * Sets a receiver of the assumptions about the file, such as the unit of its times. Each is
   * reported once, when it is first made.
   *
   * @param notices receives each assumption, a phrase in English
   * @return a file with this receiver
   */
  public ReadingFile onNotice(Consumer<String> notices) {
    requireNonNull(notices, "notices");
    return new ReadingFile(opening, isJson, columns, decimalComma, notices);
  }

  /**
   * Reads all records, in their order.
   *
   * @param readings receives each reading
   * @param rejected receives each record that cannot be read, as a {@link Reading} with a fault,
   *     and the reason with the number of its line
   * @throws IOException if the file cannot be read, lacks a column, or has decimal commas without
   *     {@link #decimalComma}
   */
  @Override
  public void read(Consumer<? super Reading> readings, BiConsumer<Object, String> rejected)
      throws IOException {
    requireNonNull(readings, "readings");
    requireNonNull(rejected, "rejected");
    Format format = isJson ? new JsonReadings() : new CsvReadings(notices);
    try (InputStream in = opening.open()) {
      format.read(
          new Lines(in),
          columns,
          new ReadingParser(decimalComma, notices),
          reading -> {
            if (reading.isReadable()) {
              readings.accept(reading);
            } else {
              rejected.accept(reading, "line " + reading.line() + ": " + reading.fault());
            }
          });
    }
  }
}
