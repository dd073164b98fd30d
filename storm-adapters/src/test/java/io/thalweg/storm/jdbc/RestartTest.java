package io.thalweg.storm.jdbc;

import static io.thalweg.storm.kafka.Readings.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Processor;
import io.thalweg.storm.BoltHarness;
import io.thalweg.storm.BoltHarness.EmittedTuple;
import io.thalweg.storm.Guarantee;
import io.thalweg.storm.Heartbeat;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.SettledMarks;
import io.thalweg.storm.StateStore;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import io.thalweg.storm.kafka.Readings;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.storm.Config;
import org.apache.storm.kafka.spout.RecordTranslator;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Time;
import org.apache.storm.utils.TupleUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests of a task that starts from the state of an earlier task. */
class RestartTest {

  private final RecordTranslator<byte[], byte[]> translator =
      Readings.translator(Readings.source());
  @TempDir private Path folder;
  private Time.SimulatedTime time;

  @BeforeEach
  void start() {
    time = new Time.SimulatedTime();
    Time.advanceTime(1_000_000);
  }

  @AfterEach
  void stop() {
    time.close();
  }

  private String url() {
    return "jdbc:sqlite:" + folder.resolve("state.db");
  }

  private JdbcStateStore store() {
    return store(1 << 20);
  }

  private JdbcStateStore store(long segmentBytes) {
    return new JdbcStateStore(url(), segmentBytes).withProperty("synchronous", "OFF");
  }

  private Tuple event(BoltHarness rig, long offset, String key, long timestamp) {
    return rig.tuple("numbers", "default", translator.apply(record(0, offset, key, timestamp, 1)));
  }

  private static BoltHarness.Task start(BoltHarness rig, String component) {
    Time.advanceTime(1);
    return rig.start(component);
  }

  /** Processor that emits 1 per event. It is sensitive to order, so that events may wait. */
  static final class Counts implements Processor<String, Long, Long> {
    @Override
    public void process(String key, Long event, long timestamp, Output<String, Long> out) {
      out.emit(key, 1L);
    }
  }

  @Test
  void start_stateOfAnotherGuarantee_throwsAndKeepsTheState() {
    BoltHarness waiting =
        new BoltHarness(Readings.lowWatermarkTopology(bolt().withStateStore(store()), 1));
    BoltHarness.Task before = start(waiting, "sums");
    before.execute(event(waiting, 1, "a", 5_000));
    before.execute(heartbeat(waiting, 4_000, 0));
    before.bolt().cleanup();

    ProcessorBolt<String, Long, Long> atLeastOnce =
        bolt().withStateStore(store()).withGuarantee(Guarantee.AT_LEAST_ONCE);
    BoltHarness other = new BoltHarness(Readings.lowWatermarkTopology(atLeastOnce, 1));
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> start(other, "sums"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith(
              "sums: saved state must be complete and belong to this processor; shard ")
          .hasMessageContaining("use the guarantee of the saved state, or another component name")
          .hasMessageEndingWith("the saved processor waits");
    }

    BoltHarness.Task back = start(waiting, "sums");
    assertThat(back.execute(heartbeat(waiting, 6_000, 1)))
        .as("the event still waits")
        .extracting(EmittedTuple::stream)
        .containsExactly("default", "watermark");
  }

