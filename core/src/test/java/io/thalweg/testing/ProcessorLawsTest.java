package io.thalweg.testing;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Codec;
import io.thalweg.FailStop;
import io.thalweg.KeyedState;
import io.thalweg.Operator;
import io.thalweg.Ordered;
import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.ProcessorFactory;
import io.thalweg.Snapshot;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.anomaly.ZScore;
import io.thalweg.join.AsOfJoin;
import io.thalweg.join.Deduplicated;
import io.thalweg.join.IntervalJoin;
import io.thalweg.join.JoinInput;
import io.thalweg.rank.Leaderboard;
import io.thalweg.rank.Standings;
import io.thalweg.sketch.DistinctCount;
import io.thalweg.stats.Moments;
import io.thalweg.window.TrailingWindow;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The laws hold for every processor of the library, and find processors that break them. */
class ProcessorLawsTest {

  private record Listed(String name, ProcessorFactory<String, Sample, ?> factory) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static <O> Listed listed(String name, ProcessorFactory<String, Sample, O> factory) {
    return new Listed(name, factory);
  }

  private static WindowedAggregator<String, Sample, Moments> windows() {
    return WindowedAggregator.of(
            Moments.over(Sample::value),
            Windows.sliding(ofSeconds(4), ofSeconds(1)),
            Windows.tumbling(ofSeconds(3)))
        .lateness(ofSeconds(1))
        .build();
  }

  private static TrailingWindow<String, Sample, Moments> trailing() {
    return TrailingWindow.over(Moments.over(Sample::value))
        .last(ofSeconds(5))
        .lateness(ofSeconds(1))
        .maxKeys(2)
        .build();
  }

  private static Processor<String, Sample, Double> keyed() {
    return Processor.keyed(
        () -> new double[1],
        SampleAggregates.sum().codec(),
        ofSeconds(5),
        (sum, key, event, time, out) -> out.emit(key, sum[0] += event.value()));
  }

  private static Stream<Listed> listed() {
    return Stream.of(
        listed("windows", ProcessorLawsTest::windows),
        listed(
            "sessions",
            () ->
                WindowedAggregator.of(
                        Moments.over(Sample::value),
                        Windows.session(ofSeconds(1)),
                        Windows.session(Sample::gap, ofMillis(2000)))
                    .lateness(ofSeconds(1))
                    .maxKeys(2)
                    .build()),
        listed(
            "count and trailing",
            () ->
                WindowedAggregator.of(
                        Moments.over(Sample::value),
                        Windows.count(3),
                        Windows.trailing(ofSeconds(4)),
                        Windows.trailingCount(3))
                    .build()),
        listed(
            "ranking",
            () ->
                Leaderboard.named(
                    "all",
                    (key, event) -> event.gap() < 300 ? null : key,
                    WindowedAggregator.of(
                            Standings.counts(2, (String key) -> key, Codec.STRING),
                            Windows.tumbling(ofSeconds(5)),
                            Windows.global())
                        .build())),
        listed("trailing", ProcessorLawsTest::trailing),
        listed(
            "distinct trailing",
            () ->
                TrailingWindow.over(Sample::gap, Codec.LONG, DistinctCount::<Long>exactFifo)
                    .last(5)
                    .build()),
        listed(
            "keys that expire",
            () ->
                WindowedAggregator.of(
                        Moments.over(Sample::value),
                        Windows.count(3),
                        Windows.trailingCount(3),
                        Windows.global())
                    .idle(ofSeconds(4))
                    .build()),
        listed(
            "trailing that expires",
            () ->
                TrailingWindow.over(Moments.over(Sample::value))
                    .last(3)
                    .idle(ofSeconds(4))
                    .build()),
        listed(
            "sessions with an end",
            () ->
                WindowedAggregator.of(
                        Moments.over(Sample::value),
                        Windows.session(ofSeconds(1), ofSeconds(3)),
                        Windows.<Sample>session(
                            ofSeconds(1), ofSeconds(9), event -> event.gap() < 300))
                    .lateness(ofSeconds(1))
                    .build()),
        listed("keyed", ProcessorLawsTest::keyed),
        listed(
            "deduplicated",
            () ->
                Deduplicated.by((Sample event) -> id(event), Codec.LONG, ofSeconds(3))
                    .lateness(ofSeconds(1))
                    .maxIds(9)
                    .build()),
        listed(
            "stateless",
            () -> Processor.stateless((key, event, time, out) -> out.emit(key, event))),
        listed("detector", () -> ZScore.over(Sample::value).last(8).minValues(2).build()),
        listed("ordered windows", () -> new Ordered<>(windows(), Sample.CODEC)),
        listed("ordered trailing", () -> new Ordered<>(trailing(), Sample.CODEC)),
        listed("ordered keyed", () -> new Ordered<>(keyed(), Sample.CODEC)),
        listed(
            "ordered detector",
            () ->
                new Ordered<>(
                    ZScore.<Sample>over(Sample::value).last(ofSeconds(9)).minValues(2).build(),
                    Sample.CODEC)));
  }

