package io.thalweg.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.ml.lightgbm.PredictionType;
import io.github.metarank.lightgbm4j.LGBMBooster;
import io.github.metarank.lightgbm4j.LGBMDataset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Predictions are those of the trainers, which run here. */
class TreeEnsembleTest {

  private static final int WIDTH = 8;
  private static final int TRAINING = 4_000;
  private static final int ROWS = 20_000;

  /** Rows with numbers of different sizes, zeros, categories in the last column, and gaps. */
  private static double[] rows(long seed, int n, double missing) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] rows = new double[n * WIDTH];
    for (int i = 0; i < rows.length; i++) {
      int column = i % WIDTH;
      double value =
          switch (column) {
            case 0 -> random.nextGaussian();
            case 1 -> 1e6 * random.nextDouble();
            case 2 -> random.nextInt(3) == 0 ? 0 : random.nextGaussian();
            case 3 -> Math.exp(20 * random.nextDouble() - 10);
            case WIDTH - 1 -> random.nextInt(100);
            default -> random.nextInt(20) - 5;
          };
      rows[i] = (float) (random.nextDouble() < missing ? Double.NaN : value);
    }
    return rows;
  }

  private static float[] labels(double[] rows, String objective) {
    SplittableRandom random = new SplittableRandom(7);
    float[] labels = new float[rows.length / WIDTH];
    for (int i = 0; i < labels.length; i++) {
      double x = rows[i * WIDTH];
      double y = rows[i * WIDTH + 2];
      double category = rows[i * WIDTH + WIDTH - 1];
      double sum =
          (x != x ? 0.5 : x)
              + (y != y ? 1 : y == 0 ? -1 : y * y)
              + (category % 7 == 3 ? 2 : 0)
              + random.nextGaussian() / 2;
      labels[i] =
          (float)
              (objective.startsWith("binary") || objective.contains("logistic")
                  ? (sum > 1 ? 1 : 0)
                  : objective.contains("poisson") ? Math.floor(Math.exp(Math.min(sum, 4))) : sum);
    }
    return labels;
  }

  /** Rows to score: like the training rows, with unseen categories and extreme values. */
  private static double[] unseen() {
    double[] rows = rows(11, ROWS, 0.1);
    double[] extreme = {
      Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.0, 1e-36f, 1e-34f, -1e-36f, 1e30f, 250
    };
    SplittableRandom random = new SplittableRandom(12);
    for (int i = 0; i < ROWS / 10; i++) {
      rows[random.nextInt(rows.length)] = (float) extreme[random.nextInt(extreme.length)];
    }
    return rows;
  }

  private static void assertEqual(
      ToDoubleFunction<double[]> model, double[] rows, double[] expected, double ulps) {
    double[] row = new double[WIDTH];
    for (int i = 0; i < ROWS; i++) {
      System.arraycopy(rows, i * WIDTH, row, 0, WIDTH);
      double actual = model.applyAsDouble(row);
      if (Math.abs(actual - expected[i]) <= ulps * Math.ulp(expected[i])) {
        continue; // an assertion for each row is slow
      }
      assertThat(Math.abs(actual - expected[i]))
          .as("row %d: %s, actual %s, expected %s", i, Arrays.toString(row), actual, expected[i])
          .isLessThanOrEqualTo(ulps * Math.ulp(expected[i]));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "objective=binary num_leaves=31",
        "objective=binary num_leaves=31 categorical_feature=7",
        "objective=binary sigmoid=0.7 num_leaves=5 zero_as_missing=true",
        "objective=binary use_missing=false num_leaves=63",
        "objective=regression num_leaves=31",
        "objective=regression reg_sqrt=true num_leaves=31",
        "objective=poisson num_leaves=15 categorical_feature=7 max_cat_to_onehot=1",
        "objective=cross_entropy num_leaves=15",
        "objective=regression boosting=rf bagging_freq=1 bagging_fraction=0.6 num_leaves=31",
        "objective=regression boosting=dart num_leaves=15 zero_as_missing=true",
        "objective=regression min_data_in_leaf=100000"
      })
  void lightGbm_trainedModel_predictsAsTheTrainer(String parameters) throws Exception {
    assumeLightGbm();
    String text = trainLightGbm(parameters, 43);
    try (LGBMBooster booster = LGBMBooster.loadModelFromString(text)) {
      double[] rows = unseen();
      double[] expected =
          booster.predictForMat(rows, ROWS, WIDTH, true, PredictionType.C_API_PREDICT_NORMAL);
      TreeEnsemble model = TreeEnsemble.lightGbm(text);
      assertEqual(model::score, rows, expected, 2);
      double[] sums =
          booster.predictForMat(rows, ROWS, WIDTH, true, PredictionType.C_API_PREDICT_RAW_SCORE);
      assertEqual(model::margin, rows, sums, 0);
    }
  }

  private static String trainLightGbm(String parameters, int trees) throws Exception {
    double[] training = rows(3, TRAINING, 0.1);
    String all = parameters + " verbose=-1 num_threads=1 deterministic=true seed=1";
    String objective =
        parameters.contains("cross") ? "binary" : parameters.substring(10).split(" ")[0];
    try (LGBMDataset data = LGBMDataset.createFromMat(training, TRAINING, WIDTH, true, all, null)) {
      data.setField("label", labels(training, objective));
      try (LGBMBooster booster = LGBMBooster.create(data, all)) {
        for (int i = 0; i < trees; i++) {
          booster.updateOneIter();
        }
        return booster.saveModelToString(0, 0, LGBMBooster.FeatureImportanceType.SPLIT);
      }
    }
  }

  private static void assumeLightGbm() throws Exception {
    try {
      LGBMBooster.loadNative();
    } catch (UnsatisfiedLinkError e) {
      assumeTrue(false, "LightGBM does not run here: " + e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "objective=binary:logistic max_depth=6",
        "objective=binary:logistic max_depth=6 categorical=true",
        "objective=binary:logitraw max_depth=3",
        "objective=reg:squarederror max_depth=8 base_score=0.25",
        "objective=count:poisson max_depth=4",
        "objective=reg:squarederror max_depth=5 gamma=0.5 booster=dart rate_drop=0.3",
        "objective=reg:squarederror max_depth=6 grow_policy=lossguide max_leaves=20 tree_method=hist"
      })
  void xgboost_trainedModel_predictsAsTheTrainer(String parameters) throws Exception {
    Booster booster = trainXgboost(parameters, 43);
    double[] rows = unseen();
    float[] floats = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      // XGBoost refuses infinite values.
      rows[i] = Double.isInfinite(rows[i]) ? Math.copySign(Float.MAX_VALUE, rows[i]) : rows[i];
      floats[i] = (float) rows[i];
    }
    DMatrix matrix = matrix(floats, parameters);
    float[][] predicted = booster.predict(matrix);
    double[] expected = new double[ROWS];
    for (int i = 0; i < ROWS; i++) {
      expected[i] = predicted[i][0];
    }
    double floatUlp = 1 << 29; // of a double
    TreeEnsemble model = TreeEnsemble.xgboost(booster.toByteArray("json"));
    float[][] sums = booster.predict(matrix, true);
    double[] margins = new double[ROWS];
    for (int i = 0; i < ROWS; i++) {
      margins[i] = sums[i][0];
    }
    assertEqual(model::margin, rows, margins, 0);
    assertEqual(model::score, rows, expected, 2 * floatUlp);
    matrix.dispose();
    booster.dispose();
  }

  private static DMatrix matrix(float[] values, String parameters) throws Exception {
    DMatrix matrix = new DMatrix(values, values.length / WIDTH, WIDTH, Float.NaN);
    if (parameters.contains("categorical")) {
      String[] types = new String[WIDTH];
      Arrays.fill(types, "q");
      types[WIDTH - 1] = "c";
      matrix.setFeatureTypes(types);
    }
    return matrix;
  }

  private static Booster trainXgboost(String parameters, int trees) throws Exception {
    Map<String, Object> options = new HashMap<>(Map.of("nthread", 1, "seed", 1, "verbosity", 0));
    for (String option : parameters.split(" ")) {
      String[] pair = option.split("=");
      if (!pair[0].equals("categorical")) {
        options.put(pair[0], pair[1]);
      }
    }
    if (parameters.contains("categorical")) {
      options.put("tree_method", "hist");
      options.put("max_cat_to_onehot", 4);
    }
    double[] rows = rows(3, TRAINING, 0.1);
    float[] training = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      training[i] = (float) rows[i];
    }
    DMatrix matrix = matrix(training, parameters);
    matrix.setLabel(labels(rows, (String) options.get("objective")));
    Booster booster = XGBoost.train(matrix, options, trees, Map.of(), null, null);
    matrix.dispose();
    return booster;
  }

  @Test
  void lightGbm_cutOrDamagedText_isRefusedWithTheReason() throws Exception {
    assumeLightGbm();
    String text = trainLightGbm("objective=binary num_leaves=7", 3);
    assertThatThrownBy(() -> TreeEnsemble.lightGbm(text.substring(0, text.indexOf("Tree=1"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cut off");
    assertThatThrownBy(() -> TreeEnsemble.lightGbm(text.replace("version=v4", "version=v9")))
        .hasMessageContaining("version must be v2, v3 or v4: v9");
    assertThatThrownBy(() -> TreeEnsemble.lightGbm(text.replace("num_class=1", "num_class=3")))
        .hasMessageContaining("num_class must be 1: 3");
    assertThatThrownBy(
            () -> TreeEnsemble.lightGbm(text.replaceFirst("left_child=\\d+", "left_child=0")))
        .hasMessageContaining("child of node 0");
    assertThatThrownBy(() -> TreeEnsemble.lightGbm("<html>"))
        .hasMessageContaining("must begin with the line tree");
    TreeEnsemble model = TreeEnsemble.lightGbm(text);
    assertThat(model.features()).hasSize(WIDTH);
    assertThat(model.trees()).isEqualTo(3);
    assertThatThrownBy(() -> model.score(new double[WIDTH - 1]))
        .hasMessage("row must have a value for each of 8 features: 7");
  }

  @Test
  void lightGbm_anyDamagedByte_isReadOrRefusedNeverMore() throws Exception {
    assumeLightGbm();
    String text = trainLightGbm("objective=binary num_leaves=7 categorical_feature=7", 3);
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 3_000; i++) {
      char[] damaged = text.toCharArray();
      for (int k = 1 + random.nextInt(3); k > 0; k--) {
        damaged[random.nextInt(damaged.length)] = (char) (' ' + random.nextInt(96));
      }
      try {
        TreeEnsemble.lightGbm(new String(damaged)).score(new double[WIDTH + 100]);
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageMatching("(?s)(tree model|row must).*");
      }
    }
  }

  @Test
  void xgboost_damagedJson_isRefusedWithTheReason() throws Exception {
    byte[] json = trainXgboost("objective=binary:logistic max_depth=3", 3).toByteArray("json");
    assertThatThrownBy(() -> TreeEnsemble.xgboost(Arrays.copyOf(json, json.length / 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("XGBoost model must be JSON");
    String text = new String(json, UTF_8);
    assertRefused(text.replace("binary:logistic", "multi:softmax"), "one output");
    assertRefused(text.replace("\"gbtree\"", "\"gblinear\""), "booster must be gbtree or dart");
    assertRefused(
        text.replaceFirst("\"left_children\":\\[1", "\"left_children\":[0"), "one parent");
    assertRefused("{}", "field must be present: learner");
  }

  private static void assertRefused(String json, String reason) {
    assertThatThrownBy(() -> TreeEnsemble.xgboost(json.getBytes(UTF_8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void linear_knownWeights_giveSumAndLogistic() {
    List<String> names = List.of("a", "b");
    double[] weights = {2, -1};
    assertThat(LinearModel.linear(names, weights, 0.5).score(new double[] {3, 4})).isEqualTo(2.5);
    assertThat(LinearModel.logistic(names, weights, -2).score(new double[] {3, 4})).isEqualTo(0.5);
    assertThat(LinearModel.linear(names, weights, 0).score(new double[] {Double.NaN, 1})).isNaN();
    assertThatThrownBy(() -> LinearModel.linear(names, new double[] {1}, 0))
        .hasMessage("weights must be as many as features, 2: 1");
    assertThatThrownBy(() -> LinearModel.linear(names, new double[] {1, Double.NaN}, 0))
        .hasMessage("weight of b must be finite: NaN");
  }
}
