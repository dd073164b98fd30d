package io.thalweg.model.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OrtEnvironment;
import io.thalweg.model.LinearModel;
import io.thalweg.model.Model;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class OnnxModelTest {

  private static final List<String> FEATURES = List.of("amount", "rate", "hour");

  @BeforeAll
  static void requireRuntime() {
    boolean runs;
    try {
      runs = OrtEnvironment.getEnvironment() != null;
    } catch (LinkageError e) {
      runs = false;
    }
    assumeTrue(runs, "ONNX Runtime has no native library for this system");
  }

  @Test
  void score_logisticRegression_isThatOfTheFormula() {
    float[] weights = {0.5f, -2, 0.25f};
    Model expected = LinearModel.logistic(FEATURES, new double[] {0.5, -2, 0.25}, 0.125);
    SplittableRandom random = new SplittableRandom(1);
    try (OnnxModel model = OnnxModel.load(OnnxFile.logistic(weights, 0.125f), FEATURES)) {
      double[][] rows = new double[100][3];
      for (double[] row : rows) {
        Arrays.setAll(row, i -> (float) random.nextGaussian());
        assertThat(model.score(row)).isCloseTo(expected.score(row), within(1e-6));
      }
      double[] scores = new double[100];
      model.score(rows, scores);
      for (int i = 0; i < rows.length; i++) {
        assertThat(scores[i]).as("row %d in a batch", i).isEqualTo(model.score(rows[i]));
      }
      assertThat(model.features()).isEqualTo(FEATURES);
    }
  }

  @Test
  void score_trees_followThresholdAndMissingValue() {
    try (OnnxModel model = OnnxModel.load(OnnxFile.stump(3, 0.25f, 0.75f), FEATURES)) {
      assertThat(model.score(new double[] {0.5, 0, 0})).isEqualTo(0.25);
      assertThat(model.score(new double[] {0.75, 0, 0})).isEqualTo(0.75);
      assertThat(model.score(new double[] {Double.NaN, 0, 0})).isEqualTo(0.25);
    }
  }

  @Test
  void load_damagedFile_throws() {
    byte[] file = OnnxFile.logistic(new float[3], 0);
    for (byte[] bad :
        List.of(
            new byte[0], new byte[100], Arrays.copyOf(file, file.length / 2), "no".getBytes())) {
      assertThatThrownBy(() -> OnnxModel.load(bad, FEATURES))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("ONNX model must");
    }
  }

  @Test
  void load_otherWidth_throws() {
    assertThatThrownBy(() -> OnnxModel.load(OnnxFile.logistic(new float[4], 0), FEATURES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("ONNX model must have a column for each of 3 features: 4");
  }

  @Test
  void load_outputWithoutFloats_throws() {
    assertThatThrownBy(() -> OnnxModel.load(OnnxFile.integers(3), FEATURES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("convert a classifier with zipmap=False");
  }

  @Test
  void score_shortRow_throws() {
    try (OnnxModel model = OnnxModel.load(OnnxFile.logistic(new float[3], 0), FEATURES)) {
      assertThatThrownBy(() -> model.score(new double[2]))
          .hasMessage("row must have a value for each of 3 features: 2");
      assertThatThrownBy(() -> model.score(new double[2][3], new double[1]))
          .hasMessage("scores must have a place for each of 2 rows: 1");
      double[] none = {};
      model.score(new double[0][], none);
    }
  }

  @Test
  void score_closedModel_throws() {
    OnnxModel model = OnnxModel.load(OnnxFile.logistic(new float[3], 0), FEATURES);
    model.close();
    assertThatThrownBy(() -> model.score(new double[3])).isInstanceOf(IllegalStateException.class);
  }
}
