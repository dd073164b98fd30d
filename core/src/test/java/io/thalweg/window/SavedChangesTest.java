package io.thalweg.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.Processor;
import io.thalweg.Snapshot;
import io.thalweg.rank.Standings;
import io.thalweg.stats.LongSum;
import io.thalweg.testing.ConformanceCases;
import io.thalweg.testing.Recording;
import io.thalweg.testing.ResultComparison;
import io.thalweg.testing.Sample;
import io.thalweg.testing.SampleAggregates;
import io.thalweg.testing.Script;
import io.thalweg.testing.SnapshotContent;
import io.thalweg.testing.SnapshotLaws;
import io.thalweg.testing.WindowingConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Incremental saves: they write only changed state, and remove state that no longer exists. */
class SavedChangesTest {

  private static final List<WindowSpec<? super Sample>> BY_TIME =
      List.of(
          new WindowSpec.Sliding(20, 20, 0),
          new WindowSpec.Sliding(25, 10, 3),
          new WindowSpec.Sliding(5, 10, 0),
          new WindowSpec.Sliding(Long.MAX_VALUE, Long.MAX_VALUE / 3, 0),
          new WindowSpec.Cumulative(30, 10, 0),
          new WindowSpec.Global(),
          new WindowSpec.Session(8),
          new WindowSpec.EventSession<>(Sample::gap, 20),
          new WindowSpec.EventSession<>(Sample::gap, Long.MAX_VALUE),
          new WindowSpec.Trailing(30, true));

  private static final List<WindowSpec<? super Sample>> BY_COUNT =
      List.of(
          new WindowSpec.Count(9, 2),
          new WindowSpec.Count(1, 3),
          new WindowSpec.TrailingCount(5, true),
          new WindowSpec.TrailingCount(5, false));

  /** Aggregate with a delta codec. */
  private static final Aggregate<Sample, ?, Object> RANKING =
      Standings.by(
              2,
              (Sample sample) -> "m" + (int) sample.value(),
              Codec.STRING,
              LongSum.<Sample>over(sample -> 1).map(LongSum::value))
          .map(standings -> (Object) standings);

  private interface Check {
    void check(
        WindowingConfig config,
        Function<WindowingConfig, Processor<String, Sample, Object>> create);
  }

  private static void forAll(List<WindowSpec<? super Sample>> windows, Check check) {
    for (WindowSpec<? super Sample> window : windows) {
      for (AccumulationMode mode : AccumulationMode.values()) {
        for (Aggregate<Sample, ?, Object> aggregate :
            List.of(SampleAggregates.named("sum"), RANKING)) {
          check.check(
              new WindowingConfig(List.of(window), 15, mode, aggregate), WindowingConfig::operator);
        }
      }
      if (window instanceof WindowSpec.Trailing || window instanceof WindowSpec.TrailingCount) {
        check.check(
            new WindowingConfig(
                List.of(window), 15, AccumulationMode.ACCUMULATING, SampleAggregates.named("sum")),
            TrailingWindowLawsTest::create);
      }
    }
  }

  private static List<WindowSpec<? super Sample>> all() {
    List<WindowSpec<? super Sample>> all = new ArrayList<>(BY_TIME);
    all.addAll(BY_COUNT);
    return all;
  }

  /** Events of three keys in some disorder, watermarks behind them, early ticks. */
  private static Script stream(long from, int length) {
    SplittableRandom random = new SplittableRandom(from);
    List<Script.Step> steps = new ArrayList<>();
    long now = from;
    for (int i = 0; i < length; i++) {
      now += random.nextInt(6);
      Sample sample = new Sample(random.nextInt(5), 1 + random.nextInt(9));
      steps.add(new Script.Process("k" + random.nextInt(3), sample, now - random.nextInt(20)));
      if (i % 5 == 4) {
        steps.add(new Script.Advance(now - 8));
      }
      if (i % 8 == 7) {
        steps.add(new Script.Early());
      }
    }
    return new Script(steps);
  }

  private static Map<String, String> whole(Processor<String, Sample, Object> operator) {
    Snapshot<String> whole = new Snapshot<>();
    operator.save(whole);
    return SnapshotContent.of(whole);
  }

  private static Map<String, String> changes(Processor<String, Sample, Object> operator) {
    Snapshot<String> changes = new Snapshot<>();
    operator.saveChanges(changes);
    return SnapshotContent.of(changes);
  }

