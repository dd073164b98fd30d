package io.thalweg.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Codec;
import io.thalweg.Processor;
import io.thalweg.Snapshot;
import io.thalweg.feature.FeatureRow;
import io.thalweg.feature.FeatureSchema;
import io.thalweg.feature.FeatureSchema.Feature;
import io.thalweg.feature.FeatureType;
import io.thalweg.feature.FeatureVector;
import io.thalweg.feature.Transformers;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PipelineTest {

  private static final FeatureSchema SCHEMA =
      FeatureSchema.of(
          List.of(
              new Feature("amount", FeatureType.NUMBER, ""),
              new Feature("merchant", FeatureType.TEXT, "")));

  /** Adds the transformed features. */
  private static final Model SUM =
      LinearModel.linear(List.of("amount", "merchant"), new double[] {1, 10}, 0);

  private static Pipeline pipeline() {
    return Pipeline.of(
        SCHEMA,
        List.of(
            Transformers.imputer(0, "amount"),
            Transformers.standardScaler("amount"),
            Transformers.targetEncoding("merchant", 1, 100)),
        SUM);
  }

  private static FeatureVector vector(double amount, String merchant) {
    return FeatureVector.of(
        SCHEMA, new double[] {amount, Double.NaN}, new String[] {null, merchant});
  }

  @Test
  void score_beforeLearn_usesThePastOnly() {
    Pipeline.State state = pipeline().create();
    assertThat(state.score(vector(5, "a"))).as("nothing learned").isNaN();
    state.learn(vector(1, "a"));
    state.learn(vector(3, "b"));
    state.learnTarget(vector(1, "a"), 1);
    state.learnTarget(vector(3, "b"), 0);
    // mean 2, sd 1; of a (1 + 0.5) / 2
    assertThat(state.score(vector(5, "a"))).isEqualTo(3 + 7.5);
    assertThat(state.score(vector(5, "a"))).as("scoring learns nothing").isEqualTo(3 + 7.5);
    assertThat(state.score(vector(Double.NaN, "new"))).isEqualTo(-2 + 5);
    assertThat(state.transform(vector(5, "a"))).hasToString("{amount=3.0, merchant=0.75}");
    assertThat(state.transform(vector(5, "a")).schema()).isEqualTo(pipeline().output());
    assertThat(pipeline().input()).isEqualTo(SCHEMA);
  }

  @Test
  void codec_state_scoresTheSame() {
    Pipeline.State state = pipeline().create();
    for (int i = 0; i < 50; i++) {
      state.learn(vector(i * i, "m" + i % 7));
      state.learnTarget(vector(i, "m" + i % 7), i % 3);
    }
    Codec<Pipeline.State> codec = pipeline().codec();
    byte[] bytes = codec.encode(state);
    assertThat(codec.decode(bytes).score(vector(2, "m3"))).isEqualTo(state.score(vector(2, "m3")));
    Pipeline other = Pipeline.of(SCHEMA, List.of(Transformers.minMaxScaler("amount")), SUM);
    assertThatThrownBy(() -> other.codec().decode(bytes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("features and transformers must be as saved");
  }

  @Test
  void pipeline_inAKeyedProcessor_learnsForEachKeyAndIsRestored() {
    List<Double> scores = new ArrayList<>();
    Processor<String, FeatureRow<String>, Double> processor = processor();
    for (int i = 0; i < 20; i++) {
      processor.process(
          "k" + i % 2, new FeatureRow<>("e", vector(i, "m")), i, (key, score) -> scores.add(score));
    }
    assertThat(scores.get(0)).as("nothing learned").isNaN();
    assertThat(scores.get(2)).as("one value before: 2 - 0, and its target").isEqualTo(2 + 10);
    Snapshot<String> saved = new Snapshot<>();
    processor.save(saved);
    Processor<String, FeatureRow<String>, Double> restored = processor();
    restored.restore(saved);
    List<Double> next = new ArrayList<>();
    FeatureRow<String> row = new FeatureRow<>("e", vector(40, "m"));
    restored.process("k0", row, 30, (key, score) -> next.add(score));
    processor.process("k0", row, 30, (key, score) -> next.add(score));
    assertThat(next.get(0)).isEqualTo(next.get(1));
  }

  private static Processor<String, FeatureRow<String>, Double> processor() {
    Pipeline pipeline = pipeline();
    return Processor.keyed(
        pipeline::create,
        pipeline.codec(),
        Duration.ofDays(60),
        (state, key, row, t, out) -> {
          out.emit(key, state.score(row.vector()));
          state.learn(row.vector());
          state.learnTarget(row.vector(), 1);
        });
  }

  @Test
  void numbers_inSteadyState_allocateNothing() {
    FeatureSchema numbers = FeatureSchema.ofNumbers("x", "y");
    Pipeline.State state =
        Pipeline.of(
                numbers,
                List.of(Transformers.meanImputer(), Transformers.standardScaler()),
                LinearModel.logistic(numbers.names(), new double[] {1, -1}, 0))
            .create();
    double[] row = {1, Double.NaN};
    double sum = 0;
    for (int i = 0; i < 20_000; i++) {
      sum += scoreAndLearn(state, row, i);
    }
    long least = Long.MAX_VALUE;
    for (int run = 0; run < 5; run++) {
      long before = allocated();
      for (int i = 0; i < 1_000; i++) {
        sum += scoreAndLearn(state, row, i);
      }
      least = Math.min(least, allocated() - before);
    }
    assertThat(sum).isNotEqualTo(0);
    assertThat(least).isLessThan(1_000);
  }

  private static double scoreAndLearn(Pipeline.State state, double[] row, int i) {
    row[0] = i % 17;
    row[1] = i % 3 == 0 ? Double.NaN : i % 5;
    double score = state.score(row);
    state.learn(row);
    return score == score ? score : 0;
  }

  private static long allocated() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getThreadAllocatedBytes(Thread.currentThread().getId());
  }

  @Test
  void of_partsThatDoNotFit_throws() {
    assertThatThrownBy(() -> Pipeline.of(SCHEMA, List.of(Transformers.oneHot("merchant", 4)), SUM))
        .hasMessage("model must have as many features as the transformed vectors, 5: 2");
    assertThatThrownBy(() -> Pipeline.of(SCHEMA, List.of(Transformers.standardScaler("age")), SUM))
        .hasMessageContaining("age");
    Pipeline.State state = pipeline().create();
    assertThatThrownBy(() -> state.score(new double[2]))
        .hasMessage("input must have numbers only; use a vector: [amount, merchant]");
    FeatureVector other = FeatureVector.of(FeatureSchema.ofNumbers("x"), 1);
    assertThatThrownBy(() -> state.learn(other))
        .hasMessageStartingWith("vector must have the features of the pipeline");
  }
}
