package io.thalweg.testing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DynamicTest;

/**
 * The conformance cases: files of one JSON object a line, from the directory that the system
 * property {@code conformance.dir} names, or from the copies beside these tests.
 */
public final class ConformanceFiles {

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

  private ConformanceFiles() {}

  /**
   * One test for each line of a file; none if the directory has no such file.
   *
   * @param file the name of the file
   * @param check runs one case
   * @return the tests, named by line, id and title of the case
   */
  public static List<DynamicTest> tests(String file, Consumer<JsonNode> check) {
    Path path = directory().resolve(file);
    if (!Files.exists(path)) {
      return List.of();
    }
    List<String> lines;
    try {
      lines = Files.readAllLines(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<DynamicTest> tests = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (!line.isBlank()) {
        tests.add(
            DynamicTest.dynamicTest(
                file + ":" + (i + 1) + name(line), () -> check.accept(JSON.readTree(line))));
      }
    }
    return tests;
  }

  private static String name(String line) {
    try {
      JsonNode node = JSON.readTree(line);
      return " " + node.path("id").asText() + " " + node.path("about").asText();
    } catch (JsonProcessingException e) {
      return ""; // the test itself reports the error in the line
    }
  }

  private static Path directory() {
    String given = System.getProperty("conformance.dir", "");
    Path directory;
    try {
      directory =
          given.isEmpty()
              ? Path.of(ConformanceFiles.class.getResource("/conformance").toURI())
              : Path.of(given);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
    if (!Files.isDirectory(directory)) {
      throw new IllegalStateException("conformance.dir must be a directory: " + directory);
    }
    return directory;
  }

  /**
   * An integer of the full range of {@code long}, never through a double.
   *
   * @param node a number
   * @return its value
   */
  public static long integer(JsonNode node) {
    if (!node.isIntegralNumber() || !node.canConvertToLong()) {
      throw new IllegalArgumentException("an integer of 64 bits was expected: " + node);
    }
    return node.longValue();
  }
}
