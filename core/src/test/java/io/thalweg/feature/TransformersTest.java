package io.thalweg.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.Codec;
import io.thalweg.feature.FeatureSchema.Feature;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.commons.math3.stat.StatUtils;
import org.junit.jupiter.api.Test;

class TransformersTest {

  private static final FeatureSchema SCHEMA =
      FeatureSchema.of(
          List.of(
              new Feature("amount", FeatureType.NUMBER, "value"),
              new Feature("country", FeatureType.TEXT, "text"),
              new Feature("rate", FeatureType.NUMBER, "")));

  /** Transforms vectors by the batch formula and by what was learned, value by value. */
  private static void assertBatch(
      long seed, Transformer transformer, Function<double[], DoubleUnaryOperator> batch) {
    SplittableRandom random = new SplittableRandom(seed);
    FeatureSchema schema = FeatureSchema.ofNumbers("x");
    Transformer.State state = transformer.create(schema);
    List<Double> learned = new ArrayList<>();
    double[] row = new double[1];
    double[] to = new double[1];
    int n = random.nextInt(64);
    double scale = Math.pow(10, random.nextInt(12) - 6);
    for (int i = 0; i < n; i++) {
      row[0] = random.nextInt(5) == 0 ? Double.NaN : random.nextInt(20) * scale;
      state.transform(row, null, to, null);
      DoubleUnaryOperator formula =
          batch.apply(learned.stream().mapToDouble(Double::doubleValue).toArray());
      double expected = formula.applyAsDouble(row[0]);
      if (Double.isNaN(expected)) {
        assertThat(to[0]).as("seed %d, value %d: %s", seed, i, row[0]).isNaN();
      } else {
        assertThat(to[0])
            .as("seed %d, value %d: %s", seed, i, row[0])
            .isCloseTo(expected, within(1e-12 * Math.max(1, Math.abs(expected))));
      }
      state.learn(row, null);
      if (!Double.isNaN(row[0])) {
        learned.add(row[0]);
      }
    }
  }

  private static double scaled(double difference, double width) {
    return width == 0 ? difference : difference / width;
  }

  @Property(tries = 200)
  void standardScaler_anyValues_isTheBatchFormula(@ForAll long seed) {
    assertBatch(
        seed,
        Transformers.standardScaler(),
        all -> x -> scaled(x - StatUtils.mean(all), Math.sqrt(StatUtils.populationVariance(all))));
  }

  @Property(tries = 200)
  void minMaxScaler_anyValues_isTheBatchFormula(@ForAll long seed) {
    assertBatch(
        seed,
        Transformers.minMaxScaler("x"),
        all -> {
          double min = Arrays.stream(all).min().orElse(Double.NaN);
          double max = Arrays.stream(all).max().orElse(Double.NaN);
          return x -> scaled(x - min, max - min);
        });
  }

  @Property(tries = 200)
  void robustScaler_atMost64Values_isTheBatchFormula(@ForAll long seed) {
    assertBatch(
        seed,
        Transformers.robustScaler(),
        all -> {
          double[] sorted = Arrays.stream(all).sorted().toArray();
          return x ->
              scaled(
                  x - nearestRank(sorted, 0.5),
                  nearestRank(sorted, 0.75) - nearestRank(sorted, 0.25));
        });
  }

  private static double nearestRank(double[] sorted, double q) {
    return sorted.length == 0
        ? Double.NaN
        : sorted[(int) Math.max(0, Math.ceil(q * sorted.length) - 1)];
  }

  @Test
  void robustScaler_manyValues_isWithinTheRankError() {
    Transformer.State state = Transformers.robustScaler().create(FeatureSchema.ofNumbers("x"));
    SplittableRandom random = new SplittableRandom(5);
    double[] to = new double[1];
    for (int i = 0; i < 100_000; i++) {
      state.learn(new double[] {random.nextDouble()}, null);
    }
    state.transform(new double[] {0.75}, null, to, null);
    assertThat(to[0]).isCloseTo(0.5, within(0.06)); // (0.75 - 0.5) / 0.5
  }

  @Property(tries = 200)
  void meanImputer_anyValues_isTheMeanSoFar(@ForAll long seed) {
    assertBatch(seed, Transformers.meanImputer(), all -> x -> x != x ? StatUtils.mean(all) : x);
    assertBatch(seed, Transformers.imputer(7), all -> x -> x != x ? 7 : x);
  }

  private static FeatureVector vector(double amount, String country, double rate) {
    return FeatureVector.of(
        SCHEMA, new double[] {amount, Double.NaN, rate}, new String[] {null, country, null});
  }

