package io.thalweg.testing;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.thalweg.Aggregate;
import io.thalweg.Aggregates;
import io.thalweg.Codec;
import io.thalweg.ForwardingProcessor;
import io.thalweg.NonFinite;
import io.thalweg.Ordered;
import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.Snapshot;
import io.thalweg.anomaly.ZScore;
import io.thalweg.feature.FeatureRow;
import io.thalweg.feature.FeatureSchema;
import io.thalweg.feature.FeatureSet;
import io.thalweg.feature.FeatureVector;
import io.thalweg.join.AsOfJoin;
import io.thalweg.join.Deduplicated;
import io.thalweg.join.IntervalJoin;
import io.thalweg.join.JoinInput;
import io.thalweg.model.LinearModel;
import io.thalweg.model.Model;
import io.thalweg.model.ModelRelease;
import io.thalweg.model.Scoring;
import io.thalweg.model.ScoringInput;
import io.thalweg.rank.Standings;
import io.thalweg.rank.TopK;
import io.thalweg.sketch.DistinctCount;
import io.thalweg.sketch.Frequencies;
import io.thalweg.sketch.HeavyHitters;
import io.thalweg.sketch.Quantiles;
import io.thalweg.stats.Autocorrelation;
import io.thalweg.stats.Covariance;
import io.thalweg.stats.DecayedMoments;
import io.thalweg.stats.Extrema;
import io.thalweg.stats.HigherMoments;
import io.thalweg.stats.LastSeen;
import io.thalweg.stats.LongSum;
import io.thalweg.stats.Moments;
import io.thalweg.stats.Rate;
import io.thalweg.stats.Sum;
import io.thalweg.stats.UncompensatedMomentsAccumulator;
import io.thalweg.stats.WeightedMoments;
import io.thalweg.window.AccumulationMode;
import io.thalweg.window.TrailingWindow;
import io.thalweg.window.WindowSpec;
import java.io.ByteArrayInputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Snapshots written by earlier builds: they are read, and the same bytes are still written. A
 * change of the format shows here; it needs a new version of the codec, a new file beside the old
 * one, and a line in docs/snapshots.md. {@code -Dsnapshots=write} writes files that are missing.
 */
class GoldenSnapshotsTest {

  private static final Path FOLDER = Path.of("src/test/resources/snapshots");
  private static final Path PAGE = Path.of("../docs/snapshots.md");
  private static final Codec<Snapshot<String>> CODEC = Snapshot.codec(Codec.STRING);

