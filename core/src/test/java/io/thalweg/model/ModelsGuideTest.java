package io.thalweg.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Code of docs/models.md. */
class ModelsGuideTest {

  /** One tree: the amount up to 100, or missing, on the left. */
  private static final String STUMP =
      """
      tree
      version=v4
      num_class=1
      num_tree_per_iteration=1
      label_index=0
      max_feature_idx=1
      objective=binary sigmoid:1
      feature_names=amount hour
      feature_infos=[0:1000] [0:23]
      tree_sizes=200

      Tree=0
      num_leaves=2
      num_cat=0
      split_feature=0
      threshold=100
      decision_type=10
      left_child=-1
      right_child=-2
      leaf_value=-1 1
      is_linear=0
      shrinkage=1


      end of trees

      """;

  @TempDir private Path folder;

  @Test
  void score_modelFromAFile_givesItsProbability() throws Exception {
    Path file = Files.writeString(folder.resolve("fraud.txt"), STUMP);
    // region score
    Model model = TreeEnsemble.lightGbm(Files.readString(file));
    double[] row = new double[model.features().size()]; // in the order of model.features()
    row[0] = 120.5; // the amount
    row[1] = Double.NaN; // missing
    double probability = model.score(row);
    // endregion
    assertThat(probability).isEqualTo(1 / (1 + Math.exp(-1)));
    assertThat(model.features()).containsExactly("amount", "hour");
    assertThat(model.score(new double[] {Double.NaN, 3})).isEqualTo(1 / (1 + Math.exp(1)));
  }
}
