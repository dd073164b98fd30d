package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The code in README and docs is the code of tested sources. A fenced block after {@code <!--
 * source: FILE#REGION -->} must equal what stands in that file between {@code // region REGION} and
 * {@code // endregion}, without the common indentation. A block of Java without that line fails.
 */
class DocumentationTest {

  private static final Path ROOT = Path.of("..");
  private static final Pattern BLOCK =
      Pattern.compile(
          "(?:<!-- source: (?<file>[^#>]+)#(?<region>[\\w-]+) -->\\s*)?```java\\n(?<code>.*?)```",
          Pattern.DOTALL);

  @TestFactory
  Stream<DynamicTest> javaInDocuments_equalsItsSource() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(ROOT.resolve("README.md")));
    try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      docs.filter(page -> page.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    List<DynamicTest> tests = new ArrayList<>();
    for (Path page : pages) {
      Matcher block = BLOCK.matcher(Files.readString(page));
      while (block.find()) {
        String file = block.group("file");
        String region = block.group("region");
        String code = block.group("code");
        tests.add(
            dynamicTest(
                page + ": " + file + "#" + region,
                () -> {
                  assertThat(file).as("the source of a block in %s:\n%s", page, code).isNotNull();
                  assertThat(code).isEqualTo(region(Files.readString(ROOT.resolve(file)), region));
                }));
      }
    }
    return tests.stream();
  }

  private static String region(String source, String name) {
    Matcher region =
        Pattern.compile(
                "^ *// region " + Pattern.quote(name) + "\\n(.*?)^ *// endregion",
                Pattern.DOTALL | Pattern.MULTILINE)
            .matcher(source);
    assertThat(region.find()).as("region %s", name).isTrue();
    return region.group(1).stripTrailing().stripIndent() + "\n";
  }

  /** Every card has all its columns and names a class that is there. */
  @Test
  void algorithmCards_areWholeAndNameTheirClass() throws IOException {
    List<String> cards =
        Files.readString(ROOT.resolve("docs/algorithms.md"))
            .lines()
            .filter(line -> line.startsWith("| ") && !line.startsWith("| name |"))
            .toList();
    Set<String> named = new TreeSet<>();
    for (String card : cards) {
      String[] columns = card.substring(2).split(" \\|");
      assertThat(columns).as(card).hasSize(7);
      assertThat(columns[6].strip()).as(card).matches("`[A-Z]\\w+(\\.\\w+)?`");
      named.add(columns[6].strip().replaceAll("`|\\..*", ""));
    }
    Set<String> classes;
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      classes =
          sources
              .map(source -> source.getFileName().toString())
              .filter(name -> name.endsWith(".java"))
              .map(name -> name.substring(0, name.length() - ".java".length()))
              .collect(Collectors.toSet());
    }
    assertThat(classes).containsAll(named);
    assertThat(named)
        .as("collectors of statistics and sketches without a card")
        .containsAll(
            classes.stream().filter(name -> name.matches("\\w+(Accumulator|Sketch)")).toList());
  }
}