  /** Storm's ids end with the number of the submission and its time in seconds. */
  @Test
  void start_olderSubmission_throwsAndANewerOneSucceeds() {
    for (String id : List.of("my-job-9-1600000000", "my-job-1-1700000000", "my-job-2-1700000000")) {
      start(submission(id), "sums").bolt().cleanup();
    }
    for (String id : List.of("my-job-1-1700000000", "my-job-9-1600000000", "no-number", "x")) {
      assertThatThrownBy(() -> start(submission(id), "sums"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(
              "task must belong to the newest deployment, which is 1700000000000002: ");
    }
    start(submission("my-job-2-1700000000"), "sums").bolt().cleanup();
  }

  private BoltHarness submission(String stormId) {
    return new BoltHarness(
            Readings.lowWatermarkTopology(bolt().withStateStore(store()), 1),
            Map.of(Config.TOPOLOGY_NAME, "my-job"))
        .submittedAs(stormId);
  }

  /** A backup of the whole cluster gives offsets to other records, and restores the group too. */
  @Test
  void execute_recordDatedAfterAllAppliedOnes_isADeadLetterAndNoRepetition() {
    BoltHarness rig =
        new BoltHarness(Readings.lowWatermarkTopology(bolt().withStateStore(store()), 1));
    BoltHarness.Task before = start(rig, "sums");
    for (int offset = 1; offset <= 3; offset++) {
      before.execute(event(rig, offset, "a", 1_000 * offset));
    }
    before.execute(heartbeat(rig, 500, 0));
    before.bolt().cleanup();

    BoltHarness.Task after = start(rig, "sums");
    after.execute(event(rig, 2, "a", 2_000));
    assertThat(after.recorder().counter("duplicates")).as("repetition").isEqualTo(1);
    for (long offset : new long[] {2, 3}) {
      assertThat(after.execute(event(rig, offset, "a", 60_000 + offset)))
          .extracting(EmittedTuple::stream)
          .containsExactly("dead-letter");
      after.execute(event(rig, 4, "a", 70_000));
    }
    assertThat(after.recorder().counter("applied")).isEqualTo(1);
    assertThat(after.recorder().counter("duplicates")).as("repetitions").isEqualTo(2);
    assertThat(after.recorder().acked).hasSize(5);
  }

  /** The first heartbeat gives the task a ledger of every partition. */
  @Test
  void execute_recordDatedAfterAllAppliedOnes_isADeadLetterAlsoIfTheFirstCommitHadNoRecord() {
    BoltHarness rig =
        new BoltHarness(Readings.lowWatermarkTopology(bolt().withStateStore(store()), 1));
    for (int sequence = 0; sequence < 3; sequence++) {
      BoltHarness.Task before = start(rig, "sums");
      before.execute(
          heartbeat(rig, 500, sequence, Map.of(Readings.TOPIC_ID + "/0", 1L + sequence)));
      before.bolt().cleanup();
    }
    BoltHarness.Task task = start(rig, "sums");
    task.execute(event(rig, 7, "a", 1_000));
    assertThat(task.execute(event(rig, 7, "a", 60_000)))
        .extracting(EmittedTuple::stream)
        .containsExactly("dead-letter");
  }

  @Test
  void execute_afterCleanup_isIgnored() {
    BoltHarness rig =
        new BoltHarness(Readings.lowWatermarkTopology(bolt().withStateStore(store()), 1));
    BoltHarness.Task task = start(rig, "sums");
    task.execute(event(rig, 1, "a", 5_000));
    int acked = task.recorder().acked.size();
    task.bolt().cleanup(); // Storm calls it from another thread, during execute
    assertThat(task.execute(event(rig, 2, "a", 5_001))).isEmpty();
    assertThat(task.execute(heartbeat(rig, 6_000, 0))).isEmpty();
    assertThat(task.recorder().acked).hasSize(acked);
  }

  private static ProcessorBolt<String, Long, Long> bolt() {
    return new ProcessorBolt<>(
            Counts::new,
            Readings::decode,
            TupleMapping.<Long>columns().with("sum", s -> s).with("bytes", s -> null))
        .withCommitInterval(Duration.ZERO);
  }

  private static Tuple heartbeat(BoltHarness rig, long watermark, long sequence) {
    return heartbeat(rig, watermark, sequence, Map.of());
  }

  private static Tuple heartbeat(
      BoltHarness rig, long watermark, long sequence, Map<String, Long> marks) {
    return rig.tuple(
        "numbers",
        Streams.WATERMARK,
        List.of(
            watermark,
            1,
            77L,
            sequence,
            -1L,
            false,
            SettledMarks.encode(marks),
            Heartbeat.NO_CLOCK));
  }

  private void copy(String golden) throws Exception {
    try (InputStream from = getClass().getResourceAsStream("/state/" + golden + ".sqlite")) {
      Files.copy(from, folder.resolve("state.db"));
    }
  }

  /**
   * Golden files with the state of each version, after events {@code a} at 5,000 and {@code b} at
   * 7,000, the watermark 6,000, and {@code a} at 8,000, none of them confirmed. The first version
   * had no seen heartbeats, the second had no log. The third file is partly folded: {@code b} is in
   * a row only, the second {@code a} and the output are in the log only, and the ledger is in both.
   */
  @ParameterizedTest
  @CsvSource({"task-1, 1", "task-2, 2", "log-1, 2"})
  void start_stateOfAnEarlierVersion_isRestored(String golden, int version) throws Exception {
    copy(golden);
    assertThat(rootVersion()).isEqualTo(version);
    BoltHarness rig =
        new BoltHarness(Readings.lowWatermarkTopology(bolt().withStateStore(store(0)), 1));
    BoltHarness.Task task = start(rig, "sums");
    org.assertj.core.groups.Tuple output = tuple("a", 5_000L, 1_000_001L, 1L);
    assertThat(results(task.execute(event(rig, 3, "a", 8_000))))
        .as("a repeated event releases the output in the outbox, and nothing else")
        .containsExactly(output);
    assertThat(task.recorder().acked).hasSize(1);
    assertThat(results(task.execute(heartbeat(rig, 9_000, 1))))
        .as("events that waited")
        .containsExactlyInAnyOrder(
            tuple("b", 7_000L, 1_000_002L, 2L), tuple("a", 8_000L, 1_000_002L, 3L));
    assertThat(results(task.execute(heartbeat(rig, 9_000, 0))))
        .as("a repeated heartbeat releases its output again")
        .containsExactly(output);
    assertThat(rootVersion()).as("saved in the current version").isEqualTo(3);
  }

  @Test
  void logCodec_entryOfAnEarlierVersion_isEncodedIdentically() throws Exception {
    copy("log-1");
    int entries = 0;
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement();
        ResultSet log = statement.executeQuery("SELECT changes FROM thalweg_log")) {
      for (; log.next(); entries++) {
        byte[] written = log.getBytes(1);
        ScopeDelta changes = ScopeDeltaCodec.INSTANCE.decode(written);
        assertThat(ScopeDeltaCodec.INSTANCE.encode(changes)).isEqualTo(written);
      }
    }
    assertThat(entries).isEqualTo(2);
  }

  private static List<org.assertj.core.groups.Tuple> results(List<EmittedTuple> emissions) {
    return emissions.stream()
        .filter(emission -> emission.stream().equals("default"))
        .map(
            emission ->
                tuple(
                    emission.get(TupleFields.KEY),
                    emission.get(TupleFields.TIMESTAMP),
                    emission.get(TupleFields.EPOCH),
                    emission.get(TupleFields.NUMBER)))
        .toList();
  }

  private int rootVersion() throws Exception {
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement();
        ResultSet root =
            statement.executeQuery("SELECT shared FROM thalweg_scope WHERE path = ''")) {
      assertThat(root.next()).isTrue();
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(root.getBytes(1)));
      in.readShort(); // see docs/snapshots.md
      assertThat(in.readUTF()).isEqualTo("thalweg.storm.task");
      return in.readInt();
    }
  }

  @Test
  void start_damagedState_namesTheComponent() throws Exception {
    BoltHarness rig =
        new BoltHarness(Readings.lowWatermarkTopology(bolt().withStateStore(store(0)), 1));
    BoltHarness.Task before = start(rig, "sums");
    before.execute(event(rig, 1, "a", 5_000));
    before.execute(heartbeat(rig, 4_000, 0));
    before.bolt().cleanup();
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement()) {
      assertThat(statement.executeUpdate("UPDATE thalweg_state SET state = x'00'")).isPositive();
    }
    assertThatThrownBy(() -> start(rig, "sums"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(
            "sums: saved state must be complete and belong to this processor; shard ")
        .hasMessageContaining("damaged record");
  }

  @Test
  void number_emittedAtOnce_isNotReusedAfterACrash() {
    BoltHarness rig =
        new BoltHarness(
            Readings.lowWatermarkTopology(
                bolt()
                    .withFactory(
                        () -> Processor.stateless((key, number, t, out) -> out.emit(key, number)))
                    .withCommitInterval(Duration.ofMillis(200))
                    .withStateStore(store())
                    .withEmission(io.thalweg.storm.Emission.AT_ONCE),
                1));
    List<Object> numbers = new ArrayList<>();
    for (int run = 0; run < 3; run++) {
      BoltHarness.Task task = start(rig, "sums"); // the previous task dies without a commit
      numbers.add(task.execute(event(rig, 10 + run, "a", 1_000)).get(0).get("number"));
    }
    assertThat(numbers).doesNotHaveDuplicates();
  }

  /** Processor with one window per event, which fires at its end. */
  static final class Windows implements Processor<String, Long, Long> {
    private final java.util.TreeMap<Long, String> due = new java.util.TreeMap<>();

    @Override
    public void process(String key, Long event, long timestamp, Output<String, Long> out) {
      due.put(timestamp + 10, key);
    }

    @Override
    public void advance(long watermark, Output<String, Long> out) {
      var passed = due.headMap(watermark, true);
      passed.forEach(
          (end, key) ->
              out.update(key, new Pane(0, end - 10, end, Pane.Timing.ON_TIME, 0, true), 1L, null));
      passed.clear();
    }

    @Override
    public boolean orderSensitive() {
      return false;
    }

    @Override
    public void save(io.thalweg.StateWriter<String> to) {
      due.forEach((end, key) -> to.put(key, end, new byte[0]));
    }

    @Override
    public void restore(io.thalweg.StateReader<String> shard) {
      shard.forEach((key, end, state) -> due.put(end, key));
    }
  }

  private BoltHarness windows(int tasks) {
    TopologyBuilder builder = new TopologyBuilder();
    builder.setSpout("numbers", Readings.source().spout(), 1);
    builder
        .setBolt(
            "sums",
            bolt()
                .withFactory(Windows::new)
                .withGuarantee(Guarantee.AT_LEAST_ONCE)
                .withDisorder(Duration.ZERO)
                .withStateStore(store()),
            tasks)
        .fieldsGrouping("numbers", new Fields("key"));
    return new BoltHarness(builder);
  }

  private static String key(int task) {
    return List.of("a", "b", "c", "d").stream()
        .filter(key -> TupleUtils.chooseTaskIndex(List.of(key), 2) == task)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void windows_dueWhenShardsAreMerged_areEmittedWithTheNextEvent() {
    BoltHarness two = windows(2);
    two.start("sums", 1).execute(event(two, 1, key(1), 1_000)); // due at 1010
    two.start("sums", 0).execute(event(two, 2, key(0), 9_000));

    BoltHarness one = windows(1);
    BoltHarness.Task task = start(one, "sums");
    Tuple event = event(one, 3, "a", 9_000);
    List<EmittedTuple> emissions = task.execute(event);
    assertThat(emissions).extracting(e -> e.get("window_end")).containsExactly(1_010L);
    assertThat(emissions.get(0).anchors()).containsExactly(event);
    assertThat(task.execute(event(one, 3, "a", 9_000))).as("repeated with it").hasSize(1);
    assertThat(task.execute(event(one, 4, "a", 9_000))).isEmpty();
  }

  /** Starts a task from two shards; an event of one is due by the watermark of the other. */
  private BoltHarness.Task startFromTwoShards() {
    BoltHarness two =
        new BoltHarness(Readings.lowWatermarkTopology(bolt().withStateStore(store()), 2));
    Time.advanceTime(1);
    BoltHarness.Task behind = two.start("sums", 1);
    behind.execute(event(two, 1, key(1), 5_000));
    behind.execute(heartbeat(two, 4_000, 0));
    two.start("sums", 0).execute(heartbeat(two, 6_000, 0));
    return start(rig(), "sums");
  }

  @Test
  void outbox_afterARestart_isReleasedByTheFirstTuple() {
    BoltHarness.Task first = startFromTwoShards();
    List<EmittedTuple> emissions = first.execute(rig().tick());
    assertThat(emissions).extracting(e -> e.get("timestamp")).containsExactly(5_000L);
    assertThat(emissions.get(0).anchors()).isEmpty();
    assertThat(first.execute(rig().tick())).isEmpty();
  }

  @Test
  void results_dueWhenShardsAreMerged_areCommittedBeforeEmission() {
    EmittedTuple first = startFromTwoShards().execute(rig().tick()).get(0);
    // the worker dies before the next commit
    EmittedTuple again = start(rig(), "sums").execute(rig().tick()).get(0);
    assertThat(again.tuple().getValues()).isEqualTo(first.tuple().getValues());
  }

  private BoltHarness rig() {
    return new BoltHarness(Readings.lowWatermarkTopology(bolt().withStateStore(store()), 1));
  }

  @Test
  void heartbeat_seenByThePreviousTask_releasesNothingNew() {
    BoltHarness.Task before = start(rig(), "sums");
    before.execute(event(rig(), 1, "a", 5_000));
    before.execute(heartbeat(rig(), 4_000, 0));
    before.execute(heartbeat(rig(), 4_500, 1));
    BoltHarness.Task after = start(rig(), "sums");
    assertThat(after.execute(heartbeat(rig(), 6_000, 1)))
        .extracting(EmittedTuple::stream)
        .containsExactly("watermark");
    assertThat(after.execute(heartbeat(rig(), 6_000, 2)))
        .extracting(EmittedTuple::stream)
        .containsExactly("default", "watermark");
  }

  @Test
  void results_ofAnEventOfAPlainSpout_moveWithItToAnotherTask() {
    BoltHarness one = windows(1);
    BoltHarness.Task before = start(one, "sums");
    before.execute(event(one, 1, key(0), 1_000));
    assertThat(before.execute(event(one, 2, key(1), 9_000)))
        .extracting(e -> e.get("key"))
        .containsExactly(key(0));

    BoltHarness two = windows(2);
    Time.advanceTime(1);
    assertThat(two.start("sums", 1).execute(event(two, 2, key(1), 9_000)))
        .as("the unacked event is repeated, with its results")
        .extracting(e -> e.get("key"))
        .containsExactly(key(0));
  }

  private static BoltHarness chainOfTwoTasksAndOne() {
    TopologyBuilder builder = new TopologyBuilder();
    builder.setSpout("numbers", Readings.source().lowWatermarkSpout(), 1);
    TupleMapping<Long> bytes =
        TupleMapping.<Long>columns()
            .with("value", s -> ("0 " + s).getBytes(StandardCharsets.UTF_8));
    builder
        .setBolt("first", new ProcessorBolt<>(Counts::new, Readings::decode, bytes), 2)
        .fieldsGrouping("numbers", new Fields("key"))
        .allGrouping("numbers", Streams.WATERMARK);
    builder
        .setBolt("second", bolt().withGuarantee(Guarantee.AT_LEAST_ONCE), 1)
        .fieldsGrouping("first", new Fields("key"))
        .allGrouping("first", Streams.WATERMARK);
    return new BoltHarness(builder);
  }

  @Test
  void shard_newToADownstreamBolt_isNotObsolete() {
    BoltHarness rig = chainOfTwoTasksAndOne();
    BoltHarness.Task second = start(rig, "second");
    second.execute(forwardedHeartbeat(rig, 0, 0, Map.of("first/1/0", 1L)));
    second.execute(forwardedHeartbeat(rig, 1, 0, Map.of("first/1/1", 1L)));

    // Task 0 of the first bolt restarts without a store; its answers precede its heartbeat.
    assertThat(second.execute(answer(rig, "first/7/0", 1))).hasSize(1);
    second.execute(forwardedHeartbeat(rig, 1, 1, Map.of("first/1/1", 1L)));
    assertThat(second.execute(answer(rig, "first/7/0", 2))).as("new answer").hasSize(1);

    second.execute(forwardedHeartbeat(rig, 0, 2, Map.of("first/7/0", 3L)));
    second.execute(answer(rig, "first/1/0", 1));
    assertThat(second.recorder().counter("applied")).isEqualTo(3);
    second.execute(forwardedHeartbeat(rig, 0, 3, Map.of("first/7/0", 3L)));
    second.execute(answer(rig, "first/1/0", 2));
    assertThat(second.recorder().counter("applied")).as("the shard is obsolete").isEqualTo(3);
  }

  /** This occurs after a rescale to fewer tasks. */
  @Test
  void shard_reportedByNoTask_isObsolete() {
    BoltHarness rig = chainOfTwoTasksAndOne();
    BoltHarness.Task second = start(rig, "second");
    second.execute(answer(rig, "first/1/2", 1));
    second.execute(forwardedHeartbeat(rig, 0, 0, Map.of("first/1/2", 2L)));
    second.execute(forwardedHeartbeat(rig, 1, 0, Map.of("first/7/1", 1L)));
    second.execute(answer(rig, "first/1/2", 2));
    assertThat(second.recorder().counter("applied"))
        .as("one task has not reported yet")
        .isEqualTo(2);
    second.execute(forwardedHeartbeat(rig, 0, 1, Map.of("first/7/0", 1L)));
    second.execute(answer(rig, "first/1/2", 3));
    assertThat(second.recorder().counter("applied")).isEqualTo(2);
  }

  /** This occurs after a rescale: several tasks have answers of an old shard. */
  @Test
  void shard_reportedBySeveralTasks_isSettledToTheSmallestMark() {
    BoltHarness rig = chainOfTwoTasksAndOne();
    BoltHarness.Task second = start(rig, "second");
    second.execute(answer(rig, "first/1/0", 2));
    second.execute(answer(rig, "first/1/1", 2));
    second.execute(forwardedHeartbeat(rig, 0, 0, Map.of("first/1/0", 5L, "first/1/1", 9L)));
    second.execute(forwardedHeartbeat(rig, 1, 0, Map.of("first/1/0", 9L, "first/1/1", 5L)));

    for (long number : new long[] {4, 6}) {
      second.execute(answer(rig, "first/1/0", number));
      second.execute(answer(rig, "first/1/1", number));
    }
    assertThat(second.recorder().counter("applied")).as("2 and 6 of each").isEqualTo(4);
    assertThat(second.recorder().counter("duplicates")).as("4 of each").isEqualTo(2);
  }

  private static Tuple forwardedHeartbeat(
      BoltHarness rig, int task, long sequence, Map<String, Long> marks) {
    return rig.tuple(
        "first",
        task,
        Streams.WATERMARK,
        List.of(
            500L, 1, 77L, sequence, -1L, false, SettledMarks.encode(marks), Heartbeat.NO_CLOCK));
  }

  private static Tuple answer(BoltHarness rig, String shard, long number) {
    List<Object> values = new ArrayList<>();
    values.addAll(List.of("a", "id" + number, 1L, number, shard, 1_000L, 1_000L, "numbers"));
    values.addAll(List.of(Readings.TOPIC_ID, 0, number, "0"));
    for (int i = 0; i < 6; i++) {
      values.add(null);
    }
    values.add(false);
    values.add("0 1".getBytes(StandardCharsets.UTF_8));
    return rig.tuple("first", "default", values);
  }

  @Test
  void withMaxPendingBytes_countsThePayloadOfOutputs() {
    TupleMapping<Long> large =
        TupleMapping.<Long>columns().with("sum", s -> "x".repeat(60_000)).with("bytes", s -> null);
    BoltHarness rig =
        new BoltHarness(
            Readings.lowWatermarkTopology(
                new ProcessorBolt<String, Long, Long>(
                        () -> Processor.stateless((key, n, t, out) -> out.emit(key, n)),
                        Readings::decode,
                        large)
                    .withMaxPendingBytes(100_000),
                1));
    BoltHarness.Task task = start(rig, "sums");
    assertThat(task.execute(event(rig, 1, "a", 1_000))).isEmpty();
    assertThat(task.execute(event(rig, 2, "a", 1_000))).hasSize(2);
  }

  @Test
  void start_lateEventsAsInput_throws() {
    TopologyBuilder builder = Readings.lowWatermarkTopology(bolt(), 1);
    builder
        .setBolt("second", bolt(), 1)
        .fieldsGrouping("sums", Streams.LATE, new Fields("key"))
        .allGrouping("sums", Streams.WATERMARK);
    assertThatThrownBy(() -> new BoltHarness(builder).start("second"))
        .hasMessage(
            "second: an input from a bolt must be its answers, since other outputs feed sinks only:"
                + " stream late of sums has no field shard");
  }

  @Test
  void statementsOfTheGuide_deleteTheState() throws Exception {
    for (int segmentBytes : new int[] {0, 1 << 20}) { // in rows, and in the log
      BoltHarness rig =
          new BoltHarness(
              Readings.lowWatermarkTopology(bolt().withStateStore(store(segmentBytes)), 1));
      BoltHarness.Task before = start(rig, "sums");
      before.execute(event(rig, segmentBytes, "a", 5_000));
      before.execute(heartbeat(rig, 4_000, segmentBytes));
      before.bolt().cleanup();
    }
    String guide = Files.readString(Path.of("../docs/operations.md"));
    String sql = guide.split("```sql\n")[1].split("```")[0];
    sql = sql.replace("'readings'", "'topology-1'").replace("'detector'", "'sums'");
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement()) {
      for (String each : sql.split(";\n")) {
        assertThat(statement.executeUpdate(each)).as(each).isPositive();
      }
    }
    StateStore.Task task = new StateStore.Task("topology-1", "sums", 0, 1, 0);
    try (StateStore.Shard shard = store().acquire(task)) {
      assertThat(shard.saved()).isEmpty();
    }
  }
}
