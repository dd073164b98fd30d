package io.thalweg.storm.jdbc;

import static io.thalweg.storm.kafka.Readings.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.storm.BoltHarness;
import io.thalweg.storm.FencedException;
import io.thalweg.storm.Guarantee;
import io.thalweg.storm.Heartbeat;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.StateStore;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.kafka.Readings;
import java.nio.file.Path;
import java.util.Map;
import org.apache.storm.kafka.spout.RecordTranslator;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Time;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests of a task whose store has no state although its sources were read before. */
class MissingStateTest {

  private final RecordTranslator<byte[], byte[]> translator =
      Readings.translator(Readings.source());
  @TempDir private Path folder;
  private Time.SimulatedTime time;
  private long sequence;

  @BeforeEach
  void start() {
    time = new Time.SimulatedTime();
    Time.advanceTime(1_000_000);
  }

  @AfterEach
  void stop() {
    time.close();
  }

  private JdbcStateStore store(String file) {
    return new JdbcStateStore("jdbc:sqlite:" + folder.resolve(file));
  }

  private static BoltHarness rig(StateStore store, int spouts, Map<String, Object> settings) {
    TopologyBuilder topology = new TopologyBuilder();
    ProcessorBolt<String, Long, Long> bolt =
        Readings.bolt().withGuarantee(Guarantee.EFFECTIVELY_ONCE).withStateStore(store);
    topology.setSpout("numbers", Readings.source().lowWatermarkSpout(), spouts);
    topology
        .setBolt("sums", bolt, 1)
        .fieldsGrouping("numbers", new Fields(TupleFields.KEY))
        .allGrouping("numbers", Streams.WATERMARK);
    return new BoltHarness(topology, settings);
  }

  private static BoltHarness.Task start(BoltHarness rig) {
    Time.advanceTime(1);
    return rig.start("sums");
  }

  private Tuple event(BoltHarness rig, long offset) {
    return rig.tuple(
        "numbers", "default", translator.apply(record(0, offset, "a", 1_000 + offset, 1)));
  }

  private Tuple heartbeat(BoltHarness rig, int spout, boolean resumes) {
    return heartbeat(rig, spout, resumes, -1);
  }

  private Tuple heartbeat(BoltHarness rig, int spout, boolean resumes, long confirmed) {
    int task = rig.context("numbers").getComponentTasks("numbers").get(spout);
    Heartbeat.Id id = new Heartbeat.Id(Heartbeat.Incarnation.of(task, 77L, resumes), sequence++);
    Heartbeat heartbeat = new Heartbeat(id, 900, confirmed, false, Map.of(), Heartbeat.NO_CLOCK);
    return rig.tuple("numbers", spout, Streams.WATERMARK, heartbeat.values());
  }

  @Test
  void start_emptyStoreBehindASpoutThatResumes_throwsAtEachStart() {
    BoltHarness rig = rig(store("elsewhere.db"), 1, Map.of());
    for (int start = 0; start < 3; start++) {
      BoltHarness.Task task = start(rig);
      assertThatThrownBy(() -> task.execute(heartbeat(rig, 0, true)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("sums: the state store must have the state of the records before")
          .hasMessageContaining("delete the offsets of the consumer group")
          .hasMessageContaining("set thalweg.accept.missing.state to true");
      assertThat(task.recorder().acked).isEmpty();
      task.bolt().cleanup();
    }
  }

  @Test
  void start_emptyStoreBehindASpoutThatHasRunOn_throws() {
    BoltHarness rig = rig(store("elsewhere.db"), 1, Map.of());
    BoltHarness.Task task = start(rig);
    assertThatThrownBy(() -> task.execute(heartbeat(rig, 0, false, 4)))
        .hasMessageContaining("the state store must have the state");
    assertThat(task.recorder().acked).isEmpty();
  }

  @Test
  void execute_recordBeforeTheFirstHeartbeat_isNotAcked() {
    BoltHarness rig = rig(store("elsewhere.db"), 1, Map.of());
    BoltHarness.Task task = start(rig);
    task.execute(event(rig, 9));
    assertThat(task.recorder().acked).isEmpty();
    assertThatThrownBy(() -> task.execute(heartbeat(rig, 0, true)))
        .hasMessageContaining("the state store must have the state");
    assertThat(task.recorder().acked).isEmpty();
  }

  @Test
  void start_emptyStoreBehindSeveralSpouts_commitsNothingUntilAllAreHeard() {
    BoltHarness rig = rig(store("elsewhere.db"), 2, Map.of());
    for (int i = 0; i < 2; i++) {
      BoltHarness.Task task = start(rig);
      task.execute(heartbeat(rig, 1, false));
      task.execute(event(rig, i));
      assertThat(task.recorder().acked).isEmpty();
      assertThatThrownBy(() -> task.execute(heartbeat(rig, 0, true)))
          .hasMessageContaining("the state store must have the state");
      task.bolt().cleanup();
    }
    BoltHarness.Task first = start(rig);
    first.execute(heartbeat(rig, 1, false));
    first.execute(event(rig, 5));
    first.execute(heartbeat(rig, 0, false));
    assertThat(first.recorder().acked).hasSize(3);
  }

  @Test
  void start_missingStateAccepted_startsWithoutIt() {
    BoltHarness rig = rig(store("elsewhere.db"), 1, Map.of("thalweg.accept.missing.state", true));
    BoltHarness.Task task = start(rig);
    task.execute(event(rig, 7));
    task.execute(heartbeat(rig, 0, true));
    assertThat(task.recorder().acked).hasSize(2);
    task.bolt().cleanup();

    BoltHarness.Task next = start(rig(store("elsewhere.db"), 1, Map.of()));
    next.execute(heartbeat(rig, 0, true));
    assertThat(next.recorder().acked).as("the state is there from now on").hasSize(1);
  }

  @Test
  void start_firstStartAndRestart_isAccepted() {
    BoltHarness rig = rig(store("state.db"), 1, Map.of());
    BoltHarness.Task first = start(rig);
    first.execute(heartbeat(rig, 0, false));
    first.execute(event(rig, 1));
    assertThat(first.recorder().acked).hasSize(2);
    first.bolt().cleanup();

    BoltHarness.Task next = start(rig);
    next.execute(heartbeat(rig, 0, true));
    assertThat(next.recorder().acked).hasSize(1);
  }

  @Test
  void execute_successorHasCommitted_isFencedAndNotToldThatStateIsMissing() {
    BoltHarness rig = rig(store("state.db"), 1, Map.of());
    BoltHarness.Task old = start(rig);
    BoltHarness.Task successor = start(rig);
    successor.execute(heartbeat(rig, 0, false));
    assertThat(successor.recorder().acked).hasSize(1);

    assertThatThrownBy(() -> old.execute(heartbeat(rig, 0, false, 0)))
        .isInstanceOf(FencedException.class);
    assertThat(old.recorder().acked).isEmpty();
    successor.execute(event(rig, 1));
    successor.execute(heartbeat(rig, 0, false, 0));
    assertThat(successor.recorder().acked).hasSize(3);
  }

  @Test
  void start_storeInMemory_isAccepted() {
    BoltHarness rig = rig(StateStore.inMemory(), 1, Map.of());
    BoltHarness.Task task = start(rig);
    task.execute(heartbeat(rig, 0, true));
    assertThat(task.recorder().acked).hasSize(1);
  }
}
