package io.thalweg.benchmarks;

import com.microsoft.ml.lightgbm.PredictionType;
import io.github.metarank.lightgbm4j.LGBMBooster;
import io.github.metarank.lightgbm4j.LGBMDataset;
import io.thalweg.model.TreeEnsemble;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
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
 * One row through an ensemble of boosted trees of depth 6, ours beside the single-row call of
 * LightGBM, which has trained them. The predictions are compared first.
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
  private static final int ROWS = 1 << 12;
  private static final String PARAMETERS =
      "objective=binary num_leaves=64 max_depth=6 min_data_in_leaf=5 verbose=-1 num_threads=1"
          + " seed=1 deterministic=true";

  /** The number of trees. */
  @Param({"100", "500"})
  public int trees;

  private final double[][] rows = new double[ROWS][WIDTH];
  private TreeEnsemble ours;
  private LGBMBooster theirs;
  private int next;

  /**
   * Trains the trees, and compares the predictions.
   *
   * @throws Exception if LightGBM does not run here
   */
  @Setup(Level.Trial)
  public void trainAndCompare() throws Exception {
    SplittableRandom random = new SplittableRandom(1);
    double[] matrix = new double[20_000 * WIDTH];
    float[] labels = new float[20_000];
    for (int i = 0; i < labels.length; i++) {
      double sum = random.nextGaussian();
      for (int k = 0; k < WIDTH; k++) {
        double value = random.nextGaussian();
        matrix[i * WIDTH + k] = value;
        sum += Math.sin(value * (k % 5)) * (k % 3);
      }
      labels[i] = sum > 0 ? 1 : 0;
    }
    for (double[] row : rows) {
      for (int k = 0; k < WIDTH; k++) {
        row[k] = random.nextGaussian();
      }
    }
    LGBMBooster.loadNative();
    try (LGBMDataset data =
        LGBMDataset.createFromMat(matrix, labels.length, WIDTH, true, PARAMETERS, null)) {
      data.setField("label", labels);
      try (LGBMBooster booster = LGBMBooster.create(data, PARAMETERS)) {
        for (int i = 0; i < trees; i++) {
          booster.updateOneIter();
        }
        String text = booster.saveModelToString(0, 0, LGBMBooster.FeatureImportanceType.SPLIT);
        ours = TreeEnsemble.lightGbm(text);
        theirs = LGBMBooster.loadModelFromString(text);
      }
    }
    for (double[] row : rows) {
      double expected = theirs.predictForMatSingleRow(row, PredictionType.C_API_PREDICT_NORMAL);
      double actual = ours.score(row);
      if (Math.abs(actual - expected) > 2 * Math.ulp(expected)) {
        throw new IllegalStateException("predictions differ: " + actual + ", " + expected);
      }
    }
  }

  /**
   * Closes the booster.
   *
   * @throws Exception if it cannot be closed
   */
  @TearDown(Level.Trial)
  public void close() throws Exception {
    theirs.close();
  }

  /**
   * Scores a row.
   *
   * @return the probability
   */
  @Benchmark
  public double thalweg() {
    return ours.score(rows[next++ & ROWS - 1]);
  }

  /**
   * Scores a row.
   *
   * @return the probability
   * @throws Exception if LightGBM fails
   */
  @Benchmark
  public double lightGbmSingleRow() throws Exception {
    return theirs.predictForMatSingleRow(
        rows[next++ & ROWS - 1], PredictionType.C_API_PREDICT_NORMAL);
  }
}