  /**
   * Saved processor: the calls before the save, and the calls that show that a restored processor
   * continues equally. With changes, the first calls are saved in full, then the changes are saved
   * incrementally.
   */
  private record Golden(
      String name,
      Supplier<Processor<String, Sample, Object>> create,
      Script before,
      Script changes,
      Script after) {

    Golden(
        String name,
        Supplier<Processor<String, Sample, Object>> create,
        Script before,
        Script after) {
      this(name, create, before, null, after);
    }

    Path file() {
      return FOLDER.resolve(name + ".snapshot");
    }

    Processor<String, Sample, Object> played() {
      Processor<String, Sample, Object> processor = create.get();
      before.play(processor, new Recording<>());
      if (changes != null) {
        changes.play(processor, new Recording<>());
      }
      return processor;
    }

    byte[] written() {
      Snapshot<String> saved = new Snapshot<>();
      if (changes == null) {
        played().save(saved);
      } else {
        Processor<String, Sample, Object> processor = create.get();
        before.play(processor, new Recording<>());
        processor.saveChanges(saved);
        changes.play(processor, new Recording<>());
        processor.saveChanges(saved);
      }
      return CODEC.encode(saved);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static final Script STREAM = stream(1, 60, 0);
  private static final Script REST = stream(2, 60, 300);

  /** Events of three keys, disorder and lateness in them, watermarks and early ticks. */
  private static Script stream(long seed, int length, long from) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Script.Step> steps = new ArrayList<>();
    long now = from;
    for (int i = 0; i < length; i++) {
      now += random.nextInt(10);
      long gap = 1 + random.nextInt(9);
      Sample sample = new Sample(random.nextInt(-50, 50) / 4.0, gap);
      steps.add(new Script.Process("k" + random.nextInt(3), sample, now - random.nextInt(3) * 7));
      if (i % 7 == 6) {
        steps.add(new Script.Advance(now - 8));
      }
      if (i % 20 == 10) {
        steps.add(new Script.Early());
      }
    }
    return new Script(steps);
  }

  private static Golden windows(String name, AccumulationMode mode, String aggregate) {
    WindowingConfig config =
        new WindowingConfig(
            List.of(
                new WindowSpec.Sliding(10, 5, 1),
                new WindowSpec.Sliding(7, 7, 0),
                new WindowSpec.Cumulative(12, 4, 0),
                new WindowSpec.Session(6),
                new WindowSpec.EventSession<>(Sample::gap, Long.MAX_VALUE),
                new WindowSpec.Global(),
                new WindowSpec.Count(5, 2),
                new WindowSpec.Trailing(20, true),
                new WindowSpec.TrailingCount(3, false)),
            30,
            mode,
            SampleAggregates.named(aggregate));
    return new Golden(name, config::operator, STREAM, REST);
  }

  private static Aggregate<Sample, ?, Object> everything() {
    return Aggregates.<Sample, Object>all(
            List.of(
                Aggregates.<Sample>count(),
                Moments.<Sample>over(Sample::value),
                UncompensatedMomentsAccumulator.<Sample>over(Sample::value, NonFinite.REJECT),
                Extrema.<Sample>over(Sample::value),
                Sum.<Sample>over(Sample::value),
                LongSum.<Sample>over(Sample::gap),
                HigherMoments.<Sample>over(Sample::value),
                Covariance.<Sample>over(Sample::value, Sample::gap),
                WeightedMoments.<Sample>over(Sample::value, Sample::gap),
                Autocorrelation.<Sample>over(Sample::value, 1, 3),
                DecayedMoments.<Sample>over(Sample::value, Sample::gap, ofMillis(10)),
                Rate.<Sample>over(Sample::gap, ofMillis(10)),
                LastSeen.<Sample>over(Sample::gap),
                DistinctCount.<Sample>ofLongs(Sample::gap, 4, 0),
                Frequencies.<Sample>ofLongs(Sample::gap, 8, 2, 0),
                HeavyHitters.<Sample, Long>over(Sample::gap, Codec.LONG, 4),
                Quantiles.<Sample>over(Sample::value, 8, 0),
                io.thalweg.sketch.Sample.<Sample>uniform(
                    sample -> Double.doubleToLongBits(sample.value()), Sample.CODEC, 3, 0)))
        .map(results -> (Object) results);
  }

  private static Aggregate<Sample, ?, Standings<Long, Long>> counts() {
    return Standings.counts(3, (Sample sample) -> (long) sample.value(), Codec.LONG);
  }

  private static Aggregate<Sample, ?, Object> rankings() {
    return Aggregates.<Sample, Object>all(
            List.of(
                counts(),
                Standings.decayed(
                    3,
                    (Sample sample) -> "m" + (long) sample.value(),
                    Codec.STRING,
                    Sample::value,
                    sample -> 7 * sample.gap(),
                    ofMillis(10)),
                TopK.of(3, Comparator.comparingDouble(Sample::value), Sample.CODEC)))
        .map(results -> (Object) results);
  }

  private static final class Last {
    double value;

    static final Codec<Last> CODEC =
        new Codec<>() {
          @Override
          public String name() {
            return "last";
          }

          @Override
          public void write(Last last, DataOutput out) throws IOException {
            out.writeDouble(last.value);
          }

          @Override
          public Last read(DataInput in, int version) throws IOException {
            Last last = new Last();
            last.value = in.readDouble();
            return last;
          }
        };
  }

  private static Processor<String, Sample, Object> changes() {
    return Processor.keyed(
        Last::new,
        Last.CODEC,
        ofMillis(100),
        (last, key, sample, time, out) -> {
          out.emit(key, sample.value() - last.value);
          last.value = sample.value();
        });
  }

  @SuppressWarnings("unchecked") // results are only compared
  private static Processor<String, Sample, Object> anyResult(Processor<String, Sample, ?> of) {
    return (Processor<String, Sample, Object>) of;
  }

  /** Scoring of the samples; those with a negative value are releases of models. */
  private static final class Scored extends ForwardingProcessor<String, Sample, Object> {
    private static final FeatureSchema SCHEMA = FeatureSchema.ofNumbers("value");
    private final Processor<String, ScoringInput<Sample>, Object> scoring;

    Scored() {
      this(scoring());
    }

    private Scored(Processor<String, ScoringInput<Sample>, Object> scoring) {
      super(scoring);
      this.scoring = scoring;
    }

    @SuppressWarnings("unchecked") // an output of predictions takes them as objects
    private static Processor<String, ScoringInput<Sample>, Object> scoring() {
      return (Processor<String, ScoringInput<Sample>, Object>)
          (Processor<String, ScoringInput<Sample>, ?>)
              Scoring.<Sample>builder(SCHEMA)
                  .format("shift", bytes -> shift(bytes[0]))
                  .fallback(-1)
                  .lateness(ofMillis(10))
                  .<String>build();
    }

    private static Model shift(double intercept) {
      return LinearModel.linear(SCHEMA.names(), new double[] {1}, intercept);
    }

    @Override
    protected void apply(String key, Sample sample, long timestamp, Output<String, Object> out) {
      byte number = (byte) sample.gap();
      scoring.process(
          key,
          sample.value() < 0
              ? ScoringInput.release(
                  new ModelRelease(
                      "v" + number,
                      timestamp + 1,
                      SCHEMA.hash(),
                      "shift",
                      new byte[] {number},
                      number % 3 == 0))
              : ScoringInput.row(
                  new FeatureRow<>(sample, FeatureVector.of(SCHEMA, sample.value()))),
          timestamp,
          out);
    }
  }

  /** Join of the samples with a negative value and the others. */
  private static final class Joined<O> extends ForwardingProcessor<String, Sample, O> {
    private final Processor<String, JoinInput<Sample, Sample>, O> join;

    Joined(Processor<String, JoinInput<Sample, Sample>, O> join) {
      super(join);
      this.join = join;
    }

    @Override
    protected void apply(String key, Sample sample, long timestamp, Output<String, O> out) {
      JoinInput<Sample, Sample> input =
          sample.value() < 0 ? JoinInput.left(sample) : JoinInput.right(sample);
      join.process(key, input, timestamp, out);
    }
  }

  private static Processor<String, Sample, Object> features() {
    ToDoubleFunction<Sample> value = sample -> sample.value() == 1 ? Double.NaN : sample.value();
    Function<Sample, String> name = sample -> sample.gap() == 1 ? null : "n" + sample.gap();
    Predicate<Sample> where = sample -> sample.value() > 0;
    FeatureSet<Sample> set =
        FeatureSet.<Sample>named("samples")
            .lateness(ofMillis(10))
            .idle(ofMillis(2000))
            .feature("mean")
            .last(ofMillis(900))
            .mean(value)
            .feature("sum")
            .last(ofMillis(200))
            .sum(value)
            .feature("max")
            .where(where)
            .last(ofMillis(300))
            .max(value)
            .feature("median")
            .last(9)
            .quantile(value, 0.5)
            .feature("distinct")
            .last(ofMillis(900))
            .distinct(name)
            .feature("trend")
            .last(ofMillis(80))
            .trend(value)
            .feature("tiled")
            .last(ofMillis(1000))
            .tiled(ofMillis(100))
            .sd(value)
            .feature("tiled distinct")
            .last(ofMillis(1000))
            .tiled(ofMillis(100))
            .distinct(name)
            .feature("top")
            .where(where)
            .tumbling(ofMillis(300))
            .topValue(name)
            .feature("decayed")
            .decayed(ofMillis(50))
            .mean(value)
            .feature("since")
            .sinceLast()
            .feature("text")
            .latestText(name)
            .build();
    return anyResult(set.operator());
  }

  private static Golden aggregates(String name) {
    return new Golden(
        name,
        () ->
            new WindowingConfig(
                    List.of(new WindowSpec.Sliding(40, 20, 0)),
                    10,
                    AccumulationMode.ACCUMULATING,
                    everything())
                .operator(),
        STREAM,
        REST);
  }

  /** Files with earlier versions of codecs, which are read but no longer written. */
  private static final List<Golden> EARLIER =
      List.of(aggregates("aggregates")); // version 1 of weightedmoments and shape

  private static final List<Golden> ALL =
      List.of(
          new Golden(
              "small",
              () ->
                  new WindowingConfig(
                          List.of(new WindowSpec.Sliding(10, 10, 0)),
                          0,
                          AccumulationMode.ACCUMULATING,
                          SampleAggregates.named("count"))
                      .operator(),
              new Script(
                  List.of(
                      new Script.Process("a", new Sample(1, 1), 12),
                      new Script.Process("a", new Sample(1, 1), 15),
                      new Script.Advance(11))),
              REST),
          windows("windows-accumulating", AccumulationMode.ACCUMULATING, "mean"),
          windows("windows-discarding", AccumulationMode.DISCARDING, "sum"),
          windows("windows-retracting", AccumulationMode.RETRACTING, "list"),
          aggregates("aggregates-2"),
          new Golden(
              "rankings",
              () ->
                  new WindowingConfig(
                          List.of(new WindowSpec.Sliding(400, 200, 0), new WindowSpec.Global()),
                          10,
                          AccumulationMode.ACCUMULATING,
                          rankings())
                      .operator(),
              STREAM,
              REST),
          new Golden(
              "ranking-changes",
              () ->
                  new WindowingConfig(
                          List.of(new WindowSpec.Sliding(1000, 1000, 0), new WindowSpec.Global()),
                          10,
                          AccumulationMode.ACCUMULATING,
                          counts().map(standings -> (Object) standings))
                      .operator(),
              STREAM,
              stream(5, 6, 300),
              stream(6, 60, 330)),
          new Golden(
              "trailing-states",
              () ->
                  anyResult(
                      TrailingWindow.over(SampleAggregates.named("list"))
                          .last(ofMillis(400))
                          .lateness(ofMillis(9))
                          .build()),
              stream(3, 230, 0),
              REST),
          new Golden(
              "trailing-numbers",
              () ->
                  anyResult(
                      TrailingWindow.over(Sample::value, () -> Moments.fifo())
                          .last(70)
                          .excludingEvent()
                          .build()),
              stream(4, 230, 0),
              REST),
          new Golden(
              "z-score",
              () ->
                  anyResult(
                      ZScore.<Sample>over(Sample::value)
                          .last(ofMillis(200))
                          .lateness(ofMillis(0))
                          .build()),
              STREAM,
              REST),
          new Golden(
              "idle-keys",
              () ->
                  new WindowingConfig(
                          List.of(
                              new WindowSpec.Count(5, 2), new WindowSpec.TrailingCount(3, true)),
                          0,
                          AccumulationMode.ACCUMULATING,
                          SampleAggregates.named("sum"))
                      .expiring(40)
                      .operator(),
              STREAM,
              stream(5, 6, 310),
              REST),
          new Golden(
              "bounded-sessions",
              () ->
                  new WindowingConfig(
                          List.of(
                              new WindowSpec.BoundedSession<Sample>(9, 30, s -> s.gap() > 7),
                              new WindowSpec.Session(6)),
                          30,
                          AccumulationMode.RETRACTING,
                          SampleAggregates.named("sum"))
                      .operator(),
              STREAM,
              REST),
          new Golden(
              "trailing-idle",
              () ->
                  anyResult(
                      TrailingWindow.over(Sample::value, () -> Moments.fifo())
                          .last(9)
                          .idle(ofMillis(50))
                          .build()),
              STREAM,
              REST),
          new Golden(
              "interval-join",
              () ->
                  anyResult(
                      new Joined<>(
                          IntervalJoin.leftOuter(
                                  Sample.CODEC, Sample.CODEC, (Sample l, Optional<Sample> r) -> r)
                              .between(ofMillis(-20), ofMillis(30))
                              .lateness(ofMillis(10))
                              .build())),
              STREAM,
              REST),
          new Golden(
              "as-of-join",
              () ->
                  anyResult(
                      new Joined<>(
                          AsOfJoin.leftOuter(Sample.CODEC, (Sample l, Optional<Sample> r) -> r)
                              .validity(ofMillis(60))
                              .lateness(ofMillis(20))
                              .build())),
              STREAM,
              REST),
          new Golden(
              "deduplicated",
              () ->
                  anyResult(
                      Deduplicated.by(Sample::gap, Codec.LONG, ofMillis(30)).build(String.class)),
              STREAM,
              REST),
          new Golden(
              "features", GoldenSnapshotsTest::features, stream(7, 400, 0), stream(8, 60, 1900)),
          new Golden("scoring", () -> anyResult(new Scored()), STREAM, REST),
          new Golden("keyed", GoldenSnapshotsTest::changes, STREAM, REST),
          new Golden("ordered", () -> new Ordered<>(changes(), Sample.CODEC), STREAM, REST));

  @TestFactory
  Stream<DynamicTest> restore_goldenFile_goesOnAsTheOneThatWasSaved() {
    return Stream.concat(EARLIER.stream(), ALL.stream())
        .map(
            golden ->
                dynamicTest(
                    golden.name,
                    () -> {
                      Processor<String, Sample, Object> restored = golden.create.get();
                      restored.restore(CODEC.decode(Files.readAllBytes(golden.file())));
                      Processor<String, Sample, Object> saved = golden.played();
                      assertThat(ConformanceCases.counters(restored))
                          .isEqualTo(ConformanceCases.counters(saved));
                      Recording<String, Object> expected = new Recording<>();
                      Recording<String, Object> actual = new Recording<>();
                      List<Script.Step> steps = new ArrayList<>(golden.after.steps());
                      steps.add(new Script.Advance(Long.MAX_VALUE));
                      int said = 0;
                      for (Script.Step step : steps) {
                        step.call(saved, expected);
                        step.call(restored, actual);
                        List<RecordedResult<String, Object>> wanted = expected.drain();
                        said += wanted.size();
                        Optional<String> difference =
                            ResultComparison.difference(
                                wanted, actual.drain(), ResultComparison.Values.SAME);
                        assertThat(difference).as("at %s", step).isEmpty();
                      }
                      assertThat(said).isPositive();
                    }));
  }

  @TestFactory
  Stream<DynamicTest> save_sameCalls_theBytesOfTheGoldenFile() {
    return ALL.stream()
        .map(
            golden ->
                dynamicTest(
                    golden.name,
                    () -> {
                      byte[] written = golden.written();
                      if ("write".equals(System.getProperty("snapshots"))
                          && !Files.exists(golden.file())) {
                        Files.createDirectories(FOLDER);
                        Files.write(golden.file(), written);
                      }
                      // Record by record first: that says more than the place of a byte.
                      byte[] file = Files.readAllBytes(golden.file());
                      assertThat(SnapshotContent.of(CODEC.decode(written)))
                          .isEqualTo(SnapshotContent.of(CODEC.decode(file)));
                      assertThat(written).isEqualTo(file);
                    }));
  }

  /** The files together hold a record of every kind that the page describes. */
  @Test
  void goldenFiles_together_holdEveryKindOfRecord() throws IOException {
    Map<String, String> seen = new TreeMap<>();
    for (Golden golden : ALL) {
      Map<String, String> content =
          SnapshotContent.of(CODEC.decode(Files.readAllBytes(golden.file())));
      content.forEach((address, hex) -> seen.put(kind(address), golden.name));
    }
    Matcher rows =
        Pattern.compile("^\\| `(/[^`]*)` \\| ([^|]*) \\|", Pattern.MULTILINE)
            .matcher(Files.readString(PAGE));
    List<String> described = new ArrayList<>();
    while (rows.find()) {
      described.add(
          rows.group(1) + (rows.group(2).strip().equals("operator") ? "|shared" : "|key"));
    }
    assertThat(described).isNotEmpty();
    assertThat(seen.keySet()).containsAll(described);
    assertThat(described).containsAll(seen.keySet());
  }

  /** Records that have an earlier version: a file of each version is there, and is read above. */
  @Test
  void goldenFiles_together_holdEveryVersionOfTheRecordsOfWindows() throws IOException {
    Set<String> versions = new TreeSet<>();
    for (Golden golden : ALL) {
      SnapshotContent.of(CODEC.decode(Files.readAllBytes(golden.file())))
          .values()
          .forEach(hex -> versions.add(nameAndVersion(HexFormat.of().parseHex(hex))));
    }
    assertThat(versions)
        .contains(
            "thalweg.windowed, version 1",
            "thalweg.windowed, version 2",
            "thalweg.window.session of sum, version 1",
            "thalweg.window.session of sum, version 2");
  }

  private static String nameAndVersion(byte[] record) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(record))) {
      in.readShort(); // "TW"
      return in.readUTF() + ", version " + in.readInt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String kind(String address) {
    String scope = address.substring(0, address.indexOf('|')).replaceAll("\\d+$", "Q");
    return (scope.isEmpty() ? "/" : scope) + (address.endsWith("|shared") ? "|shared" : "|key");
  }

  /** The worked example of the page: its bytes, in order, are the file. */
  @Test
  void page_workedExample_isTheFileByteByByte() throws IOException {
    String page = Files.readString(PAGE);
    int from = page.indexOf("```text", page.indexOf("small.snapshot"));
    String block = page.substring(from, page.indexOf("```", from + 3));
    StringBuilder hex = new StringBuilder();
    Matcher line =
        Pattern.compile("^(?<bytes>(?:[0-9a-f]{2} )+) +\\S", Pattern.MULTILINE).matcher(block);
    while (line.find()) {
      hex.append(line.group("bytes").replace(" ", ""));
    }
    assertThat(hex.toString())
        .isEqualTo(HexFormat.of().formatHex(Files.readAllBytes(FOLDER.resolve("small.snapshot"))));
  }

  /** Every bit of a whole file, and every length: refused, and nothing is restored. */
  @Test
  void decode_anyBitOfAFileFlippedOrAnyLength_rejected() throws IOException {
    for (Golden golden : ALL) {
      byte[] file = Files.readAllBytes(golden.file());
      int step = file.length < 4_000 ? 1 : 97; // of long files a sample, coprime to eight
      for (int bit = 0; bit < 8 * file.length; bit += step) {
        byte[] damaged = file.clone();
        damaged[bit / 8] ^= (byte) (1 << bit % 8);
        assertThatThrownBy(() -> CODEC.decode(damaged))
            .as("%s, bit %d", golden, bit)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("damaged");
      }
      for (int length = 0; length < file.length; length += step) {
        byte[] cut = java.util.Arrays.copyOf(file, length);
        assertThatThrownBy(() -> CODEC.decode(cut))
            .as("%s, cut to %d", golden, length)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("damaged");
      }
    }
  }
}
