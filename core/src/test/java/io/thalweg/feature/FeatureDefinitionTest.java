package io.thalweg.feature;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.KeyedState;
import io.thalweg.testing.RecordedResult;
import io.thalweg.testing.Recording;
import io.thalweg.testing.Sample;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Declarations that are refused, and events that are. */
class FeatureDefinitionTest {

  private static final ToDoubleFunction<Sample> VALUE = Sample::value;

  private static FeatureSet.Builder<Sample> set() {
    return FeatureSet.<Sample>named("s").feature("a").value(VALUE);
  }

  private static void refused(ThrowingCallable call, Class<?> type, String... parts) {
    assertThatThrownBy(call).isInstanceOf(type).hasMessageContainingAll(parts);
  }

  @Test
  void declaration_thatBreaksARule_namesRuleValueAndRemedy() {
    Class<?> argument = IllegalArgumentException.class;
    Class<?> state = IllegalStateException.class;
    refused(() -> FeatureSet.named(" "), argument, "blank");
    refused(() -> FeatureSet.named("a/b"), argument, "slash", "a/b");
    refused(() -> FeatureSet.<Sample>named("s").build(), argument, "must have a feature", "s");
    refused(() -> set().feature("a"), argument, "must be different", "rename", "a");
    refused(() -> set().feature(""), argument, "must not be blank");
    refused(() -> set().feature("b").ratio("a", "c"), argument, "declared before", "[a]", "c");
    refused(
        () -> set().feature("b").text(sample -> "x").feature("c").ratio("a", "b"),
        argument,
        "must be a number",
        "b");
    refused(() -> set().feature("b").last(ofMillis(0)), argument, "size must be positive");
    refused(() -> set().feature("b").last(0), argument, "n must be positive: 0");
    refused(
        () -> set().feature("b").last(ofSeconds(1)).tiled(ofMillis(300)),
        argument,
        "divisor of the size",
        "300");
    refused(
        () -> set().feature("b").last(3).tiled(ofMillis(300)), state, "only last(Duration)", "b");
    refused(() -> set().feature("b").last(3).rate(), state, "has no rate", "b");
    refused(
        () -> set().feature("b").decayed(ofHours(1)).min(VALUE),
        state,
        "has no min",
        "use another window");
    refused(
        () -> set().feature("b").last(3).quantile(VALUE, 1.1), argument, "p must be from 0", "1.1");
    refused(() -> set().feature("b").including().sinceLast(), state, "omit including", "b");
    refused(
        () -> set().feature("b").where(sample -> true).ratio("a", "a"),
        state,
        "must not have a predicate",
        "b");
    refused(() -> set().feature("b").where(s -> true).where(s -> true), state, "and", "b");
    refused(() -> set().lateness(ofMillis(-1)), argument, "lateness must not be negative");
    refused(() -> set().maxKeys(0), argument, "maxKeys must be positive: 0");
  }

  @Test
  void build_featureWithoutAnEnd_asksForIdle() {
    for (FeatureSet.Builder<Sample> set :
        List.of(
            set().feature("b").sinceLast(),
            set().feature("b").latest(VALUE),
            set().feature("b").latestText(sample -> ""),
            set().feature("b").distance(VALUE, VALUE),
            set().feature("b").speed(VALUE, VALUE),
            set().feature("b").last(3).count(),
            set().feature("b").decayed(ofHours(1)).count(),
            set().feature("b").allTime().count())) {
      refused(set::build, IllegalStateException.class, "set idle", "KeyedState.FOREVER", "b");
      set.idle(KeyedState.FOREVER).build();
    }
    set().feature("b").latest(VALUE, ofHours(1)).build();
  }

  @Test
  void process_badEvents_areRejectedBeforeAnythingChanges() {
    FeatureSet<Sample> set =
        FeatureSet.<Sample>named("s")
            .maxKeys(1)
            .feature("count")
            .last(ofHours(1))
            .count()
            .feature("mean")
            .last(ofHours(1))
            .mean(
                sample -> {
                  if (sample.value() == 13) {
                    throw new IllegalArgumentException("value must not be 13: 13");
                  }
                  return sample.value();
                })
            .feature("north")
            .where(sample -> sample.gap() == 1)
            .distance(VALUE, VALUE)
            .idle(ofHours(2))
            .build();
    FeatureOperator<String, Sample> operator = set.operator();
    Recording<String, FeatureRow<Sample>> out = new Recording<>();
    operator.process("k", new Sample(1, 0), 0, out);
    operator.process("k", new Sample(13, 0), 1, out);
    operator.process("k", new Sample(Double.NEGATIVE_INFINITY, 0), 2, out);
    operator.process("k", new Sample(91, 1), 3, out);
    operator.process("k", new Sample(1, 0), Long.MAX_VALUE, out);
    operator.process("other", new Sample(1, 0), 4, out);
    operator.process("k", new Sample(3, 0), -60_001, out);
    assertThat(out.drain().stream().map(Object::toString).skip(1))
        .satisfiesExactly(
            one -> assertThat(one).contains("value must not be 13: 13"),
            one -> assertThat(one).contains("feature mean must not be infinite: -Infinity"),
            one -> assertThat(one).contains("latitude of feature north", "-90 to 90", "91.0"),
            one -> assertThat(one).contains("timestamp is reserved"),
            one -> assertThat(one).contains("at most 1 keys", "other"),
            one -> assertThat(one).contains("Late"));
    operator.process("k", new Sample(5, 0), 5, out);
    List<RecordedResult<String, FeatureRow<Sample>>> last = out.drain();
    assertThat(last.get(0).toString()).contains("{count=1.0, mean=1.0, north=NaN}");
    Map<String, Long> counters = new TreeMap<>();
    operator.counters(counters::put);
    assertThat(counters)
        .containsEntry("offered", 8L)
        .containsEntry("answered", 2L)
        .containsEntry("rejected", 5L)
        .containsEntry("late", 1L)
        .containsEntry("keys", 1L);
  }

