package io.thalweg.model;

import static io.thalweg.model.TreeTable.require;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reader of the text format of LightGBM: lines {@code name=value}, a header and then one section
 * for each tree. Field names and the meaning of {@code decision_type} are those of {@code
 * include/LightGBM/tree.h}.
 */
final class LightGbmText {

  private static final int CATEGORICAL = 1;
  private static final int DEFAULT_LEFT = 2;
  private static final int MISSING_ZERO = 1;
  private static final int MISSING_NAN = 2;

  private final String[] lines;
  private int at;

  LightGbmText(String text) {
    lines = text.split("\\R", -1);
  }

  TreeEnsemble read() {
    require(
        lines[0].strip().equals("tree"), "LightGBM text must begin with the line tree", lines[0]);
    at = 1;
    Map<String, String> header = section();
    String version = text(header, "version");
    require(List.of("v2", "v3", "v4").contains(version), "version must be v2, v3 or v4", version);
    require(number(header, "num_class") == 1, "num_class must be 1", text(header, "num_class"));
    require(
        number(header, "num_tree_per_iteration") == 1,
        "num_tree_per_iteration must be 1",
        text(header, "num_tree_per_iteration"));
    List<String> features = List.of(text(header, "feature_names").split(" "));
    require(
        number(header, "max_feature_idx") == features.size() - 1,
        "feature_names must be max_feature_idx + 1",
        features.size());
    TreeTable table = new TreeTable(features);
    int trees = 0;
    while (at < lines.length && lines[at].startsWith("Tree=")) {
      table.add(tree(section()));
      trees++;
    }
    require(
        at < lines.length && lines[at].equals("end of trees"),
        "the trees must end with the line end of trees; the file is cut off or damaged",
        at < lines.length ? lines[at] : "end of text");
    boolean averages = header.containsKey("average_output");
    return new TreeEnsemble(table, 0, averages && trees > 0 ? trees : 1, link(header));
  }

  /** Reads lines up to an empty one, and skips the empty ones after it. */
  private Map<String, String> section() {
    Map<String, String> fields = new HashMap<>();
    for (; at < lines.length && !lines[at].isBlank(); at++) {
      int equals = lines[at].indexOf('=');
      String name = equals < 0 ? lines[at] : lines[at].substring(0, equals);
      fields.put(name, equals < 0 ? "" : lines[at].substring(equals + 1));
    }
    while (at < lines.length && lines[at].isBlank()) {
      at++;
    }
    return fields;
  }

  private static Link link(Map<String, String> header) {
    String[] objective = header.getOrDefault("objective", "regression").split(" ");
    double sigmoid = 1;
    boolean sqrt = false;
    for (String option : objective) {
      if (option.startsWith("sigmoid:")) {
        sigmoid = parse("objective", option.substring(8));
      }
      sqrt |= option.equals("sqrt");
    }
    return switch (objective[0]) {
      case "binary" -> new Link(Link.Kind.LOGISTIC, sigmoid, false);
      case "cross_entropy", "xentropy" -> Link.LOGISTIC;
      case "poisson", "gamma", "tweedie" -> new Link(Link.Kind.EXPONENTIAL, 1, false);
      case "regression",
          "regression_l1",
          "l2",
          "l1",
          "huber",
          "fair",
          "quantile",
          "mape",
          "custom",
          "lambdarank",
          "rank_xendcg" ->
          sqrt ? new Link(Link.Kind.SIGNED_SQUARE, 1, false) : Link.IDENTITY;
      default ->
          throw new IllegalArgumentException(
              "tree model: objective must have one output: " + objective[0]);
    };
  }

  private static TreeTable.Tree tree(Map<String, String> fields) {
    require(number(fields, "is_linear", 0) == 0, "leaves must be constant", "is_linear=1");
    int leaves = (int) number(fields, "num_leaves");
    require(leaves >= 1 && leaves <= 1 << 24, "num_leaves must be from 1 to 2^24", leaves);
    int nodes = leaves - 1;
    double[] decision = numbers(fields, "decision_type", nodes);
    double[] threshold = numbers(fields, "threshold", nodes);
    boolean[] missingLeft = new boolean[nodes];
    boolean[] zeroIsMissing = new boolean[nodes];
    long[][] categories = new long[nodes][];
    for (int i = 0; i < nodes; i++) {
      int type = (int) decision[i];
      if ((type & CATEGORICAL) != 0) {
        categories[i] = categories(fields, (int) threshold[i]);
        continue; // missing values and unknown categories go to the right
      }
      int missing = type >> 2 & 3;
      boolean defaultLeft = (type & DEFAULT_LEFT) != 0;
      zeroIsMissing[i] = missing == MISSING_ZERO;
      // Where nothing is missing, LightGBM reads NaN as 0.
      missingLeft[i] =
          missing == MISSING_NAN || missing == MISSING_ZERO ? defaultLeft : 0 <= threshold[i];
    }
    return new TreeTable.Tree(
        ints(fields, "split_feature", nodes),
        threshold,
        ints(fields, "left_child", nodes),
        ints(fields, "right_child", nodes),
        missingLeft,
        zeroIsMissing,
        categories,
        numbers(fields, "leaf_value", leaves));
  }

  /** Reads the set of a number; its words have 32 bits. */
  private static long[] categories(Map<String, String> fields, int set) {
    int sets = (int) number(fields, "num_cat");
    require(set >= 0 && set < sets, "split must refer to one of " + sets + " sets", set);
    int[] boundaries = ints(fields, "cat_boundaries", sets + 1);
    String[] words = text(fields, "cat_threshold").split(" ");
    int from = boundaries[set];
    int to = boundaries[set + 1];
    require(from >= 0 && from <= to && to <= words.length, "cat_boundaries must increase", to);
    long[] bits = new long[(to - from + 1) / 2];
    for (int i = from; i < to; i++) {
      long word = (long) parse("cat_threshold", words[i]);
      require(word >= 0 && word < 1L << 32, "cat_threshold must have 32 bits", word);
      bits[(i - from) / 2] |= word << 32 * ((i - from) % 2);
    }
    return bits;
  }

  private static String text(Map<String, String> fields, String name) {
    String value = fields.get(name);
    require(value != null, "field must be present", name);
    return value.strip();
  }

  private static double number(Map<String, String> fields, String name) {
    return parse(name, text(fields, name));
  }

  private static double number(Map<String, String> fields, String name, double otherwise) {
    return fields.containsKey(name) ? number(fields, name) : otherwise;
  }

  private static double[] numbers(Map<String, String> fields, String name, int count) {
    String value = count == 0 ? "" : text(fields, name);
    String[] words = value.isEmpty() ? new String[0] : value.split(" ");
    require(words.length == count, name + " must have " + count + " values", words.length);
    return Arrays.stream(words).mapToDouble(word -> parse(name, word)).toArray();
  }

  private static int[] ints(Map<String, String> fields, String name, int count) {
    double[] values = numbers(fields, name, count);
    for (double value : values) {
      require(value == (int) value, name + " must be a whole number", value);
    }
    return Arrays.stream(values).mapToInt(value -> (int) value).toArray();
  }

  private static double parse(String name, String word) {
    try {
      return switch (word) {
        case "inf" -> Double.POSITIVE_INFINITY;
        case "-inf" -> Double.NEGATIVE_INFINITY;
        default -> Double.parseDouble(word);
      };
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("tree model: " + name + " must be a number: " + word, e);
    }
  }
}