  private static FeatureVector transform(
      Transformer transformer, Transformer.State state, FeatureVector vector) {
    FeatureSchema output = transformer.output(SCHEMA);
    double[] numbers = new double[SCHEMA.size()];
    vector.copyNumbers(numbers);
    double[] to = new double[output.size()];
    String[] toTexts = new String[output.size()];
    state.transform(numbers, new String[] {null, vector.text("country"), null}, to, toTexts);
    return FeatureVector.of(output, to, toTexts);
  }

  private static void learn(Transformer.State state, String country, double target) {
    double[] numbers = {1, Double.NaN, 2};
    String[] texts = {null, country, null};
    state.learn(numbers, texts);
    state.learnTarget(numbers, texts, target);
  }

  @Test
  void scaler_namedFeature_leavesTheOthersInTheirPlaces() {
    Transformer scaler = Transformers.standardScaler("rate");
    Transformer.State state = scaler.create(SCHEMA);
    state.learn(new double[] {5, Double.NaN, 1}, new String[3]);
    state.learn(new double[] {6, Double.NaN, 3}, new String[3]);
    assertThat(transform(scaler, state, vector(7, "DE", 4)))
        .hasToString("{amount=7.0, country=DE, rate=2.0}");
    assertThat(scaler.output(SCHEMA).features())
        .extracting(Feature::description)
        .containsExactly("value", "text", "; standard scaler");
    assertThatThrownBy(() -> Transformers.minMaxScaler("country").output(SCHEMA))
        .hasMessage("min-max scaler: feature must be a number: country");
    assertThatThrownBy(() -> Transformers.minMaxScaler("age").create(SCHEMA))
        .hasMessageContaining("age");
  }

  @Test
  void scaler_overflow_isAbsent() {
    Transformer.State state = Transformers.minMaxScaler().create(FeatureSchema.ofNumbers("x"));
    double[] to = new double[1];
    state.learn(new double[] {-1e308}, null);
    state.learn(new double[] {Double.POSITIVE_INFINITY}, null);
    state.transform(new double[] {1e308}, null, to, null);
    assertThat(to[0]).isNaN();
  }

  @Test
  void oneHot_givenCategories_hasAColumnForEach() {
    Transformer oneHot = Transformers.oneHot("country", List.of("DE", "FR"));
    Transformer.State state = oneHot.create(SCHEMA);
    assertThat(transform(oneHot, state, vector(1, "FR", 2)))
        .hasToString("{amount=1.0, country=DE=0.0, country=FR=1.0, rate=2.0}");
    assertThat(transform(oneHot, state, vector(1, "IT", 2)))
        .hasToString("{amount=1.0, country=DE=0.0, country=FR=0.0, rate=2.0}");
    assertThat(transform(oneHot, state, vector(1, null, 2)))
        .hasToString("{amount=1.0, country=DE=NaN, country=FR=NaN, rate=2.0}");
    assertThatThrownBy(() -> Transformers.oneHot("country", List.of("DE", "DE")).create(SCHEMA))
        .hasMessage("categories must differ: DE");
    assertThatThrownBy(() -> Transformers.oneHot("rate", List.of("DE")).output(SCHEMA))
        .hasMessageEndingWith("feature must be a text: rate");
  }

  @Test
  void oneHot_learnedCategories_takesTheFirst() {
    Transformer oneHot = Transformers.oneHot("country", 2);
    Transformer.State state = oneHot.create(SCHEMA);
    assertThat(transform(oneHot, state, vector(1, "FR", 2)).number("country_0")).isZero();
    for (String country : new String[] {"FR", null, "DE", "FR", "IT"}) {
      learn(state, country, 0);
    }
    assertThat(transform(oneHot, state, vector(1, "DE", 2)))
        .hasToString("{amount=1.0, country_0=0.0, country_1=1.0, rate=2.0}");
    assertThat(transform(oneHot, state, vector(1, "IT", 2)).number("country_1")).isZero();
  }

  @Test
  void hashing_manyTexts_spreadsOverColumnsAndSigns() {
    Transformer hashing = Transformers.hashing("country", 4);
    Transformer.State state = hashing.create(SCHEMA);
    int[] columns = new int[4];
    int positive = 0;
    for (int i = 0; i < 4_000; i++) {
      FeatureVector vector = transform(hashing, state, vector(1, "merchant-" + i, 2));
      double sum = 0;
      for (int k = 0; k < 4; k++) {
        double number = vector.number("country_" + k);
        columns[k] += number != 0 ? 1 : 0;
        sum += number;
      }
      assertThat(Math.abs(sum)).isEqualTo(1);
      positive += sum > 0 ? 1 : 0;
    }
    for (int column : columns) {
      assertThat(column).isBetween(850, 1150);
    }
    assertThat(positive).isBetween(1_800, 2_200);
    assertThat(transform(hashing, state, vector(1, null, 2)).number("country_3")).isNaN();
  }

