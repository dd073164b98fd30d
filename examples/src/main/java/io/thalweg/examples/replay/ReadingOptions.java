package io.thalweg.examples.replay;

import io.thalweg.file.ReadingFile;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Command-line options of the format of the input. */
final class ReadingOptions {

  /** Format of a file. */
  enum Format {
    /** Comma-separated values. */
    CSV,
    /** One JSON object on each line. */
    JSONL
  }

  @Option(
      names = "--time",
      paramLabel = "COLUMN",
      description = "Column of the times (default: ${DEFAULT-VALUE}).")
  private String time = "timestamp";

  @Option(
      names = "--value",
      paramLabel = "COLUMN",
      description = "Column of the values (default: ${DEFAULT-VALUE}).")
  private String value = "value";

  @Option(
      names = "--key",
      paramLabel = "COLUMN",
      description = "Column of the keys: each key is a series (default: one series).")
  private String key;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "Format of the input, csv or jsonl (default: JSON lines for .jsonl, .ndjson and .json,"
              + " else CSV).")
  private Format format;

  @Option(names = "--decimal-comma", description = "Reads a comma in a value as the decimal sign.")
  private boolean decimalComma;

  /** Returns a file with these options. */
  ReadingFile file(Path path) {
    ReadingFile file =
        (format == null
                ? ReadingFile.of(path)
                : format == Format.CSV ? ReadingFile.csv(path) : ReadingFile.jsonLines(path))
            .time(time)
            .value(value);
    file = key == null ? file : file.key(key);
    return decimalComma ? file.decimalComma() : file;
  }

  boolean hasKeys() {
    return key != null;
  }
}