  @Test
  void saveChanges_noEventSince_writesNoKey() {
    forAll(
        all(),
        (config, create) -> {
          Processor<String, Sample, Object> operator = create.apply(config);
          Recording<String, Object> out = new Recording<>();
          stream(0, 40).play(operator, out);
          assertThat(changes(operator)).as("%s", config).hasSizeGreaterThan(1);
          assertThat(changes(operator))
              .as("%s, from the start", config)
              .containsOnlyKeys("|shared");
          stream(100, 40).play(operator, out);
          assertThat(changes(operator)).as("%s", config).hasSizeGreaterThan(1);
          assertThat(changes(operator)).as("%s, later", config).containsOnlyKeys("|shared");
        });
  }

  @Test
  void saveChanges_keyRemovedAndAddedAgain_staysSaved() {
    forAll(
        all(),
        (config, create) -> {
          Processor<String, Sample, Object> operator = create.apply(config);
          Recording<String, Object> out = new Recording<>();
          Snapshot<String> saved = new Snapshot<>();
          Sample sample = new Sample(1, 5);
          operator.saveChanges(saved);
          for (long time : new long[] {2, 500, 1000}) {
            operator.process("gone", sample, time, out);
            operator.saveChanges(saved);
            operator.advance(time + 300, out);
            operator.saveChanges(saved);
          }
          operator.process("back", sample, 1300, out);
          operator.process("gone", sample, 1301, out);
          operator.saveChanges(saved);
          operator.process("other", sample, 1302, out);
          operator.saveChanges(saved);
          // Changes of a ranking stand beside its whole: the keys of the records are compared.
          Processor<String, Sample, Object> restored = create.apply(config);
          restored.restore(saved);
          assertThat(whole(restored)).as("%s", config).isEqualTo(whole(operator));
          assertThat(ConformanceCases.counters(restored))
              .as("%s", config)
              .containsEntry("keys", ConformanceCases.counters(operator).get("keys"))
              .containsEntry("states", ConformanceCases.counters(operator).get("states"));
        });
  }

  @Test
  void saveChanges_streamEnded_nothingIsLeft() {
    forAll(
        BY_TIME,
        (config, create) -> {
          Processor<String, Sample, Object> operator = create.apply(config);
          Recording<String, Object> out = new Recording<>();
          Snapshot<String> saved = new Snapshot<>();
          operator.saveChanges(saved);
          for (int from = 0; from < 300; from += 30) {
            stream(from, 10).play(operator, out);
            operator.saveChanges(saved);
          }
          operator.advance(Long.MAX_VALUE, out);
          operator.saveChanges(saved);
          assertThat(SnapshotContent.of(saved)).as("%s", config).containsOnlyKeys("|shared");
        });
  }

  @Test
  void saveChanges_longTrail_writesTheLastChunkAndRemovesThoseBehind() {
    forAll(
        List.of(new WindowSpec.Trailing(150, true), new WindowSpec.TrailingCount(150, false)),
        (config, create) -> {
          Processor<String, Sample, Object> operator = create.apply(config);
          Recording<String, Object> out = new Recording<>();
          for (int i = 0; i < 200; i++) {
            operator.process("k", new Sample(i % 5, 1), i, out);
          }
          Snapshot<String> saved = new Snapshot<>();
          operator.saveChanges(saved);
          operator.process("k", new Sample(1, 1), 200, out);
          assertThat(changes(operator)).as("%s, one event", config).hasSize(2); // and the shared
          operator.save(saved = new Snapshot<>());
          for (int i = 201; i < 700; i++) {
            operator.process("k", new Sample(i % 5, 1), i, out);
            if (i % 9 == 0) {
              operator.saveChanges(saved);
              assertThat(SnapshotContent.of(saved).keySet())
                  .as("%s, after %s events", config, i + 1)
                  .isEqualTo(whole(operator).keySet());
            }
          }
          operator.saveChanges(saved);
          Processor<String, Sample, Object> restored = create.apply(config);
          restored.restore(SnapshotLaws.copy(saved));
          out.drain();
          Recording<String, Object> again = new Recording<>();
          for (int i = 700; i < 1000; i++) {
            Sample sample = new Sample(i % 5, 1);
            operator.process("k", sample, i, out);
            restored.process("k", sample, i, again);
            assertThat(changes(operator)).as("%s, one event", config).hasSize(2); // and the shared
          }
          assertThat(
                  ResultComparison.difference(
                      out.drain(), again.drain(), ResultComparison.Values.SAME))
              .as("%s", config)
              .isEmpty();
        });
  }
}
