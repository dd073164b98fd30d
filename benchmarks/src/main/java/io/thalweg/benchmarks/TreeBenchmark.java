package io.thalweg.benchmarks;

import static com.microsoft.ml.lightgbm.lightgbmlib.LGBM_BoosterFree;
import static com.microsoft.ml.lightgbm.lightgbmlib.LGBM_BoosterLoadModelFromString;
import static com.microsoft.ml.lightgbm.lightgbmlib.LGBM_BoosterPredictForMatSingleRowFastCriticalSWIG;
import static com.microsoft.ml.lightgbm.lightgbmlib.LGBM_BoosterPredictForMatSingleRowFastInit;
import static com.microsoft.ml.lightgbm.lightgbmlib.LGBM_FastConfigFree;
import static com.microsoft.ml.lightgbm.lightgbmlib.doubleArray_getitem;
import static com.microsoft.ml.lightgbm.lightgbmlib.new_doubleArray;
import static com.microsoft.ml.lightgbm.lightgbmlib.new_int64_tp;
import static com.microsoft.ml.lightgbm.lightgbmlib.new_intp;
import static com.microsoft.ml.lightgbm.lightgbmlib.new_voidpp;
import static com.microsoft.ml.lightgbm.lightgbmlib.voidpp_value;

import biz.k11i.xgboost.Predictor;
import biz.k11i.xgboost.util.FVec;
import com.microsoft.ml.lightgbm.PredictionType;
import com.microsoft.ml.lightgbm.SWIGTYPE_p_double;
import com.microsoft.ml.lightgbm.SWIGTYPE_p_long_long;
import com.microsoft.ml.lightgbm.SWIGTYPE_p_p_void;
import com.microsoft.ml.lightgbm.SWIGTYPE_p_void;
import com.microsoft.ml.lightgbm.lightgbmlibConstants;
import io.github.metarank.lightgbm4j.LGBMBooster;
import io.github.metarank.lightgbm4j.LGBMDataset;
import io.thalweg.model.TreeEnsemble;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One row through an ensemble of boosted trees of depth 6: ours beside the single-row calls of
 * LightGBM, which has trained them, and beside xgboost-predictor, with trees that XGBoost has
 * trained on the same rows. The predictions are compared first.
 *
 * <p>{@code java -jar benchmarks/target/thalweg-benchmarks.jar TreeBenchmark -prof gc}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class TreeBenchmark {

  private static final int WIDTH = 30;
  private static final int TRAINING = 20_000;
  private static final int ROWS = 1 << 12;
  private static final String PARAMETERS =
      "objective=binary num_leaves=64 max_depth=6 min_data_in_leaf=5 verbose=-1 num_threads=1"
          + " seed=1 deterministic=true";

  static {
    try {
      LGBMBooster.loadNative();
    } catch (IOException e) {
      throw new UncheckedIOException("LightGBM must run here", e);
    }
  }

  /** The number of trees. */
  @Param({"100", "500"})
  public int trees;

  private final double[][] rows = new double[ROWS][WIDTH];
  private final double[] matrix = new double[TRAINING * WIDTH];
  private final float[] labels = new float[TRAINING];
  private final FVec[] vectors = new FVec[ROWS];
  private TreeEnsemble ours;
  private TreeEnsemble oursOfXgboost;
  private LGBMBooster theirs;
  private Predictor predictor;
  private final SWIGTYPE_p_p_void booster = new_voidpp();
  private SWIGTYPE_p_void fast;
  private final SWIGTYPE_p_long_long length = new_int64_tp();
  private final SWIGTYPE_p_double result = new_doubleArray(1);
  private int next;

  /**
   * Trains the trees, and compares the predictions.
   *
   * @throws Exception if LightGBM or XGBoost does not run here
   */
  @Setup(Level.Trial)
  public void trainAndCompare() throws Exception {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < TRAINING; i++) {
      double sum = random.nextGaussian();
      for (int k = 0; k < WIDTH; k++) {
        double value = (float) random.nextGaussian();
        matrix[i * WIDTH + k] = value;
        sum += Math.sin(value * (k % 5)) * (k % 3);
      }
      labels[i] = sum > 0 ? 1 : 0;
    }
    for (int i = 0; i < ROWS; i++) {
      for (int k = 0; k < WIDTH; k++) {
        rows[i][k] = (float) random.nextGaussian();
      }
      vectors[i] = FVec.Transformer.fromArray(rows[i], false);
    }
    trainLightGbm();
    trainXgboost();
    for (int i = 0; i < ROWS; i++) {
      next = i;
      double expected = theirs.predictForMatSingleRow(rows[i], PredictionType.C_API_PREDICT_NORMAL);
      requireClose(expected, ours.score(rows[i]), 2 * Math.ulp(expected));
      requireClose(expected, lightGbmFastSingleRow(), 0);
      float ofXgboost = predictor.predictSingle(vectors[i]);
      // The rival adds the base score last, so its sum is rounded otherwise.
      requireClose(ofXgboost, oursOfXgboost.score(rows[i]), 1e-5);
    }
  }

  private void trainLightGbm() throws Exception {
    try (LGBMDataset data =
        LGBMDataset.createFromMat(matrix, TRAINING, WIDTH, true, PARAMETERS, null)) {
      data.setField("label", labels);
      try (LGBMBooster trained = LGBMBooster.create(data, PARAMETERS)) {
        for (int i = 0; i < trees; i++) {
          trained.updateOneIter();
        }
        String text = trained.saveModelToString(0, 0, LGBMBooster.FeatureImportanceType.SPLIT);
        ours = TreeEnsemble.lightGbm(text);
        theirs = LGBMBooster.loadModelFromString(text);
        SWIGTYPE_p_p_void config = new_voidpp();
        requireDone(LGBM_BoosterLoadModelFromString(text, new_intp(), booster));
        requireDone(
            LGBM_BoosterPredictForMatSingleRowFastInit(
                voidpp_value(booster),
                PredictionType.C_API_PREDICT_NORMAL.getType(),
                0,
                -1,
                lightgbmlibConstants.C_API_DTYPE_FLOAT64,
                WIDTH,
                "num_threads=1",
                config));
        fast = voidpp_value(config);
      }
    }
  }

  private void trainXgboost() throws Exception {
    float[] values = new float[matrix.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) matrix[i];
    }
    DMatrix data = new DMatrix(values, TRAINING, WIDTH, Float.NaN);
    data.setLabel(labels);
    Map<String, Object> parameters =
        Map.of(
            "objective",
            "binary:logistic",
            "max_depth",
            6,
            "base_score",
            0.5,
            "nthread",
            1,
            "tree_method",
            "hist");
    Booster trained = XGBoost.train(data, parameters, trees, new HashMap<>(), null, null);
    oursOfXgboost = TreeEnsemble.xgboost(trained.toByteArray("json"));
    predictor = new Predictor(new ByteArrayInputStream(trained.toByteArray("deprecated")));
    trained.dispose();
    data.dispose();
  }

  private static void requireClose(double expected, double actual, double error) {
    if (!(Math.abs(actual - expected) <= error)) {
      throw new IllegalStateException("predictions differ: " + actual + ", " + expected);
    }
  }

  private static void requireDone(int status) {
    if (status != 0) {
      throw new IllegalStateException("LightGBM has failed: " + status);
    }
  }

  /**
   * Closes the boosters.
   *
   * @throws Exception if one cannot be closed
   */
  @TearDown(Level.Trial)
  public void close() throws Exception {
    theirs.close();
    requireDone(LGBM_FastConfigFree(fast));
    requireDone(LGBM_BoosterFree(voidpp_value(booster)));
  }

  /**
   * Scores a row by the trees of LightGBM.
   *
   * @return the probability
   */
  @Benchmark
  public double thalweg() {
    return ours.score(rows[next++ & ROWS - 1]);
  }

  /**
   * Scores a row by the trees of XGBoost.
   *
   * @return the probability
   */
  @Benchmark
  public double thalwegOfXgboost() {
    return oursOfXgboost.score(rows[next++ & ROWS - 1]);
  }

  /**
   * Scores a row by the trees of LightGBM.
   *
   * @return the probability
   * @throws Exception if LightGBM fails
   */
  @Benchmark
  public double lightGbmSingleRow() throws Exception {
    return theirs.predictForMatSingleRow(
        rows[next++ & ROWS - 1], PredictionType.C_API_PREDICT_NORMAL);
  }

  /**
   * Scores a row by the trees of LightGBM, with a call that was prepared before.
   *
   * @return the probability
   */
  @Benchmark
  public double lightGbmFastSingleRow() {
    requireDone(
        LGBM_BoosterPredictForMatSingleRowFastCriticalSWIG(
            rows[next++ & ROWS - 1], fast, length, result));
    return doubleArray_getitem(result, 0);
  }

  /**
   * Scores a row by the trees of XGBoost.
   *
   * @return the probability
   */
  @Benchmark
  public double xgboostPredictor() {
    return predictor.predictSingle(vectors[next++ & ROWS - 1]);
  }
}
