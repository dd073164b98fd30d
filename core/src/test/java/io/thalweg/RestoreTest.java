package io.thalweg;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.anomaly.AnomalyDetection;
import io.thalweg.anomaly.Detectors;
import io.thalweg.anomaly.ZScore;
import io.thalweg.feature.FeatureSet;
import io.thalweg.join.Deduplicated;
import io.thalweg.stats.Moments;
import io.thalweg.testing.Recording;
import io.thalweg.testing.Sample;
import io.thalweg.testing.SampleAggregates;
import io.thalweg.testing.SnapshotContent;
import io.thalweg.window.TrailingWindow;
import io.thalweg.window.WindowSpec;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Refusal of states that cannot be restored, by each kind of processor. */
class RestoreTest {

  private static Processor<String, Sample, Moments> windows(WindowSpec<? super Sample> window) {
    return WindowedAggregator.of(Moments.over(Sample::value), window)
        .lateness(ofMillis(15))
        .build();
  }

  private static FeatureSet<Sample> features() {
    return FeatureSet.<Sample>named("samples")
        .feature("mean")
        .last(ofMillis(30))
        .mean(Sample::value)
        .feature("count")
        .allTime()
        .count()
        .idle(ofMillis(500))
        .build();
  }

  private static Processor<String, Sample, Double> keyed() {
    return Processor.keyed(
        () -> new double[1],
        SampleAggregates.sum().codec(),
        ofMillis(40),
        (sum, key, event, time, out) -> out.emit(key, sum[0] += event.value()));
  }

  private static final class Processors
      extends LinkedHashMap<String, ProcessorFactory<String, Sample, ?>> {
    private static final long serialVersionUID = 1;

    <O> void add(String name, ProcessorFactory<String, Sample, O> factory) {
      put(name, factory);
    }
  }

  private static Map<String, ProcessorFactory<String, Sample, ?>> processors() {
    Processors all = new Processors();
    all.add("aligned", () -> windows(Windows.sliding(ofMillis(20), ofMillis(10))));
    all.add("session", () -> windows(Windows.session(ofMillis(8))));
    all.add("count", () -> windows(Windows.count(4, 2)));
    all.add("count with gaps", () -> windows(Windows.count(2, 3)));
    all.add("trailing query", () -> windows(Windows.trailing(ofMillis(30))));
    all.add(
        "trailing",
        () -> TrailingWindow.over(Moments.over(Sample::value)).last(ofMillis(30)).build());
    all.add(
        "trailing by count",
        () -> TrailingWindow.over(Moments.over(Sample::value)).last(9).build());
    all.add("detector", () -> ZScore.over(Sample::value).last(20).build());
    all.add(
        "detection",
        () -> AnomalyDetection.of(Detectors.decayedZ(0.1), Sample::value).build(String.class));
    all.add("features", () -> features().operator());
    all.add("keyed", RestoreTest::keyed);
    all.add(
        "deduplicated", () -> Deduplicated.by(Sample::value, Codec.DOUBLE, ofMillis(30)).build());
    all.add("ordered", () -> new Ordered<>(keyed(), Sample.CODEC));
    return all;
  }

  private static <O> void play(Processor<String, Sample, O> of, String key, long watermark) {
    Recording<String, O> out = new Recording<>();
    for (int i = 0; i < 5; i++) {
      of.process(key, new Sample(i, 3), 100 + i, out);
    }
    of.advance(watermark, out);
  }

  private static Snapshot<String> save(Processor<String, Sample, ?> of) {
    Snapshot<String> saved = new Snapshot<>();
    of.save(saved);
    return saved;
  }

  private static Snapshot<String> shard(
      ProcessorFactory<String, Sample, ?> factory, String key, long watermark) {
    Processor<String, Sample, ?> of = factory.create();
    play(of, key, watermark);
    return save(of);
  }

  private static void refuses(
      String as, Processor<String, Sample, ?> by, StateReader<String> shard, String message) {
    Map<String, String> before = SnapshotContent.of(save(by));
    assertThatThrownBy(() -> by.restore(shard))
        .as(as)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
    assertThat(SnapshotContent.of(save(by))).as(as).isEqualTo(before);
  }

  @Test
  void restore_shardOfTheSameKeyOrAnotherWatermark_refusedAndUnchanged() {
    processors()
        .forEach(
            (name, factory) -> {
              Processor<String, Sample, ?> processor = factory.create();
              processor.restore(new Snapshot<>());
              processor.restore(shard(factory, "a", 101));
              refuses(name, processor, shard(factory, "a", 101), "no key in common");
              refuses(name, processor, shard(factory, "b", 100), "one watermark");
              refuses(name, processor, shard(factory, "b", 102), "one watermark");
              processor.restore(shard(factory, "b", 101));
            });
  }

  /** A shard without keys moves the watermark, but not past keys. */
  @Test
  void restore_shardWithoutKeys_movesTheWatermarkOfNoKey() {
    processors()
        .forEach(
            (name, factory) -> {
              Processor<String, Sample, ?> empty = factory.create();
              empty.advance(150, new Recording<>());
              Processor<String, Sample, ?> processor = factory.create();
              processor.restore(save(empty));
              Map<String, Long> counters = new TreeMap<>();
              processor.counters(counters::put);
              assertThat(counters.getOrDefault("watermark", 150L)).as(name).isEqualTo(150);
              refuses(name, processor, shard(factory, "a", 101), "one watermark");
              Processor<String, Sample, ?> withKeys = factory.create();
              withKeys.restore(shard(factory, "a", 101));
              refuses(name, withKeys, save(empty), "one watermark");
            });
  }

  @Test
  void restore_stateOfAnotherKindOfProcessor_refusedAndUnchanged() {
    Map<String, ProcessorFactory<String, Sample, ?>> all = processors();
    all.forEach(
        (saved, from) ->
            all.forEach(
                (restored, to) -> {
                  if (!saved.equals(restored)) {
                    String as = saved + " into " + restored;
                    refuses(as, to.create(), shard(from, "a", 101), "");
                    Processor<String, Sample, ?> withoutKeys = from.create();
                    withoutKeys.advance(101, new Recording<>());
                    refuses(as + " without keys", to.create(), save(withoutKeys), "");
                  }
                }));
  }

  @Test
  void restore_countWindowsWithoutASlice_refusedAndUnchanged() {
    for (String name : List.of("count", "count with gaps")) {
      ProcessorFactory<String, Sample, ?> factory = processors().get(name);
      List<Long> slices = new ArrayList<>();
      shard(factory, "a", 101).scope("count0").forEach((key, part, state) -> slices.add(part));
      assertThat(slices).isNotEmpty();
      for (long slice : slices) {
        Snapshot<String> saved = shard(factory, "a", 101);
        saved.scope("count0").remove("a", slice);
        refuses(name, factory.create(), saved, "the slices of a key must be complete");
      }
    }
  }

  @Test
  void restore_timeOfAKeyWithoutEvents_refusedAndUnchanged() {
    ProcessorFactory<String, Sample, Moments> factory =
        () ->
            WindowedAggregator.of(Moments.over(Sample::value), Windows.trailingCount(3))
                .idle(ofMillis(50))
                .build();
    Snapshot<String> saved = shard(factory, "a", 101);
    saved.scope("trailing0").remove("a", 0);
    refuses("trailing count", factory.create(), saved, "a time without events of key a");
  }
}
