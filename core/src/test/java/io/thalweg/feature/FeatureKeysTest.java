package io.thalweg.feature;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Codec;
import io.thalweg.Ordered;
import io.thalweg.Processor;
import io.thalweg.Snapshot;
import io.thalweg.feature.FeatureStream.Event;
import io.thalweg.testing.RecordedResult;
import io.thalweg.testing.Recording;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

/** Several keys of one event: the union and the chain equal operators of their own. */
class FeatureKeysTest {

  private static String shop(Act act) {
    return act.shop() == null ? "no shop" : act.shop();
  }

  private static String kind(Act act) {
    return act.kind().name();
  }

  /** Draws the features of a set of another name, with names of their own. */
  private static FeatureStream renamed(long seed, String prefix, List<Event> events) {
    FeatureStream drawn = FeatureStream.draw(seed, false, true);
    List<Declared> features = new ArrayList<>();
    for (Declared each : drawn.features()) {
      if (each.measure() == Declared.Measure.AGGREGATE || each.a() != null) {
        continue; // an aggregate rejects events without a value
      }
      features.add(
          new Declared(
              prefix + each.name(),
              each.where(),
              each.including(),
              each.window(),
              each.measure(),
              each.field(),
              each.size(),
              each.hop(),
              each.share(),
              null,
              null));
    }
    if (features.isEmpty()) {
      features.add(
          Declared.windowed(prefix + "f", Declared.Window.LAST, Declared.Measure.MEAN, 50));
    }
    return new FeatureStream(features, Long.MAX_VALUE, events);
  }

  private static FeatureVector answer(
      Processor<String, Act, FeatureRow<Act>> by, String key, Event event) {
    Recording<String, FeatureRow<Act>> out = new Recording<>();
    by.process(key, event.act(), event.time(), out);
    List<RecordedResult<String, FeatureRow<Act>>> results = out.drain();
    return results.isEmpty()
        ? null
        : ((RecordedResult.Answer<String, FeatureRow<Act>>) results.get(0)).value().vector();
  }

  @Property(tries = 200, shrinking = ShrinkingMode.OFF)
  void union_anyStream_equalsSeparateOperatorsAndContinuesAfterARestore(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Event> events = FeatureStream.events(random, false);
    FeatureSet<Act> one = renamed(seed + 1, "one ", events).set("one");
    FeatureSet<Act> two = renamed(seed + 2, "two ", events).set("two");
    FeatureUnion<Act> union =
        FeatureUnion.<Act>of(one, FeatureKeysTest::shop).and(two, FeatureKeysTest::kind).build();
    Processor<String, Act, FeatureRow<Act>> separateOne = one.operator();
    Processor<String, Act, FeatureRow<Act>> separateTwo = two.operator();
    for (Event event : events) {
      FeatureVector first = answer(separateOne, shop(event.act()), event);
      FeatureVector second = answer(separateTwo, kind(event.act()), event);
      FeatureVector both = answer(union, "any", event);
      assertThat(both == null).as("seed %d", seed).isEqualTo(first == null && second == null);
      if (both != null) {
        assertThat(both).as("seed %d, %s", seed, event).isEqualTo(first.concat(second));
      }
      if (random.nextInt(10) == 0) {
        Snapshot<String> saved = new Snapshot<>();
        union.save(saved);
        union =
            FeatureUnion.<Act>of(one, FeatureKeysTest::shop)
                .and(two, FeatureKeysTest::kind)
                .build();
        union.restore(saved);
      }
      if (random.nextInt(10) == 0) {
        union.advance(event.time(), new Recording<>());
        separateOne.advance(event.time(), new Recording<>());
        separateTwo.advance(event.time(), new Recording<>());
      }
    }
  }

