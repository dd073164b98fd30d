package io.thalweg;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Checker of the language in comments: the share of Javadoc comments that begin with a question
 * word or a demonstrative, and the frequency of the word "what".
 *
 * <p>Runs without a build: {@code java core/src/test/java/io/thalweg/LanguageCheck.java ROOT
 * [FOLDER]}. The check covers the main sources of each module below the root, or all Java files
 * below the folder.
 */
final class LanguageCheck {

  /** Modules with main sources to check. */
  static final List<String> MODULES = List.of("core", "storm-adapters", "examples", "benchmarks");

  /** Highest permitted share of Javadoc comments with an unwanted first word. */
  static final double MAX_OPENING_SHARE = 0.03;

  /** Highest permitted number of occurrences of "what" in a thousand words. */
  static final double MAX_WHAT_PER_THOUSAND = 1.0;

  /**
   * Comments and literals of a Java file. The literals are matched to skip comment markers inside
   * them.
   */
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?s)\"\"\".*?(?<!\\\\)\"\"\"|\"(?:\\\\.|[^\"\\\\\\n])*+\"|'(?:\\\\.|[^'\\\\\\n])*+'"
              + "|(?<comment>/\\*.*?\\*/|//[^\\n]*)");

  private static final Pattern OPENING =
      Pattern.compile("(?i)(what|which|where|how|who|when|whether|those|that)\\b.*");

  private static final Pattern MARKUP = Pattern.compile("\\{@\\w+\\s?|</?\\w+[^>]*>");
  private static final Pattern WORD = Pattern.compile("\\p{L}[\\p{L}\\p{N}'’-]*");
  private static final Pattern WHAT = Pattern.compile("(?i)\\bwhat\\b");

  private int javadocs;
  private int words;
  private final List<String> openings = new ArrayList<>();
  private final List<String> whats = new ArrayList<>();

  /**
   * Prints the figures of each module, or of the given folder, and lists the places found.
   *
   * @param args the root of the repository, and optionally a folder below it
   */
  public static void main(String[] args) throws IOException {
    Path root = Path.of(args.length > 0 ? args[0] : ".");
    boolean passed = true;
    if (args.length > 1) {
      passed = of(root.resolve(args[1])).print(args[1], true, System.out);
    } else {
      for (String module : MODULES) {
        passed &= of(sources(root, module)).print(module, true, System.out);
      }
    }
    System.exit(passed ? 0 : 1);
  }

  /** Returns the folder of a module's main sources. */
  static Path sources(Path root, String module) {
    return root.resolve(module).resolve("src/main/java");
  }

  /** Returns the figures of all Java files below a folder, or of one file. */
  static LanguageCheck of(Path folder) throws IOException {
    LanguageCheck check = new LanguageCheck();
    List<Path> files;
    try (Stream<Path> paths = Files.walk(folder)) {
      files = paths.filter(path -> path.toString().endsWith(".java")).sorted().toList();
    }
    for (Path file : files) {
      check.add(file.toString(), Files.readString(file));
    }
    return check;
  }

  /** Adds the comments of one file. */
  void add(String file, String source) {
    Matcher tokens = TOKEN.matcher(source);
    int line = 1;
    int counted = 0;
    while (tokens.find()) {
      String comment = tokens.group("comment");
      if (comment == null) {
        continue;
      }
      line += newlines(source, counted, tokens.start());
      counted = tokens.start();
      addComment(file, line, comment);
    }
  }

  private void addComment(String file, int firstLine, String comment) {
    List<String> lines = comment.lines().map(LanguageCheck::plain).toList();
    if (comment.startsWith("/**") && comment.length() > 4) {
      String opening = String.join(" ", lines).strip();
      // A comment without a main description, such as one with a lone @param, has no first word.
      if (!opening.isEmpty() && opening.charAt(0) != '@') {
        javadocs++;
        if (OPENING.matcher(opening).matches()) {
          openings.add(place(file, firstLine, opening));
        }
      }
    }
    for (int i = 0; i < lines.size(); i++) {
      String text = lines.get(i);
      words += (int) WORD.matcher(text).results().count();
      int line = firstLine + i;
      WHAT.matcher(text).results().forEach(found -> whats.add(place(file, line, text)));
    }
  }

  /** Returns a line of a comment without comment marks, tags and braces. */
  private static String plain(String line) {
    String text = line.strip();
    if (text.endsWith("*/")) {
      text = text.substring(0, text.length() - 2);
    }
    text = text.replaceFirst("^(//+|/\\*+|\\*+)", "");
    return MARKUP.matcher(text).replaceAll("").replace("}", "").strip();
  }

  private static int newlines(String text, int from, int to) {
    return (int) text.substring(from, to).chars().filter(c -> c == '\n').count();
  }

  private static String place(String file, int line, String text) {
    return file + ":" + line + ": " + (text.length() > 80 ? text.substring(0, 80) + " …" : text);
  }

  /** Returns the share of Javadoc comments with an unwanted first word. */
  double openingShare() {
    return javadocs == 0 ? 0 : (double) openings.size() / javadocs;
  }

  /** Returns the number of occurrences of "what" in a thousand words. */
  double whatPerThousand() {
    return words == 0 ? 0 : 1000.0 * whats.size() / words;
  }

  /** Returns true if both figures are within their bounds. */
  boolean passes() {
    return openingShare() <= MAX_OPENING_SHARE && whatPerThousand() <= MAX_WHAT_PER_THOUSAND;
  }

  /**
   * Prints both figures, and the places if they are wanted.
   *
   * @return true if both figures are within their bounds
   */
  boolean print(String name, boolean places, PrintStream out) {
    if (places) {
      openings.forEach(place -> out.println("opening  " + place));
      whats.forEach(place -> out.println("\"what\"   " + place));
    }
    out.println(summary(name));
    return passes();
  }

  /** Returns both figures in one line. */
  String summary(String name) {
    return String.format(
        Locale.ROOT,
        "%-15s %3d of %4d Javadoc comments (%4.1f %%) open with an unwanted word; \"what\" %3d times"
            + " in %6d words (%4.1f per 1,000)%s",
        name,
        openings.size(),
        javadocs,
        100 * openingShare(),
        whats.size(),
        words,
        whatPerThousand(),
        passes() ? "" : "  ABOVE THE BOUND");
  }

  /** Returns each place with an unwanted first word, then each place with "what". */
  List<String> places() {
    return Stream.concat(openings.stream(), whats.stream()).toList();
  }
}
