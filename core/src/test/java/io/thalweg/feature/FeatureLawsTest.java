package io.thalweg.feature;

import static java.time.Duration.ofMillis;

import io.thalweg.Ordered;
import io.thalweg.stats.Moments;
import io.thalweg.testing.ProcessorLaws;
import io.thalweg.testing.Sample;
import java.time.ZoneOffset;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** The laws of a processor, of a set with every kind of window and statistic. */
class FeatureLawsTest {

  private static final ToDoubleFunction<Sample> VALUE =
      sample -> sample.value() > 90 ? Double.NaN : sample.value();
  private static final Predicate<Sample> EVEN = sample -> sample.value() % 2 == 0;
  private static final Function<Sample, String> NAME =
      sample -> sample.value() > 80 ? null : "n" + (int) sample.value() % 5;

  static FeatureSet<Sample> everything() {
    FeatureSet.Builder<Sample> set =
        FeatureSet.<Sample>named("all")
            .answering(sample -> sample.value() % 3 != 0)
            .lateness(ofMillis(40))
            .idle(ofMillis(400))
            .feature("value")
            .value(VALUE)
            .feature("name")
            .text(NAME)
            .feature("hour")
            .where(EVEN)
            .hour(ZoneOffset.UTC)
            .feature("weekday")
            .weekday(ZoneOffset.UTC)
            .feature("since")
            .where(EVEN)
            .sinceLast()
            .feature("latest")
            .latest(VALUE)
            .feature("latest valid")
            .including()
            .latest(VALUE, ofMillis(30))
            .feature("latest text")
            .latestText(NAME)
            .feature("distance")
            .distance(VALUE, VALUE)
            .feature("speed")
            .where(EVEN)
            .speed(VALUE, VALUE);
    set = statistics(set, "last ", definition -> definition.last(ofMillis(50)));
    set = statistics(set, "long ", definition -> definition.where(EVEN).last(ofMillis(120)));
    set = statistics(set, "n ", definition -> definition.last(3));
    set =
        statistics(set, "tiled ", definition -> definition.last(ofMillis(60)).tiled(ofMillis(20)));
    set = statistics(set, "tumbling ", definition -> definition.where(EVEN).tumbling(ofMillis(70)));
    set = statistics(set, "all ", FeatureDefinition::allTime);
    return set.feature("decayed count")
        .decayed(ofMillis(30))
        .count()
        .feature("decayed rate")
        .decayed(ofMillis(30))
        .rate()
        .feature("decayed sum")
        .decayed(ofMillis(30))
        .sum(VALUE)
        .feature("decayed mean")
        .including()
        .decayed(ofMillis(30))
        .mean(VALUE)
        .feature("decayed sd")
        .decayed(ofMillis(30))
        .sd(VALUE)
        .feature("decayed deviation")
        .where(EVEN)
        .decayed(ofMillis(30))
        .deviation(VALUE)
        .feature("ratio")
        .ratio("last mean", "all count")
        .feature("combine")
        .combine("ratio", "last sum", (a, b) -> a / b)
        .build();
  }

  private static FeatureSet.Builder<Sample> statistics(
      FeatureSet.Builder<Sample> set,
      String prefix,
      Function<FeatureDefinition<Sample>, FeatureWindow<Sample>> window) {
    Function<String, FeatureWindow<Sample>> of = name -> window.apply(set.feature(prefix + name));
    of.apply("count").count();
    window.apply(set.feature(prefix + "count including").including()).count();
    of.apply("sum").sum(VALUE);
    of.apply("mean").mean(VALUE);
    window.apply(set.feature(prefix + "mean including").including()).mean(VALUE);
    of.apply("sd").sd(VALUE);
    of.apply("deviation").deviation(VALUE);
    of.apply("min").min(VALUE);
    of.apply("max").max(VALUE);
    of.apply("quantile").quantile(VALUE, 0.9);
    of.apply("distinct").distinct(NAME);
    of.apply("top").topValue(NAME);
    of.apply("trend").trend(VALUE);
    of.apply("oldest").oldest(VALUE);
    of.apply("newest").newest(VALUE);
    of.apply("own")
        .aggregate(
            Moments.<Sample>over(sample -> sample.value()), Moments::populationStandardDeviation);
    return set;
  }

  private static Sample draw(RandomGenerator random) {
    int kind = random.nextInt(20);
    return new Sample(
        kind == 0 ? Double.POSITIVE_INFINITY : kind == 1 ? Double.NaN : random.nextInt(85),
        random.nextInt());
  }

  @Test
  void operator_ofEveryFeature_satisfiesTheLaws() {
    FeatureSet<Sample> set = everything();
    ProcessorLaws.of(
            () -> set.<String>operator(), random -> "k" + random.nextInt(3), FeatureLawsTest::draw)
        .spacing(ofMillis(30))
        .sequences(20, 60)
        .check(1);
  }

  @Test
  void operator_behindOrdered_satisfiesTheLaws() {
    FeatureSet<Sample> set = everything();
    ProcessorLaws.of(
            () -> new Ordered<>(set.<String>operator(), Sample.CODEC),
            random -> "k" + random.nextInt(3),
            FeatureLawsTest::draw)
        .spacing(ofMillis(30))
        .sequences(20, 60)
        .check(2);
  }

  @Test
  void stageOfAChain_satisfiesTheLaws() {
    FeatureSet<Sample> set = everything();
    ProcessorLaws.of(
            () -> set.<String>append(FeatureSchema.empty()),
            random -> "k" + random.nextInt(3),
            random -> FeatureRow.of(draw(random)))
        .spacing(ofMillis(30))
        .sequences(10, 40)
        .check(3);
  }

  @Test
  void union_ofTwoKeys_satisfiesTheLaws() {
    FeatureSet<Sample> one = everything();
    FeatureSet<Sample> other =
        FeatureSet.<Sample>named("other")
            .answering(EVEN)
            .feature("other mean")
            .last(ofMillis(90))
            .mean(VALUE)
            .build();
    ProcessorLaws.of(
            () ->
                FeatureUnion.<Sample>of(one, sample -> "u" + sample.gap() % 2)
                    .and(other, sample -> sample.gap() % 5 == 0 ? null : "v")
                    .build(),
            random -> "k" + random.nextInt(3),
            FeatureLawsTest::draw)
        .spacing(ofMillis(30))
        .sequences(10, 40)
        .check(4);
  }
}
