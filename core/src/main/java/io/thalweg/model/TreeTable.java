package io.thalweg.model;

import java.util.Arrays;
import java.util.List;

/** Builder of the flat arrays of a {@link TreeEnsemble}, which checks each tree. */
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

  final List<String> features;

  private int[] roots = new int[16];
  private int trees;
  private int nodes;
  private int leafCount;
  private int[] feature = new int[64];
  private double[] threshold = new double[64];
  private int[] children = new int[128];
  private byte[] missingLeft = new byte[64];
  private boolean[] zeroIsMissing = new boolean[64];
  private long[][] categories = new long[64][];
  private double[] leaves = new double[64];
  private boolean hasZeroIsMissing;
  private boolean hasCategories;

  TreeTable(List<String> features) {
    this.features = features;
  }

  /**
   * Adds a tree.
   *
   * @throws IllegalArgumentException if it is no tree, or refers to a feature or a child that does
   *     not exist
   */
  void add(Tree tree) {
    int n = tree.feature.length;
    checkShape(tree, n);
    reserve(n, tree.leaves.length);
    if (trees == roots.length) {
      roots = Arrays.copyOf(roots, 2 * trees);
    }
    roots[trees++] = n == 0 ? ~leafCount : nodes;
    for (int i = 0; i < n; i++) {
      int to = nodes + i;
      feature[to] = tree.feature[i];
      threshold[to] = tree.threshold[i];
      children[2 * to] = moved(tree.left[i]);
      children[2 * to + 1] = moved(tree.right[i]);
      missingLeft[to] = (byte) (tree.missingLeft[i] ? 1 : 0);
      zeroIsMissing[to] = tree.zeroIsMissing[i];
      categories[to] = tree.categories[i];
      hasZeroIsMissing |= tree.zeroIsMissing[i];
      hasCategories |= tree.categories[i] != null;
    }
    System.arraycopy(tree.leaves, 0, leaves, leafCount, tree.leaves.length);
    nodes += n;
    leafCount += tree.leaves.length;
  }

  private int moved(int child) {
    return child >= 0 ? child + nodes : child - leafCount;
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

  private void reserve(int moreNodes, int moreLeaves) {
    if (nodes + moreNodes > feature.length) {
      int size = Math.max(2 * feature.length, nodes + moreNodes);
      feature = Arrays.copyOf(feature, size);
      threshold = Arrays.copyOf(threshold, size);
      children = Arrays.copyOf(children, 2 * size);
      missingLeft = Arrays.copyOf(missingLeft, size);
      zeroIsMissing = Arrays.copyOf(zeroIsMissing, size);
      categories = Arrays.copyOf(categories, size);
    }
    if (leafCount + moreLeaves > leaves.length) {
      leaves = Arrays.copyOf(leaves, Math.max(2 * leaves.length, leafCount + moreLeaves));
    }
  }

  int[] roots() {
    return Arrays.copyOf(roots, trees);
  }

  int[] feature() {
    return Arrays.copyOf(feature, nodes);
  }

  double[] threshold() {
    return Arrays.copyOf(threshold, nodes);
  }

  int[] children() {
    return Arrays.copyOf(children, 2 * nodes);
  }

  byte[] missingLeft() {
    return Arrays.copyOf(missingLeft, nodes);
  }

  double[] leaves() {
    return Arrays.copyOf(leaves, leafCount);
  }

  /** Returns the sets of categories; null if no node has one. */
  long[][] categories() {
    return hasCategories ? Arrays.copyOf(categories, nodes) : null;
  }

  /** Returns the nodes at which zero is missing; null if there is none. */
  boolean[] zeroIsMissing() {
    return hasZeroIsMissing ? Arrays.copyOf(zeroIsMissing, nodes) : null;
  }
}
