package io.thalweg.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Codec;
import io.thalweg.Ordered;
import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.Snapshot;
import io.thalweg.feature.FeatureRow;
import io.thalweg.feature.FeatureSchema;
import io.thalweg.feature.FeatureVector;
import io.thalweg.testing.ProcessorLaws;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ScoringTest {

  private static final FeatureSchema SCHEMA = FeatureSchema.ofNumbers("amount", "rate");
  private static final Codec<FeatureRow<String>> ROWS = FeatureRow.codec(Codec.STRING, SCHEMA);

  private final List<String> results = new ArrayList<>();
  private final Output<String, Prediction<String>> out =
      Output.of(
          (key, p) ->
              results.add(
                  "%s: %s %s by %s%s"
                      .formatted(
                          p.row().event(),
                          p.status(),
                          p.score(),
                          p.version(),
                          p.shadowScores().isEmpty() ? "" : " " + new TreeMap<>(p.shadowScores()))),
          (key, event, timestamp, watermark) -> results.add("late at " + timestamp),
          (key, event, timestamp, reason) -> results.add(reason));
  private Scoring<String, String> scoring;

  /** Model whose score is the first feature plus a number, or a failure. */
  static final class Shift implements Model, AutoCloseable {
    private final String shift;
    boolean closed;

    Shift(String shift) {
      this.shift = shift;
    }

    @Override
    public List<String> features() {
      return shift.equals("wide") ? List.of("amount", "rate", "hour") : SCHEMA.names();
    }

    @Override
    public double score(double[] row) {
      return switch (shift) {
        case "throws" -> throw new IllegalStateException("the model fails");
        case "nan" -> Double.NaN;
        case "infinite" -> Double.POSITIVE_INFINITY;
        default -> row[0] + Double.parseDouble(shift);
      };
    }

    @Override
    public void close() {
      closed = true;
      if (shift.equals("9")) {
        throw new IllegalStateException("close fails");
      }
    }
  }

  private static final List<Shift> LOADED = new ArrayList<>();

  static Model load(byte[] bytes) {
    String text = new String(bytes, UTF_8);
    if (text.equals("damaged")) {
      throw new IllegalArgumentException("bytes must be a model: damaged");
    }
    Shift model = text.equals("null") ? null : new Shift(text);
    if (model != null && LOADED.size() < 100) {
      LOADED.add(model);
    }
    return model;
  }

  private static Scoring.Builder<String> builder() {
    return Scoring.<String>builder(SCHEMA)
        .format("shift", ScoringTest::load)
        .fallback(-1)
        .lateness(Duration.ZERO);
  }

  static ModelRelease release(String version, long validFrom, String shift) {
    return new ModelRelease(version, validFrom, SCHEMA.hash(), "shift", shift.getBytes(), false);
  }

  static ModelRelease shadow(String version, long validFrom, String shift) {
    return new ModelRelease(version, validFrom, SCHEMA.hash(), "shift", shift.getBytes(), true);
  }

  static ScoringInput<String> row(String event, double amount) {
    return ScoringInput.row(new FeatureRow<>(event, FeatureVector.of(SCHEMA, amount, Double.NaN)));
  }

  @BeforeEach
  void create() {
    scoring = builder().build();
    LOADED.clear();
  }

  private void release(ModelRelease release, long timestamp) {
    scoring.process("models", ScoringInput.release(release), timestamp, out);
  }

  private void score(String event, long timestamp) {
    scoring.process("k", row(event, 100), timestamp, out);
  }

  private long counter(String name) {
    Map<String, Long> counters = new HashMap<>();
    scoring.counters(counters::put);
    return counters.get(name);
  }

  @Test
  void process_severalReleases_scoresByTheLargestValidFrom() {
    scoring = builder().initial("shipped", new Shift("0")).build();
    release(release("v2", 20, "2"), 1);
    release(release("v1", 10, "1"), 2);
    score("at 9", 9);
    score("at 10", 10);
    score("at 20", 20);
    score("at 19", 19);
    assertThat(results)
        .containsExactly(
            "at 9: SCORED 100.0 by shipped",
            "at 10: SCORED 101.0 by v1",
            "at 20: SCORED 102.0 by v2",
            "at 19: SCORED 101.0 by v1");
    assertThat(counter("scored")).isEqualTo(4);
    assertThat(counter("released")).isEqualTo(2);
  }

  @Test
  void process_releasesOfEqualTimes_scoresByTheLargestVersion() {
    release(release("b", 10, "2"), 1);
    release(release("a", 10, "1"), 2);
    score("row", 10);
    assertThat(results).containsExactly("row: SCORED 102.0 by b");
  }

  @Test
  void process_shadows_areScoredUntilTheNextLiveRelease() {
    release(release("v1", 10, "1"), 1);
    release(shadow("s1", 12, "5"), 1);
    release(shadow("s2", 14, "throws"), 1);
    release(release("v2", 20, "2"), 1);
    release(shadow("s3", 20, "infinite"), 1);
    for (long t : new long[] {11, 12, 14, 20}) {
      score("at " + t, t);
    }
    assertThat(results)
        .containsExactly(
            "at 11: SCORED 101.0 by v1",
            "at 12: SCORED 101.0 by v1 {s1=105.0}",
            "at 14: SCORED 101.0 by v1 {s1=105.0, s2=NaN}",
            "at 20: SCORED 102.0 by v2 {s3=NaN}");
    assertThat(counter("shadowFailed")).isEqualTo(2);
  }

  @Test
  void process_modelThatFails_answersWithTheFallback() {
    score("none", 1);
    release(release("v1", 10, "throws"), 1);
    release(release("v2", 20, "nan"), 1);
    release(release("v3", 30, "infinite"), 1);
    score("throws", 10);
    score("nan", 20);
    score("infinite", 30);
    assertThat(results)
        .containsExactly(
            "none: NO_MODEL -1.0 by ",
            "throws: FAILED -1.0 by v1",
            "nan: NOT_FINITE -1.0 by v2",
            "infinite: NOT_FINITE -1.0 by v3");
    assertThat(counter("noModel")).isEqualTo(1);
    assertThat(counter("failed")).isEqualTo(1);
    assertThat(counter("notFinite")).isEqualTo(2);
    assertThat(counter("offered")).isEqualTo(4);
  }

  @Test
  void process_badRelease_isRefusedAndTheOldOneStays() {
    release(release("v1", 10, "1"), 1);
    release(release("v1", 20, "2"), 1);
    release(release("v2", 20, "damaged"), 1);
    release(release("v2", 20, "null"), 1);
    release(release("v2", 20, "wide"), 1);
    release(new ModelRelease("v2", 20, 7, "shift", new byte[0], false), 1);
    release(new ModelRelease("v2", 20, SCHEMA.hash(), "onnx", new byte[0], false), 1);
    release(release("v2", 20, "2"), 20);
    scoring.advance(21, out);
    release(release("v2", 20, "2"), 19);
    score("row", 21);
    String refused = "release of version v2: ";
    assertThat(results)
        .containsExactly(
            "release of version v1: version must be new, but it was released before",
            refused
                + "model must be readable by the loader of format shift: bytes must be a model:"
                + " damaged",
            refused + "loader of format shift must return a model: null",
            refused + "model must have as many features as the schema, 2: 3",
            refused
                + "schema hash must be that of the features, %016x; train the model on them: 0000000000000007"
                    .formatted(SCHEMA.hash()),
            refused + "format must be one of [shift]: onnx",
            refused
                + "validFrom must be after the timestamp of the message, since a release is"
                + " published before it is valid: 20, timestamp 20",
            refused
                + "validFrom must not be behind the watermark, since rows up to it are scored: 20,"
                + " watermark 21",
            "row: SCORED 101.0 by v1");
    assertThat(counter("refused")).isEqualTo(8);
    assertThat(LOADED).filteredOn(model -> model.closed).hasSize(1);
  }

  @Test
  void process_versionOfTheInitialModel_isRefused() {
    scoring = builder().initial("v1", new Shift("0")).build();
    release(release("v1", 10, "1"), 1);
    assertThat(results).singleElement().asString().contains("version must be new");
  }

  @Test
  void process_rowOfAnotherSchema_isRejected() {
    FeatureSchema other = FeatureSchema.ofNumbers("amount", "hour");
    FeatureRow<String> row = new FeatureRow<>("e", FeatureVector.of(other, 1, 2));
    scoring.process("k", ScoringInput.row(row), 1, out);
    scoring.process("k", row("e", 1), Long.MAX_VALUE, out);
    assertThat(results)
        .containsExactly(
            "row must have the schema of the scoring, hash %016x: %016x"
                .formatted(SCHEMA.hash(), other.hash()),
            "timestamp is reserved: 9223372036854775807");
    assertThat(counter("rejected")).isEqualTo(2);
  }

  @Test
  void advance_pastTheNextRelease_closesTheOldModels() {
    Shift initial = new Shift("0");
    scoring = builder().initial("v0", initial).lateness(Duration.ofMillis(5)).build();
    release(release("v1", 10, "9"), 1);
    release(shadow("s1", 12, "5"), 1);
    release(release("v2", 20, "2"), 1);
    scoring.advance(14, out);
    assertThat(initial.closed).isFalse();
    scoring.advance(15, out);
    assertThat(initial.closed).isTrue();
    scoring.advance(13, out);
    score("late", 9);
    score("in time", 10);
    scoring.advance(25, out);
    assertThat(LOADED).extracting(model -> model.closed).containsExactly(true, true, false);
    score("late", 19);
    score("in time", 20);
    assertThat(results)
        .containsExactly(
            "late at 9",
            "in time: SCORED 109.0 by v1",
            "late at 19",
            "in time: SCORED 102.0 by v2");
    assertThat(counter("models")).isEqualTo(1);
    assertThat(counter("closeFailed")).isEqualTo(1);
    assertThat(counter("backwardAdvances")).isEqualTo(1);
  }

  @Test
  void restore_releases_areLoadedWhenARowNeedsThem() {
    release(release("v1", 10, "1"), 1);
    release(release("v2", 20, "2"), 1);
    scoring.advance(25, out);
    Snapshot<String> saved = new Snapshot<>();
    scoring.save(saved);
    LOADED.clear();

    scoring = builder().initial("other", new Shift("0")).build();
    scoring.restore(saved);
    assertThat(LOADED).isEmpty();
    score("late", 19);
    score("row", 25);
    score("row", 26);
    assertThat(LOADED).hasSize(1);
    release(release("v1", 30, "1"), 25);
    assertThat(results)
        .containsExactly(
            "late at 19",
            "row: SCORED 102.0 by v2",
            "row: SCORED 102.0 by v2",
            "release of version v1: version must be new, but it was released before");
  }

  @Test
  void restore_severalShards_unitesTheirReleases() {
    Snapshot<String> one = new Snapshot<>();
    release(release("v1", 10, "1"), 1);
    release(release("v2", 20, "2"), 1);
    scoring.advance(15, out);
    scoring.save(one);
    scoring = builder().build();
    Snapshot<String> two = new Snapshot<>();
    release(release("v1", 10, "1"), 1);
    release(release("v3", 30, "3"), 1);
    scoring.advance(15, out);
    scoring.save(two);

    scoring = builder().build();
    scoring.restore(one);
    scoring.restore(two);
    score("one", 15);
    score("two", 20);
    score("three", 30);
    assertThat(results)
        .containsExactly(
            "one: SCORED 101.0 by v1", "two: SCORED 102.0 by v2", "three: SCORED 103.0 by v3");
    assertThat(counter("models")).isEqualTo(3);
    assertThat(counter("released")).as("each task counts").isEqualTo(4);
  }

  @Test
  void restore_contradiction_isRefused() {
    release(release("v1", 10, "1"), 1);
    Snapshot<String> saved = new Snapshot<>();
    scoring.save(saved);
    Scoring<String, String> other = builder().build();
    other.process("m", ScoringInput.release(release("v1", 11, "1")), 1, out);
    Snapshot<String> otherwise = new Snapshot<>();
    other.save(otherwise);
    Scoring<String, String> restored = builder().build();
    restored.restore(saved);
    assertThatThrownBy(() -> restored.restore(otherwise))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("shards must have the same release of a version: ModelRelease[v");
    Scoring<String, String> withoutFormat =
        Scoring.<String>builder(SCHEMA).fallback(0).<String>build();
    assertThatThrownBy(() -> withoutFormat.restore(saved))
        .hasMessageStartingWith("formats must include that of saved version v1");
    Scoring<String, String> schema =
        Scoring.<String>builder(FeatureSchema.ofNumbers("x")).fallback(0).<String>build();
    assertThatThrownBy(() -> schema.restore(saved))
        .hasMessageStartingWith("the schema must be as saved");
  }

  @Test
  void build_badOptions_throws() {
    Scoring.Builder<String> builder = Scoring.builder(SCHEMA);
    assertThatThrownBy(builder::build).hasMessage("fallback must be set: call fallback(score)");
    assertThatThrownBy(() -> builder.fallback(Double.NaN))
        .hasMessage("fallback must be finite: NaN");
    assertThatThrownBy(() -> builder.initial("v", new Shift("wide")))
        .hasMessage("model must have as many features as the schema, 2: 3");
    builder.format("a", ScoringTest::load);
    assertThatThrownBy(() -> builder.format("a", ScoringTest::load))
        .hasMessage("names of formats must differ: a");
  }

  @Test
  void release_badFields_throws() {
    assertThatThrownBy(() -> release(" ", 1, "1"))
        .hasMessageStartingWith("version must have 1 to 200 characters");
    assertThatThrownBy(() -> release("v", Long.MIN_VALUE, "1"))
        .hasMessageStartingWith("validFrom is reserved");
    assertThatThrownBy(() -> new ModelRelease("v", 1, 1, "", new byte[0], false))
        .hasMessage("format must not be blank: version v");
    assertThat(release("v", 1, "1"))
        .isEqualTo(release("v", 1, "1"))
        .hasSameHashCodeAs(release("v", 1, "1"))
        .isNotEqualTo(release("v", 1, "2"))
        .asString()
        .endsWith("format=shift, 1 bytes]");
  }

  @Test
  void decode_bytesOfEitherStream_areToldApart() {
    ModelRelease release = release("v", 1, "x".repeat(200_000));
    ScoringInput<String> row = row("event", 3);
    FeatureRow<String> features = ((ScoringInput.Row<String>) row).row();
    assertThat(ScoringInput.decode(ModelRelease.CODEC.encode(release), ROWS))
        .isEqualTo(ScoringInput.release(release));
    assertThat(ScoringInput.decode(ROWS.encode(features), ROWS)).isEqualTo(row);
    Codec<ScoringInput<String>> codec = ScoringInput.codec(ROWS);
    for (ScoringInput<String> input : List.of(row, ScoringInput.<String>release(release))) {
      assertThat(codec.decode(codec.encode(input))).isEqualTo(input);
    }
    byte[] damaged = ModelRelease.CODEC.encode(release);
    damaged[500] ^= 1;
    for (byte[] bytes : List.of(new byte[0], new byte[40], damaged, Arrays.copyOf(damaged, 90))) {
      assertThatThrownBy(() -> ScoringInput.decode(bytes, ROWS))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void laws_randomInputs_hold() {
    ProcessorLaws.<String, ScoringInput<String>, Prediction<String>>of(
            () -> builder().initial("shipped", new Shift("0")).build(),
            random -> "k" + random.nextInt(3),
            random -> {
              String version = "v" + random.nextInt(8);
              String shift = List.of("1", "2", "throws", "damaged", "nan").get(random.nextInt(5));
              long validFrom = random.nextLong(20_000);
              return switch (random.nextInt(4)) {
                case 0 -> ScoringInput.release(release(version, validFrom, shift));
                case 1 -> ScoringInput.release(shadow(version, validFrom, shift));
                default -> row("e" + random.nextInt(100), random.nextInt(10));
              };
            })
        .spacing(Duration.ofMillis(700))
        .check(1);
  }

  /** An input with its timestamp, and the time of its arrival. */
  private record Arrival(ScoringInput<String> input, long timestamp, long at, int number) {}

  /** Arrivals in another order, within 500 ms of disorder, with restarts. */
  @Property(tries = 200)
  void versions_inAnyOrderOfArrival_areTheSame(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Arrival> history = new ArrayList<>();
    List<ModelRelease> releases = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      long timestamp = random.nextInt(4_000);
      ScoringInput<String> input = row("e" + i, i);
      if (i % 8 == 0) {
        long validFrom = timestamp + 1 + random.nextInt(1 + random.nextInt(2_000));
        ModelRelease release =
            random.nextInt(3) == 0
                ? shadow("v" + i, validFrom, "" + i)
                : release("v" + i, validFrom, "" + i);
        releases.add(release);
        input = ScoringInput.release(release);
      }
      history.add(new Arrival(input, timestamp, 0, i));
    }
    Map<String, String> first = run(arrivals(history, random), random);
    assertThat(first).hasSize(70).isEqualTo(run(arrivals(history, random), random));
    for (Arrival each : history) {
      if (each.input instanceof ScoringInput.Row<String> row) {
        assertThat(first)
            .as("seed %d", seed)
            .containsEntry(row.row().event(), expected(releases, each.timestamp));
      }
    }
  }

  private static List<Arrival> arrivals(List<Arrival> history, SplittableRandom random) {
    List<Arrival> arrivals = new ArrayList<>();
    for (Arrival each : history) {
      long at = each.timestamp + random.nextInt(500);
      arrivals.add(new Arrival(each.input, each.timestamp, at, each.number));
    }
    arrivals.sort(Comparator.comparingLong(Arrival::at));
    return arrivals;
  }

  /** Returns the version and the shadows of each event. */
  private static Map<String, String> run(List<Arrival> arrivals, SplittableRandom random) {
    Map<String, String> versions = new HashMap<>();
    Output<String, Prediction<String>> out =
        Output.strict(
            (key, p) ->
                versions.put(
                    p.row().event(), p.version() + new TreeMap<>(p.shadowScores()).keySet()));
    Ordered<String, ScoringInput<String>, Prediction<String>> ordered = ordered();
    Snapshot<String> store = new Snapshot<>();
    long largest = Long.MIN_VALUE;
    for (Arrival each : arrivals) {
      byte[] source = {(byte) each.number};
      if (each.input instanceof ScoringInput.Release && random.nextBoolean()) {
        ordered.processAtOnce("models", each.input, each.timestamp, out); // as a broadcast
      } else {
        ordered.process("k", each.input, each.timestamp, source, out);
      }
      largest = Math.max(largest, each.timestamp);
      if (random.nextInt(3) == 0) {
        ordered.advance(largest - 500, out);
      }
      if (random.nextInt(10) == 0) {
        ordered.saveChanges(store);
        byte[] file = Snapshot.codec(Codec.STRING).encode(store);
        ordered = ordered();
        store = Snapshot.codec(Codec.STRING).decode(file);
        ordered.restore(store);
      }
    }
    ordered.advance(Long.MAX_VALUE, out);
    return versions;
  }

  private static Ordered<String, ScoringInput<String>, Prediction<String>> ordered() {
    Processor<String, ScoringInput<String>, Prediction<String>> scoring = builder().build();
    return new Ordered<>(scoring, ScoringInput.codec(ROWS));
  }

  private static String expected(List<ModelRelease> releases, long timestamp) {
    Comparator<ModelRelease> order =
        Comparator.comparingLong(ModelRelease::validFrom).thenComparing(ModelRelease::version);
    ModelRelease live =
        releases.stream()
            .filter(each -> !each.shadow() && each.validFrom() <= timestamp)
            .max(order)
            .orElse(null);
    long since = live == null ? Long.MIN_VALUE : live.validFrom();
    TreeMap<String, Double> shadows = new TreeMap<>();
    releases.stream()
        .filter(each -> each.shadow())
        .filter(each -> each.validFrom() >= since && each.validFrom() <= timestamp)
        .forEach(each -> shadows.put(each.version(), 0.0));
    return (live == null ? "" : live.version()) + shadows.keySet();
  }
}
