package io.thalweg.examples.leaderboard;

import io.thalweg.Codec;
import io.thalweg.Processor;
import io.thalweg.anomaly.Anomaly;
import io.thalweg.examples.readings.Detector;
import io.thalweg.examples.readings.Reading;
import io.thalweg.examples.readings.Readings;
import io.thalweg.examples.runtime.EndOfRun;
import io.thalweg.examples.runtime.RunSettings;
import io.thalweg.rank.Leaderboard;
import io.thalweg.rank.Standings;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.time.Duration;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Fields;

/**
 * Topology that reads from Kafka, detects anomalies, and ranks the devices by their anomalies over
 * five minutes of event time. Each tick emits the standings of the open window; the final standings
 * follow when the window closes:
 *
 * <pre>
 * sensor_readings ─▶ readings ─▶ detector ─▶ leaderboard ─┬─▶ standings-log
 *                       │            │                    └─▶ standings-table ─▶ SQLite
 *                       └─ dead ─────┴─▶ dead-letter-topic ─▶ sensor_readings_dlq
 * </pre>
 *
 * @param at the settings of the run
 * @param detector the detector
 * @param detectorTasks the number of tasks of the detector
 * @param tick the time from one result of an open window to the next
 */
record LeaderboardTopology(RunSettings at, Detector detector, int detectorTasks, Duration tick) {

  /** The length of a window, in event time. */
  static final Duration WINDOW = Duration.ofMinutes(5);

  /** Number of devices listed. */
  static final int PLACES = 3;

  /** The time from one result of an open window to the next, in event time. */
  static final Duration TICK = Duration.ofSeconds(10);

  static final String SPOUT = "readings";
  static final String DETECTOR = "detector";
  static final String LEADERBOARD = "leaderboard";

  /**
   * Builds the topology.
   *
   * @return a builder
   */
  TopologyBuilder build() {
    TopologyBuilder topology = new TopologyBuilder();
    compute(topology);
    show(topology);
    topology
        .setBolt("end", new EndOfRun.EndDetector(at.run()))
        .allGrouping(LEADERBOARD, Streams.WATERMARK);
    return topology;
  }

  /** Adds the spout, the detector and the leaderboard: two stateful bolts in a row. */
  void compute(TopologyBuilder topology) {
    Detector formula = detector;
    String run = at.run();
    // region bolts
    topology.setSpout(SPOUT, Readings.spout(at));
    topology
        .setBolt(
            DETECTOR,
            new ProcessorBolt<String, Reading, Anomaly>(
                    formula::create,
                    Reading::parse,
                    // the leaderboard needs key and time only
                    TupleMapping.<Anomaly>columns().with(TupleFields.VALUE, a -> new byte[0]))
                .withStateStore(at.store()),
            detectorTasks)
        .fieldsGrouping(SPOUT, new Fields(TupleFields.KEY))
        .allGrouping(SPOUT, Streams.WATERMARK);
    topology
        .setBolt(
            LEADERBOARD,
            new ProcessorBolt<String, byte[], Standings<String, Long>>(
                    () -> board(run), bytes -> bytes, StandingsTable.mapping())
                .withStateStore(at.store())
                .withEarlyInterval(tick))
        .globalGrouping(DETECTOR)
        .allGrouping(DETECTOR, Streams.WATERMARK);
    // endregion
  }

  /**
   * Returns the leaderboard processor, independent of Storm.
   *
   * @param run the name of the board and key of its standings; each run has rows of its own by it
   * @return a processor without state
   */
  static Processor<String, byte[], Standings<String, Long>> board(String run) {
    // region board
    return Leaderboard.named(
        run,
        (device, anomaly) -> device,
        WindowedAggregator.of(
                Standings.counts(PLACES, (String device) -> device, Codec.STRING),
                Windows.tumbling(WINDOW))
            .build());
    // endregion
  }

  private void show(TopologyBuilder topology) {
    topology
        .setBolt("standings-log", new StandingsLog(at.run()))
        .globalGrouping(LEADERBOARD)
        .globalGrouping(DETECTOR, Streams.LATE)
        .globalGrouping(DETECTOR, Streams.DEAD_LETTER)
        .globalGrouping(SPOUT, Streams.DEAD_LETTER);
    topology
        .setBolt("standings-table", StandingsTable.sink(at.database()))
        .globalGrouping(LEADERBOARD)
        .globalGrouping(LEADERBOARD, Streams.WATERMARK);
    topology
        .setBolt("dead-letter-topic", Readings.deadLetterTopic(at))
        .shuffleGrouping(SPOUT, Streams.DEAD_LETTER)
        .shuffleGrouping(DETECTOR, Streams.DEAD_LETTER);
  }
}
