package io.thalweg.storm.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofSeconds;

import io.thalweg.Aggregates;
import io.thalweg.stats.Moments;
import io.thalweg.storm.BoltHarness;
import io.thalweg.storm.BoltHarness.EmittedTuple;
import io.thalweg.storm.Heartbeat;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.SettledMarks;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import io.thalweg.storm.kafka.Readings;
import io.thalweg.window.AccumulationMode;
import io.thalweg.window.TrailingWindow;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.storm.Config;
import org.apache.storm.kafka.spout.RecordTranslator;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Time;

/**
 * Topology of the golden store files, and the program that writes such a file. See the README
 * beside the files.
 */
final class StoreFixture {

  private static final RecordTranslator<byte[], byte[]> TRANSLATOR =
      Readings.translator(Readings.source());

  private StoreFixture() {}

  /** Returns the columns of the windows when the file was written. */
  static TupleMapping.Columns<Moments> columns() {
    return TupleMapping.<Moments>columns().with("n", Moments::count).with("mean", Moments::mean);
  }

  /** Returns the topology: windows, and a detector whose answers feed counts. */
  static BoltHarness topology(Path file, TupleMapping<Moments> columns) {
    JdbcStateStore store =
        new JdbcStateStore("jdbc:sqlite:" + file).withProperty("synchronous", "OFF");
    TopologyBuilder builder = new TopologyBuilder();
    builder.setSpout("numbers", Readings.source().lowWatermarkSpout(), 1);
    add(
        builder,
        "numbers",
        "windows",
        new ProcessorBolt<String, Long, Moments>(
                () ->
                    WindowedAggregator.of(
                            Moments.over((Long v) -> (double) v),
                            Windows.tumbling(ofSeconds(10)),
                            Windows.session(ofSeconds(5)))
                        .lateness(ofSeconds(5))
                        .mode(AccumulationMode.RETRACTING)
                        .build(),
                Readings::decode,
                columns)
            .withStateStore(store));
    add(
        builder,
        "numbers",
        "detector",
        new ProcessorBolt<String, Long, Long>(
                () ->
                    TrailingWindow.<Long, Long>over(Aggregates.count()).last(ofSeconds(10)).build(),
                Readings::decode,
                TupleMapping.<Long>columns()
                    .with("n", n -> n)
                    .with(TupleFields.VALUE, n -> ("0 " + n).getBytes(UTF_8)))
            .withStateStore(store));
    add(
        builder,
        "detector",
        "counts",
        new ProcessorBolt<String, Long, Long>(
                () ->
                    WindowedAggregator.of(Aggregates.<Long>count(), Windows.tumbling(ofSeconds(10)))
                        .build(),
                Readings::decode,
                TupleMapping.<Long>columns().with("n", n -> n))
            .withStateStore(store));
    return new BoltHarness(builder, Map.of(Config.TOPOLOGY_NAME, "job"));
  }

  private static void add(
      TopologyBuilder builder, String from, String id, ProcessorBolt<?, ?, ?> bolt) {
    builder
        .setBolt(id, bolt.withCommitInterval(Duration.ZERO), 1)
        .fieldsGrouping(from, new Fields(TupleFields.KEY))
        .allGrouping(from, Streams.WATERMARK);
  }

  static Tuple event(BoltHarness rig, long offset, String key, long timestamp) {
    return rig.tuple(
        "numbers", "default", TRANSLATOR.apply(Readings.record(0, offset, key, timestamp, offset)));
  }

  static Tuple heartbeat(BoltHarness rig, long watermark, long sequence) {
    return heartbeat(rig, watermark, sequence, -1);
  }

  static Tuple heartbeat(BoltHarness rig, long watermark, long sequence, long confirmed) {
    return rig.tuple(
        "numbers",
        Streams.WATERMARK,
        List.of(
            watermark,
            1,
            77L,
            sequence,
            confirmed,
            false,
            SettledMarks.encode(Map.of()),
            Heartbeat.NO_CLOCK));
  }

  /** Writes a store to a new file. */
  public static void main(String[] args) throws Exception {
    Path file = Path.of(args[0]);
    Files.deleteIfExists(file);
    Time.SimulatedTime time = new Time.SimulatedTime();
    try {
      Time.advanceTime(1_000_000);
      BoltHarness rig = topology(file, columns());
      BoltHarness.Task windows = rig.start("windows");
      BoltHarness.Task detector = rig.start("detector");
      BoltHarness.Task counts = rig.start("counts");
      Tuple[] input = {
        event(rig, 1, "a", 1_000), event(rig, 2, "a", 4_000), event(rig, 3, "b", 12_000)
      };
      for (Tuple event : input) {
        windows.execute(event);
        detector.execute(event);
      }
      windows.execute(heartbeat(rig, 11_000, 0));
      windows.execute(event(rig, 4, "a", 6_000)); // within the lateness
      for (EmittedTuple answer : detector.execute(heartbeat(rig, 5_000, 0))) {
        counts.execute(answer.tuple());
      }
      for (BoltHarness.Task task : List.of(windows, detector, counts)) {
        task.bolt().cleanup();
      }
    } finally {
      time.close();
    }
  }
}
