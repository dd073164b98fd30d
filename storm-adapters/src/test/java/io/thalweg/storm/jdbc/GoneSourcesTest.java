package io.thalweg.storm.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.storm.BoltHarness;
import io.thalweg.storm.Guarantee;
import io.thalweg.storm.Heartbeat;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.SettledMarks;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.kafka.Readings;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.storm.kafka.spout.RecordTranslator;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Time;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests of the settled marks of topics that were deleted and created again under other ids. */
class GoneSourcesTest {

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

  private BoltHarness rig() {
    ProcessorBolt<String, Long, Long> bolt =
        Readings.bolt()
            .withGuarantee(Guarantee.EFFECTIVELY_ONCE)
            .withStateStore(
                new JdbcStateStore("jdbc:sqlite:" + folder.resolve("state.db"), 0)
                    .withProperty("synchronous", "OFF"));
    return new BoltHarness(Readings.lowWatermarkTopology(bolt, 1));
  }

  private Tuple event(BoltHarness rig, String topicId, long offset) {
    List<Object> values =
        new ArrayList<>(translator.apply(Readings.record(0, offset, "a", 1_000 + offset, 1)));
    values.set(TupleFields.RECORD.indexOf(TupleFields.TOPIC_ID), topicId);
    return rig.tuple("numbers", "default", values);
  }

  private static Tuple heartbeat(BoltHarness rig, long sequence, String topicId, long mark) {
    return rig.tuple(
        "numbers",
        Streams.WATERMARK,
        List.of(
            500L,
            1,
            77L,
            sequence,
            sequence - 1,
            false,
            SettledMarks.encode(Map.of(topicId + "/0", mark)),
            Heartbeat.NO_CLOCK));
  }

  private long operatorStateBytes() throws Exception {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("state.db"));
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT length(shared) FROM thalweg_scope WHERE path = ''")) {
      row.next();
      return row.getLong(1);
    }
  }

  @Test
  void commit_marksOfTopicsThatAreGone_areNoPartOfIt_andStillHold() throws Exception {
    BoltHarness rig = rig();
    BoltHarness.Task task = rig.start("sums");
    for (int i = 0; i < 50; i++) {
      task.execute(event(rig, "topic" + i, 3));
      task.execute(event(rig, "topic" + i, 9));
      task.execute(heartbeat(rig, i, "topic" + i, 10));
    }
    task.bolt().cleanup();
    for (int restart = 1; restart <= 3; restart++) {
      Time.advanceTime(1);
      task = rig.start("sums");
      task.execute(event(rig, "last", restart));
      task.execute(heartbeat(rig, 100 + restart, "last", restart));
      assertThat(operatorStateBytes()).isLessThan(200);
      task.execute(event(rig, "topic7", 3)); // of a task that is believed dead
      task.execute(event(rig, "topic7", 9));
      assertThat(task.recorder().counter("duplicates")).isEqualTo(2);
      task.execute(event(rig, "topic7", 9 + restart)); // the topic is read again
      assertThat(task.recorder().counter("applied")).isEqualTo(2);
      task.bolt().cleanup();
    }
  }
}
