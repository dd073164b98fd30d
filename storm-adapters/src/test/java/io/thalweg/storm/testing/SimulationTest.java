package io.thalweg.storm.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.storm.Guarantee;
import io.thalweg.storm.StateStore;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.jdbc.JdbcSink;
import io.thalweg.storm.jdbc.SegmentedStore;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SimulationTest {

  /** A record each 40 ms, in three keys and two partitions. */
  private static List<TopicRecord> records() {
    List<TopicRecord> records = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      records.add(
          new TopicRecord(
              40 * i,
              i % 2,
              i,
              List.of("a", "b", "c").get(i * 7 % 3),
              1_000 + 40 * i,
              Variant.encode(i)));
    }
    return records;
  }

  private static Simulation simulation(Variant variant) {
    return Simulation.of(variant.topology(new ProcessorBolts(), 1, 2, 2, 0)).records(records());
  }

  private static Map<String, String> answers(Outcome outcome) {
    Map<String, String> answers = new TreeMap<>();
    outcome.rows().forEach((id, row) -> answers.put(id, (String) row.get("answer")));
    return answers;
  }

  private static void assertRight(Variant variant, Outcome outcome) {
    assertThat(outcome.settled()).as("%s", outcome.trace()).isTrue();
    assertThat(outcome.late()).isEmpty();
    assertThat(outcome.deadLetters()).isEmpty();
    assertThat(answers(outcome)).isEqualTo(variant.oracle(records()));
  }

  @ParameterizedTest
  @EnumSource
  void run_withoutFaults_givesTheRowsOfTheRecords(Variant variant) {
    assertRight(variant, simulation(variant).run());
  }

  @ParameterizedTest
  @EnumSource
  void run_whenATaskDiesAtAnyStep_isRightAndSaysWhere(CommitStep step) {
    for (Variant variant : List.of(Variant.TUMBLING, Variant.CHAIN_DETECTOR)) {
      for (int commit = 1; commit <= 8; commit++) {
        Outcome outcome =
            simulation(variant)
                .seed(commit)
                .faults(new Faults().crash("a", 0, commit, step).crash("a", 1, commit, step))
                .run();
        assertRight(variant, outcome);
        assertThat(outcome.trace()).anyMatch(line -> line.endsWith("dies: " + step));
      }
    }
  }

  @Test
  void run_whenSuccessorsDieWhileTheyRestore_isRight() {
    for (long seed = 0; seed < 10; seed++) {
      Outcome outcome =
          simulation(Variant.DETECTOR)
              .seed(seed)
              .faults(new Faults().kill("a", 0, 700, 20, 3))
              .run();
      assertRight(Variant.DETECTOR, outcome);
      assertThat(outcome.trace())
          .filteredOn(line -> line.endsWith("dies while it restores"))
          .hasSize(3);
    }
  }

  @Test
  void run_withAZombieBesideItsSuccessor_isRightAndTheZombieIsFenced() {
    Outcome outcome =
        simulation(Variant.CHAIN_ORDERED)
            .faults(new Faults().zombie("a", 0, 500, 50, 2_000).zombie("b", 0, 900, 50, 2_000))
            .run();
    assertRight(Variant.CHAIN_ORDERED, outcome);
    assertThat(outcome.trace())
        .anyMatch(line -> line.contains("must be acquired by this task to be written"));
  }

  @Test
  void run_whenTheHeartbeatsOfAnIdleTaskAreLongOnTheirWay_hasNoLateEvent() {
    for (long seed = 0; seed < 100; seed++) {
      Scenario scenario = FaultPattern.DELAY.of(Scenario.of(seed, Variant.TUMBLING));
      assertThat(scenario.violations(new ProcessorBolts())).as("%s", scenario).isEmpty();
    }
  }

  @Test
  void run_withALostAndAnAmbiguousCommit_isRight() {
    Outcome outcome =
        simulation(Variant.TUMBLING)
            .faults(new Faults().storeFails("a", 0, 2, false).storeFails("a", 1, 2, true))
            .run();
    assertRight(Variant.TUMBLING, outcome);
    assertThat(outcome.trace()).anyMatch(line -> line.endsWith("committed: true"));
    assertThat(outcome.trace()).anyMatch(line -> line.endsWith("committed: false"));
  }

  @Test
  void run_withOtherNumbersOfTasks_isRight() {
    for (int tasks : new int[] {1, 3, 5}) {
      Outcome outcome =
          simulation(Variant.CHAIN_DETECTOR)
              .faults(
                  new Faults()
                      .rescale("a", 600, tasks, true)
                      .rescale("b", 1_700, tasks, false)
                      .rescale("a", 2_600, 2, true))
              .run();
      assertRight(Variant.CHAIN_DETECTOR, outcome);
    }
  }

  @Test
  void run_withTheSameSeed_isTheSameRun() {
    List<String> first = simulation(Variant.CHAIN_MAP).randomFaults(6).seed(7).run().trace();
    assertThat(simulation(Variant.CHAIN_MAP).randomFaults(6).seed(7).run().trace())
        .isEqualTo(first);
    assertThat(simulation(Variant.CHAIN_MAP).randomFaults(6).seed(8).run().trace())
        .isNotEqualTo(first);
  }

  @Test
  void run_withRecordsThatCannotBeRead_collectsEachOnceAsADeadLetter() {
    List<TopicRecord> records = new ArrayList<>(records());
    records.add(new TopicRecord(1_600, 0, 99, "a", 2_600, "no number".getBytes(UTF_8)));
    Outcome outcome =
        Simulation.of(Variant.TUMBLING.topology(new ProcessorBolts(), 1, 2, 1, 0))
            .records(records)
            .randomFaults(5)
            .seed(3)
            .run();
    assertThat(answers(outcome)).isEqualTo(Variant.TUMBLING.oracle(records()));
    assertThat(outcome.deadLetters()).hasSize(1);
    assertThat(outcome.deadLetters().get(0)).containsEntry("offset", 99L);
  }

  @Test
  void run_untilATime_leavesWhatIsOpenOpen() {
    Outcome outcome = simulation(Variant.TUMBLING).untilMillis(1_500).run();
    assertThat(outcome.settled()).isFalse();
    assertThat(answers(outcome)).isNotEmpty();
    assertThat(Variant.TUMBLING.oracle(records()).entrySet())
        .containsAll(answers(outcome).entrySet());
    assertThat(answers(outcome)).hasSizeLessThan(Variant.TUMBLING.oracle(records()).size());
  }

  @ParameterizedTest
  @EnumSource
  void run_withItsStateInADatabase_isRight(Variant variant, @TempDir Path folder)
      throws SQLException {
    boolean folded = false;
    for (long seed = 0; seed < 5L * RunProperty.RUNS; seed++) {
      long segmentBytes = List.of(0L, 1_000L, 4_000L, 1L << 20).get((int) (seed % 4));
      Path file = folder.resolve("state" + seed + ".db");
      StateStore store =
          SegmentedStore.of("jdbc:sqlite:" + file, segmentBytes).withProperty("synchronous", "OFF");
      Scenario scenario = FaultPattern.RESCALE.of(Scenario.of(seed, variant));
      Outcome outcome = scenario.simulation(new ProcessorBolts()).store(store).run();
      assertThat(scenario.violations(outcome))
          .as("%s, segments of %d bytes", scenario, segmentBytes)
          .isEmpty();
      folded |= rows(file, "log") > 0 && rows(file, "state") > 0;
    }
    assertThat(folded).as("some state is partly in the log and partly folded").isTrue();
  }

  private static long rows(Path file, String table) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM thalweg_" + table)) {
      row.next();
      return row.getLong(1);
    }
  }

  private static final String TABLE =
      "CREATE TABLE IF NOT EXISTS answers (id TEXT PRIMARY KEY, answer TEXT, deleted BOOLEAN,"
          + " epoch INTEGER, number INTEGER)";

  @Test
  void run_withAJdbcSinkThatDies_leavesTheRowsInTheDatabase(@TempDir Path folder)
      throws SQLException {
    for (long seed = 0; seed < 20; seed++) {
      String url = "jdbc:sqlite:" + folder.resolve("rows" + seed + ".db");
      TopologyBuilder topology = Variant.SESSION.topology(new ProcessorBolts(), 1, 2, 1, 0);
      topology
          .setBolt(
              "rows",
              new JdbcSink(url, "answers")
                  .withSetup("PRAGMA synchronous = OFF") // nobody pulls the plug here
                  .withSetup(TABLE)
                  .withColumn("answer", "answer")
                  .withColumn("deleted", TupleFields.DELETED))
          .fieldsGrouping("a", new Fields(TupleFields.ID))
          .allGrouping("a", Streams.WATERMARK);
      Outcome outcome =
          Simulation.of(topology)
              .records(records())
              .faults(new Faults().crash("rows", 0, 3 + (int) seed, CommitStep.BEFORE_ACK))
              .randomFaults(4)
              .seed(seed)
              .run();
      assertThat(outcome.settled()).as("seed %d", seed).isTrue();
      Map<String, String> rows = new TreeMap<>();
      try (Connection connection = DriverManager.getConnection(url);
          Statement statement = connection.createStatement();
          ResultSet row =
              statement.executeQuery("SELECT id, answer FROM answers WHERE NOT deleted")) {
        while (row.next()) {
          rows.put(row.getString(1), row.getString(2));
        }
      }
      assertThat(rows).as("seed %d", seed).isEqualTo(Variant.SESSION.oracle(records()));
    }
  }

  /** A bolt with one line of its own. */
  private abstract static class Defective extends BaseRichBolt {
    private static final long serialVersionUID = 1;
    transient OutputCollector collector;

    @Override
    public void prepare(
        Map<String, Object> conf, TopologyContext context, OutputCollector collector) {
      this.collector = collector;
    }

    @Override
    public void declareOutputFields(OutputFieldsDeclarer declarer) {}
  }

  private static final class Throwing extends Defective {
    private static final long serialVersionUID = 1;

    @Override
    public void execute(Tuple tuple) {
      throw new UnsupportedOperationException("not today");
    }
  }

  private static final class AckingTwice extends Defective {
    private static final long serialVersionUID = 1;

    @Override
    public void execute(Tuple tuple) {
      collector.ack(tuple);
      collector.ack(tuple);
    }
  }

  private static Simulation behind(BaseRichBolt bolt) {
    TopologyBuilder topology = Variant.TUMBLING.topology(new ProcessorBolts(), 1, 1, 1, 0);
    topology.setBolt("defective", bolt, 1).globalGrouping("a");
    return Simulation.of(topology).records(records()).seed(5);
  }

  @Test
  void run_withABoltThatThrows_throwsWithItsNameAndTheSeed() {
    assertThatThrownBy(() -> behind(new Throwing()).run())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("defective[0]")
        .hasMessageContaining("seed 5")
        .hasRootCauseInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void run_withABoltThatAcksTwice_throws() {
    assertThatThrownBy(() -> behind(new AckingTwice()).run())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("a tuple must be acked or failed once");
  }

  @Test
  void run_withAPlainSpout_endsWhenAllIsAckedAndLeavesWhatIsOpenOpen() {
    ProcessorBolts bolts =
        new ProcessorBolts(
            true,
            bolt ->
                bolt.withGuarantee(Guarantee.AT_LEAST_ONCE).withDisorder(Duration.ofMillis(200)));
    Outcome outcome =
        Simulation.of(Variant.TUMBLING.topology(bolts, 1, 2, 1, 0)).records(records()).run();
    assertThat(outcome.settled()).isTrue();
    assertThat(answers(outcome)).isNotEmpty();
    assertThat(Variant.TUMBLING.oracle(records()).entrySet())
        .containsAll(answers(outcome).entrySet());
    assertThat(answers(outcome)).hasSizeLessThan(Variant.TUMBLING.oracle(records()).size());
    assertThat(outcome.results()).hasSizeGreaterThanOrEqualTo(answers(outcome).size());
  }

  @Test
  void run_withoutASpoutThatReadsRecords_isRefused() {
    assertThatThrownBy(() -> Simulation.of(new TopologyBuilder()).run())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "topology must have exactly one spout with a stream watermark, or else exactly one spout"
                + " of records, which is simulated: []");
  }

  @Test
  void run_withAFaultOfAnUnknownComponent_isRefused() {
    Simulation simulation =
        simulation(Variant.TUMBLING).faults(new Faults().crash("z", 0, 1, CommitStep.ACKING));
    assertThatThrownBy(simulation::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("component must be one of [a, readings]: z");
  }

  @Test
  void run_withRecordsOutOfOrder_isRefused() {
    TopicRecord record = records().get(0);
    Simulation simulation =
        Simulation.of(Variant.TUMBLING.topology(new ProcessorBolts(), 1, 1, 1, 0))
            .records(List.of(record, record));
    assertThatThrownBy(simulation::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("records of a partition must ascend in offset and time: ");
  }
}