  /** Reads one of three ids; it throws for a few events. */
  private static long id(Sample event) {
    if (event.gap() < 100) {
      throw new IllegalStateException("the id is missing");
    }
    return event.gap() % 3;
  }

  private static Stream<Arguments> joins() {
    ProcessorFactory<String, JoinInput<Sample, Sample>, List<Sample>> interval =
        () ->
            IntervalJoin.inner(Sample.CODEC, Sample.CODEC, (Sample l, Sample r) -> List.of(l, r))
                .between(ofSeconds(-2), ofSeconds(1))
                .lateness(ofSeconds(1))
                .maxEvents(12)
                .build();
    ProcessorFactory<String, JoinInput<Sample, Sample>, List<Optional<Sample>>> outer =
        () ->
            IntervalJoin.leftOuter(
                    Sample.CODEC,
                    Sample.CODEC,
                    (Sample l, Optional<Sample> r) -> List.of(Optional.of(l), r))
                .between(ofSeconds(0), ofSeconds(2))
                .build();
    ProcessorFactory<String, JoinInput<Sample, Sample>, List<Optional<Sample>>> asOf =
        () ->
            AsOfJoin.leftOuter(
                    Sample.CODEC, (Sample l, Optional<Sample> r) -> List.of(Optional.of(l), r))
                .validity(ofSeconds(3))
                .lateness(ofSeconds(1))
                .build();
    return Stream.of(
        Arguments.of("interval", interval),
        Arguments.of("outer interval", outer),
        Arguments.of("as of", asOf),
        Arguments.of(
            "ordered as of",
            (ProcessorFactory<String, JoinInput<Sample, Sample>, List<Optional<Sample>>>)
                () -> new Ordered<>(asOf.create(), JoinInput.codec(Sample.CODEC, Sample.CODEC))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("joins")
  <O> void check_join_holds(
      String name, ProcessorFactory<String, JoinInput<Sample, Sample>, O> factory) {
    ProcessorLaws.of(
            factory,
            random -> "k" + random.nextInt(3),
            random ->
                random.nextBoolean()
                    ? JoinInput.<Sample, Sample>left(draw(random))
                    : JoinInput.<Sample, Sample>right(draw(random)))
        .sequences(150, 60)
        .check(1);
  }

  private static Sample draw(RandomGenerator random) {
    double value = random.nextInt(20) == 0 ? Double.NaN : random.nextGaussian();
    return new Sample(value, random.nextInt(2200));
  }

  private static <O> ProcessorLaws<String, Sample, O> laws(
      ProcessorFactory<String, Sample, O> factory) {
    return ProcessorLaws.of(factory, random -> "k" + random.nextInt(3), ProcessorLawsTest::draw);
  }

  @ParameterizedTest
  @MethodSource("listed")
  void check_processorOfTheLibrary_holds(Listed listed) {
    laws(listed.factory).sequences(150, 60).check(1);
  }

  /** A user's processor: the previous value of each key. */
  // #region processor
  private static class Previous extends Operator<String, Sample, Double> {

    private static final Codec<Double> HEAD =
        Codec.of("test.previous", (value, out) -> out.writeDouble(value), in -> in.readDouble());

    final KeyedState<String, double[]> states =
        new KeyedState<>(() -> new double[1], SampleAggregates.sum().codec(), KeyedState.FOREVER);

    @Override
    protected void apply(String key, Sample event, long timestamp, Output<String, Double> out) {
      double[] last = states.update(key, timestamp);
      double previous = last[0];
      last[0] = event.gap();
      out.emit(key, previous);
    }

    @Override
    protected void write(StateWriter<String> to) {
      states.save(to);
      to.putOperatorState(HEAD.encode(0.0));
    }

    @Override
    protected void writeChanges(StateWriter<String> to) {
      states.saveChanges(to);
      to.putOperatorState(HEAD.encode(0.0));
    }

    @Override
    protected void markSaved() {
      states.startTrackingChanges();
    }

    @Override
    protected void read(StateReader<String> shard) {
      byte[] head = shard.operatorState();
      if (head == null) {
        FailStop.requireEmpty("test.previous", shard);
      } else {
        HEAD.decode(head);
        states.addAll(states.read(shard));
      }
    }
  }

  // #endregion

  /** The same processor, without the rules of an operator where a method is replaced. */
  private static class Bare implements Processor<String, Sample, Double> {
    final Previous of = new Previous();

    @Override
    public void process(String key, Sample event, long timestamp, Output<String, Double> out) {
      of.process(key, event, timestamp, out);
    }

    @Override
    public void save(StateWriter<String> to) {
      of.save(to);
    }

    @Override
    public void saveChanges(StateWriter<String> to) {
      of.saveChanges(to);
    }

    @Override
    public void restore(StateReader<String> shard) {
      of.restore(shard);
    }
  }

  private static void breaks(String law, ProcessorFactory<String, Sample, Double> factory) {
    assertThatThrownBy(() -> laws(factory).sequences(300, 60).check(1))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("law '" + law + "' is broken");
  }

  @Test
  void check_processorOfAUser_holds() {
    laws(Previous::new).check(1);
    laws(Bare::new).check(1);
  }

  @Test
  void check_processorThatBreaksALaw_namesTheLaw() {
    breaks(
        "repeatable",
        () ->
            new Previous() {
              @Override
              protected void moveWatermark(long watermark, Output<String, Double> out) {
                out.emit("k0", (double) System.identityHashCode(this));
              }
            });
    breaks(
        "rejection",
        () ->
            new Bare() {
              @Override
              public void process(
                  String key, Sample event, long timestamp, Output<String, Double> out) {
                if (event != null) {
                  super.process(key, event, timestamp, out);
                }
              }
            });
    breaks(
        "save and restore",
        () ->
            new Previous() {
              @Override
              protected void read(StateReader<String> shard) {}
            });
    breaks(
        "failing writer",
        () ->
            new Bare() {
              @Override
              public void saveChanges(StateWriter<String> to) {
                of.save(new Snapshot<>()); // throws if it has ended
                of.states.saveChanges(to);
                to.putOperatorState(Previous.HEAD.encode(0.0)); // if this fails, changes are lost
              }
            });
    breaks(
        "failing output",
        () ->
            new Bare() {
              @Override
              public void process(
                  String key, Sample event, long timestamp, Output<String, Double> out) {
                requireNonNull(key, "key");
                out.emit(key, event.value());
              }
            });
    breaks(
        "re-entrancy",
        () ->
            new Processor<>() {
              private RuntimeException failure;

              @Override
              public void process(
                  String key, Sample event, long timestamp, Output<String, Double> out) {
                requireNonNull(key, "key");
                requireNonNull(event, "event");
                if (failure != null) {
                  throw new IllegalStateException(failure);
                }
                try {
                  out.emit(key, event.value());
                } catch (RuntimeException e) {
                  failure = e;
                  throw e;
                }
              }
            });
    breaks(
        "refused state",
        () ->
            new Previous() {
              @Override
              protected void read(StateReader<String> shard) {
                states.addAll(states.read(shard));
              }
            });
  }
}