  @Test
  void answer_rowTooShort_isRefusedAndChangesNothing() {
    FeatureOperator<String, Sample> operator = set().feature("b").value(VALUE).build().operator();
    refused(
        () -> operator.answer("k", new Sample(1, 0), 0, new Recording<>(), new double[1]),
        IllegalArgumentException.class,
        "each of the 2 features: 1");
    double[] row = new double[3];
    assertThat(operator.answer("k", new Sample(4, 0), 0, new Recording<>(), row)).isTrue();
    assertThat(row).containsExactly(4, 4, 0);
  }

  @Test
  void hourAndWeekday_aroundAChangeOfTheClocks_areThoseOfTheZone() {
    ZoneId zone = ZoneId.of("Europe/Berlin");
    FeatureOperator<String, Sample> operator =
        FeatureSet.<Sample>named("s")
            .feature("hour")
            .hour(zone)
            .feature("weekday")
            .weekday(zone)
            .build()
            .operator();
    double[] row = new double[2];
    long change = Instant.parse("2024-03-31T01:00:00Z").toEpochMilli();
    for (long time = change - 30 * 3_600_000L; time < change + 30 * 3_600_000L; time += 1_799_999) {
      operator.answer("k", new Sample(1, 0), time, new Recording<>(), row);
      assertThat(row[0]).isEqualTo(Instant.ofEpochMilli(time).atZone(zone).getHour());
      assertThat(row[1])
          .isEqualTo(Instant.ofEpochMilli(time).atZone(zone).getDayOfWeek().getValue());
    }
    for (long time : new long[] {change - 1, change, change - 1}) {
      operator.answer("k2", new Sample(1, 0), time, new Recording<>(), row);
      assertThat(row[0]).isEqualTo(time == change ? 3 : 1);
    }
  }

  @Test
  void distance_aQuarterOfTheEquator_isAQuarterOfTheCircumference() {
    FeatureOperator<String, Sample> operator =
        FeatureSet.<Sample>named("s")
            .feature("km")
            .distance(sample -> 0, VALUE)
            .feature("kmh")
            .speed(sample -> 0, VALUE)
            .idle(ofHours(9))
            .build()
            .operator();
    double[] row = new double[2];
    operator.answer("k", new Sample(0, 0), 0, new Recording<>(), row);
    assertThat(row).containsOnly(Double.NaN);
    operator.answer("k", new Sample(90, 0), 7_200_000, new Recording<>(), row);
    double quarter = Math.PI / 2 * 6371.0088;
    assertThat(row[0]).isCloseTo(quarter, org.assertj.core.api.Assertions.within(1e-9));
    assertThat(row[1]).isCloseTo(quarter / 2, org.assertj.core.api.Assertions.within(1e-9));
    operator.answer("k", new Sample(90, 0), 7_200_000, new Recording<>(), row);
    assertThat(row).containsExactly(0, Double.NaN);
  }

  @Test
  void schema_ofTwoSets_differsIfADefinitionDoes() {
    FeatureSchema one = set().feature("b").last(ofHours(1)).mean(VALUE).build().schema();
    FeatureSchema same = set().feature("b").last(ofHours(1)).mean(Sample::gap).build().schema();
    FeatureSchema other = set().feature("b").last(ofHours(2)).mean(VALUE).build().schema();
    assertThat(one.features().get(1).description()).isEqualTo("last 3600000 ms: mean");
    assertThat(one).isEqualTo(same).hasSameHashCodeAs(same).isNotEqualTo(other);
    assertThat(one.hash()).isEqualTo(same.hash()).isNotEqualTo(other.hash());
    refused(() -> one.index("c"), IllegalArgumentException.class, "one of [a, b]: c");
    refused(() -> one.concat(same), IllegalArgumentException.class, "must be different", "a");
    assertThat(one.concat(FeatureSchema.ofNumbers("c")).names()).containsExactly("a", "b", "c");
  }
}
