package io.thalweg.examples.fraud;

import io.github.metarank.lightgbm4j.LGBMBooster;
import io.github.metarank.lightgbm4j.LGBMDataset;
import io.github.metarank.lightgbm4j.LGBMException;
import io.thalweg.examples.runtime.DemoException;
import io.thalweg.model.TreeEnsemble;
import java.io.IOException;
import java.util.List;

/**
 * Training of gradient-boosted trees by LightGBM. One thread, so that the same rows give the same
 * model.
 *
 * @param trees the number of trees
 * @param rate the learning rate
 * @param leaves the largest number of leaves of a tree
 * @param depth the largest depth of a tree
 * @param leastInLeaf the smallest number of rows in a leaf
 * @param l2 the ridge penalty of the leaves
 */
record TreeTraining(int trees, double rate, int leaves, int depth, int leastInLeaf, double l2) {

  /** Defaults of XGBoost, which the handbook uses: 100 trees of depth 6, learning rate 0.3. */
  static final TreeTraining XGBOOST_DEFAULTS = new TreeTraining(100, 0.3, 64, 6, 1, 1);

  /** Settings that are compared on weeks before the test. */
  static final List<TreeTraining> TRIALS =
      List.of(
          new TreeTraining(100, 0.05, 8, 3, 20, 1),
          new TreeTraining(200, 0.05, 8, 3, 20, 1),
          new TreeTraining(400, 0.03, 8, 3, 20, 1),
          new TreeTraining(100, 0.05, 16, 5, 20, 1),
          new TreeTraining(200, 0.05, 16, 5, 20, 1),
          new TreeTraining(100, 0.05, 16, 5, 100, 1),
          new TreeTraining(200, 0.05, 16, 5, 100, 1),
          new TreeTraining(100, 0.05, 31, 6, 50, 10));

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
                + " lambda_l2=%s min_sum_hessian_in_leaf=%s verbose=-1 num_threads=1 seed=1"
                + " deterministic=true force_col_wise=true")
            .formatted(rate, leaves, depth, leastInLeaf, l2, leastInLeaf == 1 ? 1.0 : 1e-3);
    double[] matrix = new double[rows.length * features.size()];
    float[] target = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, matrix, i * features.size(), features.size());
      target[i] = labels[i] ? 1 : 0;
    }
    try {
      LGBMBooster.loadNative();
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
}