  @Property(tries = 100)
  void targetEncoding_anyTargets_isTheBatchFormula(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Transformer encoding = Transformers.targetEncoding("country", 3, 1_000);
    Transformer.State state = encoding.create(SCHEMA);
    Map<String, List<Double>> targets = new HashMap<>();
    List<Double> all = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      String country = "c" + random.nextInt(5);
      double actual = transform(encoding, state, vector(1, country, 2)).number("country");
      double mean = all.stream().mapToDouble(x -> x).average().orElse(Double.NaN);
      List<Double> own = targets.getOrDefault(country, List.of());
      double sum = own.stream().mapToDouble(x -> x).sum();
      double expected = (sum + 3 * mean) / (own.size() + 3);
      if (all.isEmpty()) {
        assertThat(actual).isNaN();
      } else {
        assertThat(actual).as("seed %d", seed).isCloseTo(expected, within(1e-14));
      }
      double target = random.nextInt(4) == 0 ? 1 : 0;
      learn(state, null, target); // no category
      if (random.nextInt(10) == 0) {
        learn(state, country, Double.NaN); // not known yet
        continue;
      }
      learn(state, country, target);
      targets.computeIfAbsent(country, c -> new ArrayList<>()).add(target);
      all.add(target);
    }
  }

  @Test
  void targetEncoding_tooManyCategories_countForAllOnly() {
    Transformer encoding = Transformers.targetEncoding("country", 1, 1);
    Transformer.State state = encoding.create(SCHEMA);
    learn(state, "DE", 1);
    learn(state, "FR", 0);
    assertThat(transform(encoding, state, vector(1, "DE", 2)).number("country")).isEqualTo(0.75);
    assertThat(transform(encoding, state, vector(1, "FR", 2)).number("country")).isEqualTo(0.5);
    assertThat(transform(encoding, state, vector(1, null, 2)).number("country")).isNaN();
  }

  @Property(tries = 100)
  void states_savedAndRestored_transformTheSame(@ForAll long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    List<Transformer> all =
        List.of(
            Transformers.standardScaler(),
            Transformers.minMaxScaler(),
            Transformers.robustScaler(),
            Transformers.meanImputer(),
            Transformers.imputer(3),
            Transformers.hashing("country", 3),
            Transformers.oneHot("country", 2),
            Transformers.oneHot("country", List.of("c1")),
            Transformers.targetEncoding("country", 2, 3));
    for (Transformer transformer : all) {
      Transformer.State state = transformer.create(SCHEMA);
      int cut = random.nextInt(100);
      for (int i = 0; i < 150; i++) {
        FeatureVector vector =
            vector(random.nextGaussian(), "c" + random.nextInt(5), random.nextInt(3));
        double[] numbers = new double[3];
        vector.copyNumbers(numbers);
        String[] texts = {null, vector.text("country"), null};
        state.learn(numbers, texts);
        state.learnTarget(numbers, texts, random.nextInt(2));
        if (i == cut) {
          Codec<Transformer.State> codec =
              Codec.of(
                  "test",
                  Transformer.State::write,
                  in -> {
                    Transformer.State read = transformer.create(SCHEMA);
                    read.read(in);
                    return read;
                  });
          Transformer.State restored = codec.decode(codec.encode(state));
          assertThat(codec.encode(restored)).isEqualTo(codec.encode(state));
          assertThat(transform(transformer, restored, vector))
              .isEqualTo(transform(transformer, state, vector));
          state = restored;
        }
      }
    }
  }

  @Test
  void factories_badOptions_throw() {
    assertThatThrownBy(() -> Transformers.imputer(Double.NaN))
        .hasMessage("value of an imputer must be finite: NaN");
    assertThatThrownBy(() -> Transformers.hashing("x", 0))
        .hasMessage("columns must be positive: 0");
    assertThatThrownBy(() -> Transformers.oneHot("x", 0))
        .hasMessage("maxCategories must be positive: 0");
    assertThatThrownBy(() -> Transformers.oneHot("x", List.of()))
        .hasMessage("categories must be positive: 0");
    assertThatThrownBy(() -> Transformers.targetEncoding("x", 0, 1))
        .hasMessage("weight must be positive and finite: 0.0");
  }
}
