package io.thalweg.examples.fraud;

import io.github.metarank.lightgbm4j.LGBMBooster;
import io.github.metarank.lightgbm4j.LGBMDataset;
import io.github.metarank.lightgbm4j.LGBMException;
import io.thalweg.examples.runtime.DemoException;
import io.thalweg.model.TreeEnsemble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Training of gradient-boosted trees by LightGBM. One thread, so that the same rows give the same
 * model.
 *
 * @param trees the number of trees
 * @param rate the learning rate
 * @param leaves the largest number of leaves of a tree
 * @param depth the largest depth of a tree
 * @param leastInLeaf the smallest number of rows in a leaf
 * @param leastHessian the smallest sum of second derivatives in a leaf
 * @param l2 the ridge penalty of the leaves
 * @param share the share of the features that a tree may use
 * @param fromAverage true if the first tree starts from the log odds of the frauds, false if from 0
 */
record TreeTraining(
    int trees,
    double rate,
    int leaves,
    int depth,
    int leastInLeaf,
    double leastHessian,
    double l2,
    double share,
    boolean fromAverage) {

  private static final String TEMPORARY_FILES = "java.io.tmpdir";

  private static boolean loaded;

  /** Defaults of XGBoost, which the handbook uses. */
  static final TreeTraining XGBOOST_DEFAULTS = new TreeTraining(100, 0.3, 64, 6, 1, 1, 1, 1, false);

  /** Settings that are compared on weeks before the test. */
  static final List<TreeTraining> TRIALS =
      List.of(
          of(100, 8, 50, 1),
          of(200, 8, 50, 1),
          of(100, 31, 50, 1),
          of(100, 31, 50, 0.5),
          of(200, 31, 50, 0.5),
          of(200, 15, 50, 0.5),
          of(200, 15, 100, 0.3),
          of(300, 31, 100, 0.3));

  /** Settings of the models that ship with the example. */
  static final TreeTraining CHOSEN = of(200, 15, 50, 0.5);

  private static TreeTraining of(int trees, int leaves, int leastInLeaf, double share) {
    return new TreeTraining(trees, 0.05, leaves, 6, leastInLeaf, 1e-3, 10, share, true);
  }

  /**
   * Trains.
   *
   * @param features the names of the features, without spaces
   * @param rows one value for each feature; NaN if it is absent
   * @param labels the frauds among the rows
   * @return the model in LightGBM's text format, for {@link TreeEnsemble#lightGbm}
   * @throws DemoException if LightGBM does not run on this machine
   */
  String train(List<String> features, double[][] rows, boolean[] labels) {
    String parameters =
        ("objective=binary learning_rate=%s num_leaves=%d max_depth=%d min_data_in_leaf=%d"
                + " min_sum_hessian_in_leaf=%s lambda_l2=%s feature_fraction=%s"
                + " boost_from_average=%s verbose=-1 num_threads=1 seed=1 deterministic=true"
                + " force_col_wise=true")
            .formatted(rate, leaves, depth, leastInLeaf, leastHessian, l2, share, fromAverage);
    double[] matrix = new double[rows.length * features.size()];
    float[] target = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, matrix, i * features.size(), features.size());
      target[i] = labels[i] ? 1 : 0;
    }
    try {
      loadLibrary();
      try (LGBMDataset data =
          LGBMDataset.createFromMat(matrix, rows.length, features.size(), true, parameters, null)) {
        data.setFeatureNames(features.toArray(String[]::new));
        data.setField("label", target);
        try (LGBMBooster booster = LGBMBooster.create(data, parameters)) {
          for (int i = 0; i < trees; i++) {
            booster.updateOneIter();
          }
          return booster.saveModelToString(0, 0, LGBMBooster.FeatureImportanceType.GAIN);
        }
      }
    } catch (IOException | LGBMException | UnsatisfiedLinkError e) {
      throw new DemoException(
          "LightGBM does not run on this machine; on Linux it needs libgomp: " + e.getMessage(),
          e instanceof Exception cause ? cause : new IllegalStateException(e));
    }
  }

  /**
   * Loads the native library from a folder of this process. LightGBM extracts it under a fixed name
   * into {@code java.io.tmpdir}, where another process would overwrite it.
   */
  private static synchronized void loadLibrary() throws IOException {
    if (loaded) {
      return;
    }
    String shared = System.getProperty(TEMPORARY_FILES);
    Path folder = Files.createTempDirectory("thalweg-lightgbm-");
    System.setProperty(TEMPORARY_FILES, folder.toString());
    try {
      LGBMBooster.loadNative();
      loaded = true;
    } finally {
      System.setProperty(TEMPORARY_FILES, shared);
      folder.toFile().deleteOnExit(); // after its files: in reverse order
      try (Stream<Path> files = Files.list(folder)) {
        files.forEach(file -> file.toFile().deleteOnExit());
      }
    }
  }
}
