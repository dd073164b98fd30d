package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
 * Tests of the README and the pages in docs. The code of a fenced block after {@code <!-- source:
 * FILE#REGION -->} must equal the code in that file between {@code // region REGION} and {@code //
 * endregion}, without the common indentation. A block of Java without that comment fails.
 */
class DocumentationTest {

  private static final Path ROOT = Path.of("..");
  private static final Pattern BLOCK =
      Pattern.compile(
          "(?:<!-- source: (?<file>[^#>]+)#(?<region>[\\w-]+) -->\\s*)?```java\\n(?<code>.*?)```",
          Pattern.DOTALL);

  private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:)(?<target>[^)]+)\\)");
  private static final int WIDTH = 120;

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(ROOT.resolve("README.md")));
    try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      docs.filter(page -> page.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    return pages;
  }

  /** Returns the text of a page without its code blocks. */
  private static String prose(Path page) throws IOException {
    return Files.readString(page).replaceAll("(?s)```.*?```", "");
  }

  /** Returns the anchors of the headings of a page, in the form that GitHub generates. */
  private static List<String> anchors(Path page) throws IOException {
    return prose(page)
        .lines()
        .filter(line -> line.startsWith("#"))
        .map(line -> line.replaceFirst("#+ ", "").toLowerCase(Locale.ROOT))
        .map(line -> line.replaceAll("[^\\p{L}\\p{N}_ -]", "").replace(' ', '-'))
        .toList();
  }

  /** Relative links lead to a file that exists, and anchors to a heading of it. */
  @Test
  void links_inDocuments_leadToFilesAndHeadings() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : pages()) {
      Matcher link = LINK.matcher(prose(page));
      while (link.find()) {
        String[] parts = link.group("target").replaceAll("\\s+", "").split("#", 2);
        Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]);
        if (!Files.exists(target) || (parts.length == 2 && !anchors(target).contains(parts[1]))) {
          broken.add(page + ": " + link.group("target"));
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  /** Lines of prose have at most 120 characters; tables, headings and references may be longer. */
  @Test
  void lines_ofProse_areWrapped() throws IOException {
    List<String> wide = new ArrayList<>();
    for (Path page : pages()) {
      prose(page)
          .lines()
          .filter(line -> line.length() > WIDTH && !line.matches("[|#!].*|\\[\\w+\\]: .*"))
          .forEach(line -> wide.add(page + ": " + line));
    }
    assertThat(wide).isEmpty();
  }

  @TestFactory
  Stream<DynamicTest> javaInDocuments_equalsItsSource() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path page : pages()) {
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

  /** Every algorithm card has all its columns and names an existing class. */
  @Test
  void algorithmCards_each_haveAllColumnsAndAnExistingClass() throws IOException {
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
        .as("accumulators and sketches without a card")
        .containsAll(
            classes.stream().filter(name -> name.matches("\\w+(Accumulator|Sketch)")).toList());
  }
}
