package io.thalweg.model;

import java.io.IOException;
import java.util.List;

/**
 * Sum of decision trees that LightGBM or XGBoost has trained: gradient-boosted trees, and random
 * forests of LightGBM.
 *
 * <pre>{@code
 * Model model = TreeEnsemble.lightGbm(Files.readString(Path.of("fraud.txt")));
 * double probability = model.score(row);
 * }</pre>
 *
 * <p>The sum of the leaves, {@link #margin}, is that of the trainer bit for bit: missing values,
 * categorical splits, base score and precision are treated as there, and the leaves are added in
 * the same order. A logistic or exponential prediction differs by at most two units in the last
 * place of the trainer's precision (double for LightGBM, float for XGBoost), because its
 * exponential function is not Java's.
 *
 * <p>Models with one output are read: regression and binary classification. Others are refused, as
 * are linear leaves and boosters that are not trees.
 *
 * <p>The nodes of all trees are in flat arrays, and four trees are walked at a time, so that their
 * memory accesses overlap. Cost: O(depth) a tree, without allocation. Memory: 24 bytes a node and 8
 * a leaf. Immutable and safe to share.
 */
public final class TreeEnsemble implements Model {

  /** The value that LightGBM takes for zero, if zero is missing. */
  private static final double ZERO = 1e-35f;

  private final List<String> features;

  /** The first node of each tree; a leaf if negative. */
  private final int[] roots;

  private final int[] feature;
  private final double[] threshold;

  /**
   * The children of a node, the left one at twice its number, the right one after it. A node has
   * its number, a leaf the complement of its number.
   */
  private final int[] children;

  /** 1 if a missing value goes to the left child. */
  private final byte[] missingLeft;

  private final double[] leaves;

  /** The categories of a node whose split is by category; null if no node has such a split. */
  private final long[][] categories;

  /** True for each node at which zero is missing; null if there is none. */
  private final boolean[] zeroIsMissing;

  /** True if the categories of a node go to its right child. */
  private final boolean setIsRight;

  private final double base;

  /** True if the sum is made in single precision. */
  private final boolean single;

  /** The number of trees, if the sum is averaged, or 1. */
  private final double divisor;

  private final Link link;

  TreeEnsemble(TreeTable table, double base, double divisor, Link link) {
    features = List.copyOf(table.features);
    roots = table.roots();
    feature = table.feature();
    threshold = table.threshold();
    children = table.children();
    missingLeft = table.missingLeft();
    leaves = table.leaves();
    categories = table.categories();
    zeroIsMissing = table.zeroIsMissing();
    this.base = base;
    this.single = link.single();
    this.setIsRight = link.single(); // both are conventions of XGBoost
    this.divisor = divisor;
    this.link = link;
  }

  /**
   * Reads a model in the text format of LightGBM, versions v2 to v4, such as {@code save_model}
   * writes.
   *
   * @param text the content of the file
   * @return the model
   * @throws IllegalArgumentException if the text is damaged, or the model is of a kind or version
   *     that is not read; the message has the reason
   */
  public static TreeEnsemble lightGbm(String text) {
    return new LightGbmText(text).read();
  }

  /**
   * Reads a model in the JSON format of XGBoost, from version 1.3 on, such as {@code save_model}
   * writes to a file that ends with {@code .json}. Needs {@code
   * com.fasterxml.jackson.core:jackson-databind}.
   *
   * @param json the content of the file
   * @return the model
   * @throws IllegalArgumentException if the JSON is damaged, or the model is of a kind that is not
   *     read; the message has the reason
   * @throws IllegalStateException if Jackson is missing
   */
  public static TreeEnsemble xgboost(byte[] json) {
    try {
      return XgboostJson.read(json);
    } catch (IOException e) {
      throw new IllegalArgumentException("XGBoost model must be JSON: " + e.getMessage(), e);
    } catch (NoClassDefFoundError e) {
      throw new IllegalStateException(
          "XGBoost models need the library com.fasterxml.jackson.core:jackson-databind, which is"
              + " optional; add it to the class path or the module path: "
              + e.getMessage(),
          e);
    }
  }

  @Override
  public List<String> features() {
    return features;
  }

  /**
   * Returns the number of trees.
   *
   * @return the number of trees
   */
  public int trees() {
    return roots.length;
  }

  @Override
  public double score(double[] row) {
    return link.apply(margin(row) / divisor);
  }

  /**
   * Returns the sum of the trees before the link function, such as the log odds. That of a random
   * forest is not divided by the number of trees.
   *
   * @param row one value for each feature; NaN if it is missing
   * @return the sum
   * @throws IllegalArgumentException if the row is shorter than the list of features
   */
  public double margin(double[] row) {
    requireWidth(row, features.size());
    double sum = base;
    int tree = 0;
    if (categories == null && zeroIsMissing == null) {
      for (; tree + 3 < roots.length; tree += 4) {
        int a = roots[tree];
        int b = roots[tree + 1];
        int c = roots[tree + 2];
        int d = roots[tree + 3];
        while ((a & b & c & d) >= 0) {
          a = a < 0 ? a : next(row, a);
          b = b < 0 ? b : next(row, b);
          c = c < 0 ? c : next(row, c);
          d = d < 0 ? d : next(row, d);
        }
        sum = add(sum, leaves[~a]);
        sum = add(sum, leaves[~b]);
        sum = add(sum, leaves[~c]);
        sum = add(sum, leaves[~d]);
      }
    }
    for (; tree < roots.length; tree++) {
      int node = roots[tree];
      while (node >= 0) {
        node = categories == null && zeroIsMissing == null ? next(row, node) : anyNext(row, node);
      }
      sum = add(sum, leaves[~node]);
    }
    return sum;
  }

  private double add(double sum, double leaf) {
    return single ? (float) (sum + leaf) : sum + leaf;
  }

  /** Returns the child of a node with a threshold. A NaN is not at most the threshold. */
  private int next(double[] row, int node) {
    double value = row[feature[node]];
    int right = value <= threshold[node] ? 0 : 1;
    int missing = value != value ? missingLeft[node] : 0;
    return children[2 * node + (right ^ missing)];
  }

  private int anyNext(double[] row, int node) {
    double value = row[feature[node]];
    if (categories != null && categories[node] != null) {
      boolean left = value != value ? missingLeft[node] == 1 : isLeft(categories[node], value);
      return children[2 * node + (left ? 0 : 1)];
    }
    if (zeroIsMissing != null
        && zeroIsMissing[node]
        && (value != value || value >= -ZERO && value <= ZERO)) {
      return children[2 * node + 1 - missingLeft[node]];
    }
    return next(row, node);
  }

  /**
   * Returns true if a category goes to the left child: if it is in the set for LightGBM, if it is
   * not for XGBoost. LightGBM truncates values towards zero before they are compared.
   */
  private boolean isLeft(long[] set, double value) {
    boolean valid = (setIsRight ? value >= 0 : value > -1) && value < 64.0 * set.length;
    int category = valid ? (int) value : 0;
    return setIsRight != (valid && (set[category >> 6] >>> category & 1) == 1);
  }

  static void requireWidth(double[] row, int width) {
    if (row.length < width) {
      throw new IllegalArgumentException(
          "row must have a value for each of " + width + " features: " + row.length);
    }
  }
}
