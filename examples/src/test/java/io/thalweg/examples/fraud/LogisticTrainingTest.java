package io.thalweg.examples.fraud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.model.LinearModel;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogisticTrainingTest {

  @Test
  void train_simulatedLogits_findsTheWeights() {
    RandomStream random = RandomStream.of(1, 0, 0);
    double[][] rows = new double[50_000][];
    boolean[] labels = new boolean[rows.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = new double[] {random.normal(100, 10), random.uniform(0, 1), 7};
      double logit = 0.2 * (rows[i][0] - 100) - 3 * rows[i][1];
      labels[i] = random.uniform(0, 1) < 1 / (1 + Math.exp(-logit));
    }
    LinearModel model = LogisticTraining.train(List.of("a", "b", "constant"), rows, labels);
    for (double[] row : new double[][] {{100, 0, 7}, {110, 0.5, 7}, {90, 1, 7}}) {
      double expected = 1 / (1 + Math.exp(-0.2 * (row[0] - 100) + 3 * row[1]));
      assertThat(model.score(row)).isCloseTo(expected, within(0.02));
    }
  }
}
