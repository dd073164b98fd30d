package io.thalweg.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.feature.FeatureRow;
import io.thalweg.feature.FeatureSchema;
import io.thalweg.feature.FeatureVector;
import io.thalweg.feature.Transformers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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

  record Payment(String card, double amount) {}

  @Test
  void scoring_releaseWhileItRuns_replacesTheModel() {
    FeatureSchema schema = FeatureSchema.ofNumbers("amount", "hour");
    Model model = TreeEnsemble.lightGbm(STUMP);
    // region scoring
    Scoring<String, Payment> scoring =
        Scoring.<Payment>builder(schema)
            .format("lightgbm", bytes -> TreeEnsemble.lightGbm(new String(bytes, UTF_8)))
            .initial("shipped", model) // valid until the first release is
            .fallback(0.5) // the score of a row that no model has scored
            .build();
    // endregion
    byte[] bytes = STUMP.replace("leaf_value=-1 1", "leaf_value=-2 2").getBytes(UTF_8);
    long validFrom = 2_000;
    // region release
    ModelRelease release =
        new ModelRelease("2026-11-29", validFrom, schema.hash(), "lightgbm", bytes, false);
    byte[] message = ModelRelease.CODEC.encode(release); // to the control topic
    // endregion
    List<String> answers = new ArrayList<>();
    Output<String, Prediction<Payment>> out =
        Output.strict((card, p) -> answers.add(p.version() + " " + p.score()));
    ModelRelease received = ModelRelease.CODEC.decode(message);
    scoring.process("models", ScoringInput.release(received), 1_000, out);
    FeatureRow<Payment> row =
        new FeatureRow<>(new Payment("c", 120.5), FeatureVector.of(schema, 120.5, 3));
    scoring.process("c", ScoringInput.row(row), 1_999, out);
    scoring.process("c", ScoringInput.row(row), 2_000, out);
    assertThat(answers)
        .containsExactly(
            "shipped " + 1 / (1 + Math.exp(-1)), "2026-11-29 " + 1 / (1 + Math.exp(-2)));
  }

  @Test
  void timed_modelInTime_givesItsPrediction() {
    Model model = TreeEnsemble.lightGbm(STUMP);
    // region timed
    Model bounded = TimedModel.of(model, Duration.ofMillis(20), Double.NaN, 1);
    // endregion
    assertThat(bounded.features()).isEqualTo(model.features());
  }

  @Test
  void pipeline_ofTransformers_learnsForEachKey() {
    FeatureSchema schema = FeatureSchema.ofNumbers("amount", "hour");
    Model model = LinearModel.linear(schema.names(), new double[] {1, 0}, 0);
    // region pipeline
    Pipeline pipeline =
        Pipeline.of(
            schema, List.of(Transformers.meanImputer(), Transformers.standardScaler()), model);
    Processor<String, FeatureRow<Payment>, Double> scores =
        Processor.keyed(
            pipeline::create,
            pipeline.codec(),
            Duration.ofDays(60),
            (state, card, row, t, out) -> {
              out.emit(card, state.score(row.vector()));
              state.learn(row.vector());
            });
    // endregion
    List<Double> answers = new ArrayList<>();
    for (double amount : new double[] {1, 3, 5}) {
      FeatureRow<Payment> row =
          new FeatureRow<>(new Payment("c", amount), FeatureVector.of(schema, amount, 1));
      scores.process("c", row, 0, (card, score) -> answers.add(score));
    }
    assertThat(answers.get(2)).isEqualTo(3);
  }
}