  /** Two bolts in a chain, each behind Ordered, with the rows as bytes between them. */
  @Property(tries = 200, shrinking = ShrinkingMode.OFF)
  void append_chainOfOperators_equalsTheUnion(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    FeatureStream stream =
        new FeatureStream(List.of(), Long.MAX_VALUE, FeatureStream.events(random, false));
    FeatureSet<Act> one = renamed(seed + 1, "one ", stream.events()).set("one");
    FeatureSet<Act> two = renamed(seed + 2, "two ", stream.events()).set("two");
    Codec<FeatureRow<Act>> between = FeatureRow.codec(Act.CODEC, one.schema());
    FeatureSchema both = one.schema().concat(two.schema());
    Codec<FeatureRow<Act>> rows = FeatureRow.codec(Act.CODEC, both);
    Ordered<String, Act, FeatureRow<Act>> first = new Ordered<>(one.<String>operator(), Act.CODEC);
    Ordered<String, FeatureRow<Act>, FeatureRow<Act>> second =
        new Ordered<>(two.<String>append(one.schema()), between);
    Map<Integer, FeatureRow<Act>> actual = new HashMap<>();
    int[] current = {0};
    long newest = Long.MIN_VALUE;
    Map<Act, Integer> numbers = new IdentityHashMap<>();
    stream.events().forEach(event -> numbers.put(event.act(), event.number()));
    for (Event event : stream.shuffled(random, 30)) {
      newest = Math.max(newest, event.time());
      first.process(shop(event.act()), event.act(), event.time(), event.source(), (key, row) -> {});
      boolean last = ++current[0] == stream.events().size();
      if (last || random.nextInt(4) == 0) {
        long watermark = last ? Long.MAX_VALUE : newest - 31;
        first.advance(
            watermark,
            (key, row) -> {
              int number = numbers.get(row.event());
              FeatureRow<Act> read = between.decode(between.encode(row));
              second.process(
                  kind(row.event()),
                  read,
                  stream.events().get(number).time(),
                  stream.events().get(number).source(),
                  (otherKey, answer) -> {});
            });
        second.advance(watermark, (key, row) -> actual.put(actual.size(), row));
      }
    }
    Processor<String, Act, FeatureRow<Act>> separateOne = one.operator();
    Processor<String, Act, FeatureRow<Act>> separateTwo = two.operator();
    int answers = 0;
    for (Event event : stream.events()) {
      FeatureVector before = answer(separateOne, shop(event.act()), event);
      if (before != null) {
        // The second set of the chain sees the answered events only.
        FeatureVector expected = before.concat(answer(separateTwo, kind(event.act()), event));
        FeatureRow<Act> row = actual.get(answers++);
        assertThat(rows.encode(row))
            .as("seed %d, %s", seed, event)
            .isEqualTo(rows.encode(new FeatureRow<>(event.act(), expected)));
      }
    }
    assertThat(actual).hasSize(answers);
  }

  @Test
  void union_rejectedByOneSet_changesNone() {
    FeatureSet<Act> counts =
        FeatureSet.<Act>named("counts").feature("n").last(Duration.ofHours(1)).count().build();
    FeatureSet<Act> sums =
        FeatureSet.<Act>named("sums")
            .feature("sum")
            .last(Duration.ofHours(1))
            .sum(Act::readAmount)
            .build();
    for (boolean countsFirst : new boolean[] {true, false}) {
      FeatureUnion<Act> union =
          FeatureUnion.<Act>of(countsFirst ? counts : sums, FeatureKeysTest::shop)
              .and(countsFirst ? sums : counts, FeatureKeysTest::kind)
              .build();
      Recording<String, FeatureRow<Act>> out = new Recording<>();
      Act unreadable = new Act(Act.Kind.UNREADABLE, 1, "a", Double.NaN, Double.NaN);
      union.process("a", unreadable, 1_000, out);
      assertThat(out.drain()).singleElement().isInstanceOf(RecordedResult.Rejection.class);
      union.process("a", Act.paid(2), 2_000, out);
      FeatureVector vector =
          ((RecordedResult.Answer<String, FeatureRow<Act>>) out.drain().get(0)).value().vector();
      assertThat(vector.number("n")).isZero();
      assertThat(vector.number("sum")).isZero();
    }
  }
}
