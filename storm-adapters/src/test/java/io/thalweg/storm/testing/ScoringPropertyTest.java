package io.thalweg.storm.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Codec;
import io.thalweg.Processor;
import io.thalweg.ProcessorFactory;
import io.thalweg.feature.FeatureRow;
import io.thalweg.feature.FeatureSchema;
import io.thalweg.feature.FeatureVector;
import io.thalweg.model.LinearModel;
import io.thalweg.model.Model;
import io.thalweg.model.ModelRelease;
import io.thalweg.model.Prediction;
import io.thalweg.model.Scoring;
import io.thalweg.model.ScoringInput;
import io.thalweg.storm.BoltHarness;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import io.thalweg.storm.kafka.Readings;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Fields;

/**
 * Scoring in a topology: rows by key through two bolts, and releases to every task. Each row is
 * scored by the version of its timestamp, under faults and with another number of tasks.
 */
class ScoringPropertyTest {

  private static final FeatureSchema SCHEMA = FeatureSchema.ofNumbers("amount");
  private static final Codec<FeatureRow<String>> ROWS = FeatureRow.codec(Codec.STRING, SCHEMA);

  /** A model of eight bytes: the score is the amount plus a number. */
  private static Model load(byte[] bytes) {
    return LinearModel.linear(SCHEMA.names(), new double[] {1}, ByteBuffer.wrap(bytes).getDouble());
  }

  private static Scoring<String, String> scoring() {
    return Scoring.<String>builder(SCHEMA)
        .format("shift", ScoringPropertyTest::load)
        .initial("initial", load(new byte[8]))
        .fallback(-1)
        .build();
  }

  private static byte[] release(String version, long validFrom, double shift, boolean damaged) {
    byte[] model = ByteBuffer.allocate(damaged ? 4 : 8).putInt(0).array();
    if (!damaged) {
      ByteBuffer.wrap(model).putDouble(shift);
    }
    return ModelRelease.CODEC.encode(
        new ModelRelease(version, validFrom, SCHEMA.hash(), "shift", model, false));
  }

  private static byte[] row(String event, double amount) {
    return ROWS.encode(new FeatureRow<>(event, FeatureVector.of(SCHEMA, amount)));
  }

  /** Returns a bolt that forwards rows or releases. */
  private static ProcessorBolt<String, byte[], byte[]> only(boolean releases) {
    return new ProcessorBolt<>(
        () ->
            Processor.stateless(
                (key, bytes, t, out) -> {
                  boolean isRelease =
                      ScoringInput.decode(bytes, ROWS) instanceof ScoringInput.Release;
                  if (isRelease == releases) {
                    out.emit(key, bytes);
                  }
                }),
        bytes -> bytes,
        TupleMapping.<byte[]>columns().with(TupleFields.VALUE, bytes -> bytes));
  }

  private static ProcessorBolt<String, ScoringInput<String>, Prediction<String>> bolt(
      ProcessorFactory<String, ScoringInput<String>, Prediction<String>> factory) {
    return new ProcessorBolt<>(
        factory,
        bytes -> ScoringInput.decode(bytes, ROWS),
        TupleMapping.<Prediction<String>>columns()
            .with("event", each -> each.row().event())
            .with("answer", each -> each.version() + " " + each.score()));
  }

  private static TopologyBuilder topology(ProcessorBolt<?, ?, ?> scoring, int tasks) {
    TopologyBuilder builder = new TopologyBuilder();
    builder.setSpout("source", Readings.source().lowWatermarkSpout(), 1);
    chain(builder, "releases", "source", only(true), 1);
    chain(builder, "rows", "source", only(false), 2);
    chain(builder, "features", "rows", only(false), 2);
    // region scoring
    builder
        .setBolt("scoring", scoring, tasks)
        .fieldsGrouping("features", new Fields(TupleFields.KEY))
        .allGrouping("features", Streams.WATERMARK)
        .allGrouping("releases")
        .allGrouping("releases", Streams.WATERMARK);
    // endregion
    return builder;
  }

  private static void chain(
      TopologyBuilder builder, String id, String input, ProcessorBolt<?, ?, ?> bolt, int tasks) {
    builder
        .setBolt(id, bolt, tasks)
        .fieldsGrouping(input, new Fields(TupleFields.KEY))
        .allGrouping(input, Streams.WATERMARK);
  }

