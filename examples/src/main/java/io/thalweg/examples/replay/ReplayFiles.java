package io.thalweg.examples.replay;

import io.thalweg.examples.runtime.DemoException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Files of a replay: the input, and its output in a mirrored folder. */
final class ReplayFiles {

  private static final String EXTENSIONS = "(?i).*\\.(csv|tsv|txt|jsonl|ndjson)";

  /**
   * Input file with its output.
   *
   * @param name the name for messages, relative to the input
   * @param input the file to read
   * @param output the file to write
   */
  record Pair(String name, Path input, Path output) {}

  /** Writes the content of a file. */
  interface Content {
    void write(Writer out) throws IOException;
  }

  private ReplayFiles() {}

  /**
   * Returns the input files in the order of their names, each with its output.
   *
   * @throws DemoException if the input does not exist or the output lies within it
   */
  static List<Pair> pairs(Path input, Path output) throws IOException {
    if (!Files.exists(input)) {
      throw new DemoException("--input must exist: " + input, null);
    }
    if (!Files.isDirectory(input)) {
      Path file =
          Files.isDirectory(output) ? output.resolve(csv(input.getFileName().toString())) : output;
      if (Files.exists(file) && Files.isSameFile(input, file)) {
        throw new DemoException("--output must be another file than the input: " + output, null);
      }
      return List.of(new Pair(input.getFileName().toString(), input, file));
    }
    if (output.toAbsolutePath().normalize().startsWith(input.toAbsolutePath().normalize())) {
      throw new DemoException("--output must be outside of the input folder: " + output, null);
    }
    if (Files.isRegularFile(output)) {
      throw new DemoException("--output must be a folder, as the input is: " + output, null);
    }
    List<Pair> pairs = new ArrayList<>();
    for (Path file : files(input)) {
      String name = input.relativize(file).toString();
      pairs.add(new Pair(name, file, output.resolve(csv(name))));
    }
    if (pairs.isEmpty()) {
      throw new DemoException("--input must have .csv, .tsv, .txt or .jsonl files: " + input, null);
    }
    return pairs;
  }

  /** Returns the files of readings below a folder, in the order of their names. */
  static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> Files.isRegularFile(file) && file.toString().matches(EXTENSIONS))
          .sorted()
          .toList();
    }
  }

  private static String csv(String name) {
    return name.replaceFirst("\\.[^./\\\\]*$", "") + ".csv";
  }

  /** Writes a file as a whole: if the writing fails, the file stays as it was. */
  static void write(Path file, Content content) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    Path part = folder.resolve(file.getFileName() + ".part");
    try {
      try (BufferedWriter out = Files.newBufferedWriter(part)) {
        content.write(out);
      }
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** Returns a phrase about a failure of a file. */
  static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "no such file: " + e.getMessage();
    }
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }
}
