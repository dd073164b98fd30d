package io.thalweg.model;

import static io.thalweg.model.TreeTable.INNER;
import static io.thalweg.model.TreeTable.MISSING_LEFT;
import static io.thalweg.model.TreeTable.feature;

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
 * <p>The nodes of all trees are in one array, 16 bytes each and those of one depth of a tree
 * together. Eight trees are walked at a time without a branch that depends on the row, so that
 * their memory accesses overlap. Cost: O(depth) a tree, without allocation. Memory: 16 bytes a node
 * or leaf. Immutable and safe to share.
 */
public final class TreeEnsemble implements Model {

  /** The value that LightGBM takes for zero, if zero is missing. */
  private static final double ZERO = 1e-35f;

  /** The number of trees that are walked at a time. */
  private static final int LANES = 8;

  /** The largest number of steps before a check: more would be wasted on trees of uneven depth. */
  private static final int UNCHECKED = 8;

  private static final long INFINITY = Double.doubleToRawLongBits(Double.POSITIVE_INFINITY);

  private final List<String> features;

  /** The index of the first node of each tree. */
  private final int[] roots;

  /** Two words for each node: see {@link TreeTable}. */
  private final long[] nodes;

  /** The steps of each group of trees that are made before the nodes are checked for leaves. */
  private final int[] uncheckedSteps;

  /** True if every split is by a finite threshold and no zero is missing. */
  private final boolean plain;

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
    nodes = table.nodes();
    uncheckedSteps = new int[roots.length / LANES];
    for (int tree = 0; tree < uncheckedSteps.length * LANES; tree++) {
      int group = tree / LANES;
      uncheckedSteps[group] =
          Math.max(uncheckedSteps[group], Math.min(UNCHECKED, table.depth(tree)));
    }
    plain = table.isPlain();
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
    if (!plain) {
      for (int root : roots) {
        sum = add(sum, walk(row, root));
      }
      return sum;
    }
    boolean missing = false;
    for (int i = 0; i < features.size(); i++) {
      missing |= row[i] != row[i];
    }
    int tree = 0;
    for (; tree + LANES <= roots.length; tree += LANES) {
      sum = missing ? addGroupWithMissing(sum, row, tree) : addGroup(sum, row, tree);
    }
    for (; tree < roots.length; tree++) {
      sum = add(sum, walk(row, roots[tree]));
    }
    return sum;
  }

  /** Adds the leaves of a group of trees for a row without missing values. */
  private double addGroup(double sum, double[] row, int tree) {
    int a = roots[tree];
    int b = roots[tree + 1];
    int c = roots[tree + 2];
    int d = roots[tree + 3];
    int e = roots[tree + 4];
    int f = roots[tree + 5];
    int g = roots[tree + 6];
    int h = roots[tree + 7];
    for (int steps = uncheckedSteps[tree / LANES]; steps > 0; steps--) {
      a = next(row, a);
      b = next(row, b);
      c = next(row, c);
      d = next(row, d);
      e = next(row, e);
      f = next(row, f);
      g = next(row, g);
      h = next(row, h);
    }
    while (((nodes[a + 1]
                | nodes[b + 1]
                | nodes[c + 1]
                | nodes[d + 1]
                | nodes[e + 1]
                | nodes[f + 1]
                | nodes[g + 1]
                | nodes[h + 1])
            & INNER)
        != 0) {
      a = next(row, a);
      b = next(row, b);
      c = next(row, c);
      d = next(row, d);
      e = next(row, e);
      f = next(row, f);
      g = next(row, g);
      h = next(row, h);
    }
    double result = sum;
    result = add(result, number(a));
    result = add(result, number(b));
    result = add(result, number(c));
    result = add(result, number(d));
    result = add(result, number(e));
    result = add(result, number(f));
    result = add(result, number(g));
    result = add(result, number(h));
    return result;
  }

  /** Adds the leaves of a group of trees for any row. */
  private double addGroupWithMissing(double sum, double[] row, int tree) {
    int a = roots[tree];
    int b = roots[tree + 1];
    int c = roots[tree + 2];
    int d = roots[tree + 3];
    int e = roots[tree + 4];
    int f = roots[tree + 5];
    int g = roots[tree + 6];
    int h = roots[tree + 7];
    for (int steps = uncheckedSteps[tree / LANES]; steps > 0; steps--) {
      a = nextOrMissing(row, a);
      b = nextOrMissing(row, b);
      c = nextOrMissing(row, c);
      d = nextOrMissing(row, d);
      e = nextOrMissing(row, e);
      f = nextOrMissing(row, f);
      g = nextOrMissing(row, g);
      h = nextOrMissing(row, h);
    }
    while (((nodes[a + 1]
                | nodes[b + 1]
                | nodes[c + 1]
                | nodes[d + 1]
                | nodes[e + 1]
                | nodes[f + 1]
                | nodes[g + 1]
                | nodes[h + 1])
            & INNER)
        != 0) {
      a = nextOrMissing(row, a);
      b = nextOrMissing(row, b);
      c = nextOrMissing(row, c);
      d = nextOrMissing(row, d);
      e = nextOrMissing(row, e);
      f = nextOrMissing(row, f);
      g = nextOrMissing(row, g);
      h = nextOrMissing(row, h);
    }
    double result = sum;
    result = add(result, number(a));
    result = add(result, number(b));
    result = add(result, number(c));
    result = add(result, number(d));
    result = add(result, number(e));
    result = add(result, number(f));
    result = add(result, number(g));
    result = add(result, number(h));
    return result;
  }

  private double add(double sum, double leaf) {
    return single ? (float) (sum + leaf) : sum + leaf;
  }

  private double number(int node) {
    return Double.longBitsToDouble(nodes[node]);
  }

  /**
   * Returns the child for a value, which is not NaN: the right one, if the threshold less the value
   * is negative. A leaf returns itself.
   */
  private int next(double[] row, int node) {
    long word = nodes[node + 1];
    long difference = Double.doubleToRawLongBits(number(node) - row[feature(word)]);
    return (int) word + (int) (difference >>> 62 & word >>> 32 & 2);
  }

  /** Returns the child for a value, or for NaN the one for missing values. */
  private int nextOrMissing(double[] row, int node) {
    long word = nodes[node + 1];
    double value = row[feature(word)];
    long right = Double.doubleToRawLongBits(number(node) - value) >>> 63;
    long size = Double.doubleToRawLongBits(value) & Long.MAX_VALUE;
    long missing = INFINITY - size >>> 63; // the bits of every NaN are above those of infinity
    right ^= missing & (right ^ ~word >>> 32);
    return (int) word + (int) (right << 1 & word >>> 32 & 2);
  }

  /** Returns the leaf of a tree of any kind. */
  private double walk(double[] row, int root) {
    int node = root;
    for (long word = nodes[node + 1]; (word & INNER) != 0; word = nodes[node + 1]) {
      double value = row[feature(word)];
      node = (int) word + (isLeft(value, node, (word & MISSING_LEFT) != 0) ? 0 : 2);
    }
    return number(node);
  }

  private boolean isLeft(double value, int node, boolean missingLeft) {
    if (categories != null && categories[node >> 1] != null) {
      return value != value ? missingLeft : isLeft(categories[node >> 1], value);
    }
    boolean missing =
        value != value
            || zeroIsMissing != null && zeroIsMissing[node >> 1] && value >= -ZERO && value <= ZERO;
    return missing ? missingLeft : value <= number(node);
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