  /** Rows and releases, and the expected answers. */
  private static final class History {
    final List<TopicRecord> records = new ArrayList<>();
    final TreeMap<String, String> answers = new TreeMap<>();
    final List<String> damaged = new ArrayList<>();

    History(SplittableRandom random) {
      TreeMap<Long, Double> shifts = new TreeMap<>();
      shifts.put(Long.MIN_VALUE, 0.0);
      for (int i = 0; i < 6; i++) {
        long at = 100 + 300 * i + random.nextInt(200);
        long validFrom = 1_000 + at + 1 + random.nextInt(1 + random.nextInt(600));
        boolean bad = random.nextInt(4) == 0 || shifts.containsKey(validFrom);
        records.add(
            new TopicRecord(
                at, 2, i, "models", 1_000 + at, release("v" + i, validFrom, i + 1, bad)));
        if (bad) {
          damaged.add("v" + i);
        } else {
          shifts.put(validFrom, i + 1.0);
        }
      }
      for (int i = 0; i < 60; i++) {
        long at = 40L * i;
        long timestamp = 1_000 + at - random.nextInt(100);
        String key = "k" + random.nextInt(5);
        records.add(new TopicRecord(at, i % 2, i, key, timestamp, row("e" + i, 100 * i)));
        double shift = shifts.floorEntry(timestamp).getValue();
        answers.put(
            "e" + i, (shift == 0 ? "initial" : "v" + (int) (shift - 1)) + " " + (100 * i + shift));
      }
      records.sort(Comparator.comparingLong(TopicRecord::at));
    }
  }

  @Property(tries = 150, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_underFaults_areScoredByTheVersionOfTheirTimestamps(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    verify(seed, random, new Faults(), random.nextInt(4));
  }

  /** The new tasks receive the releases of all old ones, and the rows that wait. */
  @Property(tries = 50, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_whenTheNumberOfTasksChanges_areScoredByTheVersionOfTheirTimestamps(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Faults faults =
        new Faults()
            .rescale("scoring", 200 + random.nextInt(1_000), 1 + random.nextInt(4), true)
            .rescale("scoring", 1_500 + random.nextInt(1_000), 1 + random.nextInt(4), false);
    verify(seed, random, faults, 0);
  }

  private static void verify(long seed, SplittableRandom random, Faults faults, int randomFaults) {
    History history = new History(random);
    Simulation simulation =
        Simulation.of(topology(bolt(ScoringPropertyTest::scoring), 1 + random.nextInt(3)))
            .records(history.records)
            .disorderMillis(200)
            .seed(seed);
    if (randomFaults > 0) {
      simulation.randomFaults(randomFaults);
    } else {
      simulation.faults(faults);
    }
    Outcome outcome = simulation.run();
    TreeMap<String, String> answers = new TreeMap<>();
    outcome
        .rows()
        .values()
        .forEach(row -> answers.put((String) row.get("event"), (String) row.get("answer")));
    assertThat(answers).as("seed %d: %s", seed, outcome.trace()).isEqualTo(history.answers);
    assertThat(outcome.rows()).as("seed %d", seed).hasSize(60);
    assertThat(outcome.settled()).as("seed %d", seed).isTrue();
    assertThat(outcome.late()).as("seed %d", seed).isEmpty();
    assertThat(outcome.deadLetters())
        .as("seed %d", seed)
        .extracting(letter -> ((String) letter.get(TupleFields.REASON)).substring(0, 21))
        .containsExactlyInAnyOrderElementsOf(
            history.damaged.stream().map(version -> "release of version " + version).toList());
  }

  @Example
  void prepare_broadcastToAProcessorThatDoesNotAcceptIt_throws() {
    ProcessorFactory<String, ScoringInput<String>, Prediction<String>> keyed =
        () -> Processor.stateless((key, input, timestamp, out) -> {});
    BoltHarness refused = new BoltHarness(topology(bolt(keyed), 2));
    assertThatThrownBy(() -> refused.start("scoring"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "scoring: all tuples of a key must be sent to the one of 2 tasks that has its state:"
                + " use fieldsGrouping(\"releases\", new Fields(\"key\")): ALL");
    new BoltHarness(topology(bolt(keyed), 1)).start("scoring").bolt().cleanup();
    new BoltHarness(topology(bolt(ScoringPropertyTest::scoring), 2))
        .start("scoring")
        .bolt()
        .cleanup();
  }
}
