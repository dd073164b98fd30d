package io.thalweg.model;

import java.util.Arrays;
import java.util.List;

/**
 * Table of the nodes of an ensemble of trees, which checks each tree.
 *
 * <p>A node has two words. The first one is the threshold, or the value of a leaf, as a double. The
 * second one has the index of the left child in the bits up to 31, which the right child follows;
 * {@link #MISSING_LEFT} if a missing value goes to the left child; {@link #INNER}; and the feature
 * from bit 34 on. A leaf is its own child.
 */
final class TreeTable {

  /**
   * One tree as it is in a file.
   *
   * @param feature the feature of each node
   * @param threshold the value up to which a row goes to the left child
   * @param left the left child of each node; a leaf has the complement of its number
   * @param right the right child
   * @param missingLeft true if a missing value goes to the left child
   * @param zeroIsMissing true if zero is missing
   * @param categories the set of categories of each node; null for a threshold
   * @param leaves the values of the leaves
   */
  record Tree(
      int[] feature,
      double[] threshold,
      int[] left,
      int[] right,
      boolean[] missingLeft,
      boolean[] zeroIsMissing,
      long[][] categories,
      double[] leaves) {}

  static final long MISSING_LEFT = 1L << 32;
  static final long INNER = 1L << 33;
  private static final int FEATURE_SHIFT = 34;

  final List<String> features;

  private int[] roots = new int[16];
  private int[] depths = new int[16];
  private int trees;

  private long[] nodes = new long[256];

  private int size;
  private boolean[] zeroIsMissing = new boolean[128];
  private long[][] categories = new long[128][];
  private boolean hasZeroIsMissing;
  private boolean hasCategories;
  private boolean hasInfiniteThreshold;

  TreeTable(List<String> features) {
    this.features = features;
  }

  /**
   * Adds a tree. Its nodes are ordered by their depth, so that the two children of a node follow
   * each other.
   *
   * @throws IllegalArgumentException if it is no tree, or refers to a feature or a child that does
   *     not exist
   */
  void add(Tree tree) {
    int n = tree.feature.length;
    checkShape(tree, n);
    reserve(2 * n + 1);
    if (trees == roots.length) {
      roots = Arrays.copyOf(roots, 2 * trees);
      depths = Arrays.copyOf(depths, 2 * trees);
    }
    roots[trees] = 2 * size;
    int[] order = new int[2 * n + 1];
    int[] depth = new int[2 * n + 1];
    order[0] = n == 0 ? ~0 : 0;
    int last = 0;
    for (int k = 0; k < order.length; k++) {
      int node = order[k];
      if (node < 0) {
        put(size + k, tree.leaves[~node], 2L * (size + k));
        continue;
      }
      order[last + 1] = tree.left[node];
      order[last + 2] = tree.right[node];
      depth[last + 1] = depth[k] + 1;
      depth[last + 2] = depth[k] + 1;
      long word =
          (long) tree.feature[node] << FEATURE_SHIFT
              | INNER
              | (tree.missingLeft[node] ? MISSING_LEFT : 0)
              | 2L * (size + last + 1);
      last += 2;
      put(size + k, tree.threshold[node] + 0.0, word); // without negative zero
      zeroIsMissing[size + k] = tree.zeroIsMissing[node];
      categories[size + k] = tree.categories[node];
      hasZeroIsMissing |= tree.zeroIsMissing[node];
      hasCategories |= tree.categories[node] != null;
      hasInfiniteThreshold |= Double.isInfinite(tree.threshold[node]);
    }
    depths[trees++] = depth[last];
    size += order.length;
  }

  private void put(int node, double number, long word) {
    nodes[2 * node] = Double.doubleToRawLongBits(number);
    nodes[2 * node + 1] = word;
  }

  /** Returns the feature of the second word of a node. */
  static int feature(long word) {
    return (int) (word >>> FEATURE_SHIFT);
  }

  private void checkShape(Tree tree, int n) {
    require(tree.leaves.length == n + 1, "leaves must be one more than nodes", tree.leaves.length);
    require(
        tree.threshold.length == n && tree.left.length == n && tree.right.length == n,
        "nodes must have a threshold and two children each",
        n);
    boolean[] seenNode = new boolean[n];
    boolean[] seenLeaf = new boolean[n + 1];
    for (int i = 0; i < n; i++) {
      require(
          tree.feature[i] >= 0 && tree.feature[i] < features.size(),
          "split feature must be below " + features.size(),
          tree.feature[i]);
      require(!Double.isNaN(tree.threshold[i]), "threshold must be a number", tree.threshold[i]);
      checkChild(tree.left[i], i, seenNode, seenLeaf);
      checkChild(tree.right[i], i, seenNode, seenLeaf);
    }
    for (double leaf : tree.leaves) {
      require(Double.isFinite(leaf), "leaf value must be finite", leaf);
    }
  }

  /**
   * Each child has a larger number than its parent and one parent, so that the nodes are a tree.
   */
  private static void checkChild(int child, int parent, boolean[] seenNode, boolean[] seenLeaf) {
    boolean[] seen = child >= 0 ? seenNode : seenLeaf;
    int number = child >= 0 ? child : ~child;
    require(
        number < seen.length && !seen[number] && (child < 0 || child > parent),
        "child of node " + parent + " must be another node or leaf of the tree",
        child);
    seen[number] = true;
  }

  static void require(boolean condition, String rule, Object value) {
    if (!condition) {
      throw new IllegalArgumentException("tree model: " + rule + ": " + value);
    }
  }

  private void reserve(int more) {
    require(size <= (1 << 28) - more, "nodes must be at most 2^28", (long) size + more);
    if (size + more > zeroIsMissing.length) {
      int capacity = Math.max(2 * zeroIsMissing.length, size + more);
      nodes = Arrays.copyOf(nodes, 2 * capacity);
      zeroIsMissing = Arrays.copyOf(zeroIsMissing, capacity);
      categories = Arrays.copyOf(categories, capacity);
    }
  }

  int[] roots() {
    return Arrays.copyOf(roots, trees);
  }

  /** Returns the depth of a tree: 0 for a leaf. */
  int depth(int tree) {
    return depths[tree];
  }

  long[] nodes() {
    return Arrays.copyOf(nodes, 2 * size);
  }

  /** Returns true if every split is by a finite threshold and no zero is missing. */
  boolean isPlain() {
    return !hasCategories && !hasZeroIsMissing && !hasInfiniteThreshold;
  }

  /** Returns the sets of categories; null if no node has one. */
  long[][] categories() {
    return hasCategories ? Arrays.copyOf(categories, size) : null;
  }

  /** Returns the nodes at which zero is missing; null if there is none. */
  boolean[] zeroIsMissing() {
    return hasZeroIsMissing ? Arrays.copyOf(zeroIsMissing, size) : null;
  }
}
