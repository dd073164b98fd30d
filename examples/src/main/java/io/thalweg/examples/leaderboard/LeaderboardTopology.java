package io.thalweg.examples.leaderboard;

import io.thalweg.Codec;
import io.thalweg.Processor;
import io.thalweg.anomaly.Anomaly;
import io.thalweg.examples.readings.Reading;
import io.thalweg.examples.readings.Readings;
import io.thalweg.examples.runtime.EndOfRun;
import io.thalweg.examples.runtime.RunSettings;
import io.thalweg.examples.sensors.Detector;
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
 * Readings come from Kafka, a detector finds those that stand out, and one leaderboard counts them
 * by device over five minutes of event time. It tells the standings so far with every tick, and the
 * final ones when a window closes:
 *
 * <pre>
 * sensor_readings ─▶ readings ─▶ detector ─▶ leaderboard ─┬─▶ standings-log
 *                       │            │                    └─▶ standings-table ─▶ SQLite
 *                       └─ dead ─────┴─▶ dead-letter-topic ─▶ sensor_readings_dlq
 * </pre>
 *
 * @param at where it runs
 * @param detector finds the anomalies
 * @param detectorTasks how many tasks share the devices
 * @param tick the time from one result of an open window to the next
 */
record LeaderboardTopology(RunSettings at, Detector detector, int detectorTasks, Duration tick) {

  /** The length of a window, in event time. */
  static final Duration WINDOW = Duration.ofMinutes(5);

  /** How many devices are listed. */
  static final int PLACES = 3;

  /** The time from one result of an open window to the next, in event time. */
  static final Duration TICK = Duration.ofSeconds(10);

  static final String SPOUT = "readings";
  static final String DETECTOR = "detector";
  static final String LEADERBOARD = "leaderboard";

  /** The name of the board: the key of all standings. */
  static final String BOARD = "all";

  /**
   * Builds it.
   *
   * @return a builder, to which more may be added
   */
  TopologyBuilder build() {
    TopologyBuilder topology = new TopologyBuilder();
    compute(topology);
    show(topology);
    topology
        .setBolt("end", new EndOfRun.EndDetector(at.run()))
        .allGrouping(SPOUT, Streams.WATERMARK);
    return topology;
  }

  /** From the topic to the standings: two stateful bolts in a row. */
  void compute(TopologyBuilder topology) {
    Detector formula = detector;
    // region bolts
    topology.setSpout(SPOUT, Readings.spout(at));
    topology
        .setBolt(
            DETECTOR,
            new ProcessorBolt<String, Reading, Anomaly>(
                    formula::create,
                    Reading::parse,
                    // the leaderboard needs to know of whom and when, no more
                    TupleMapping.<Anomaly>columns().with(TupleFields.VALUE, a -> new byte[0]))
                .withStateStore(at.store()),
            detectorTasks)
        .fieldsGrouping(SPOUT, new Fields(TupleFields.KEY))
        .allGrouping(SPOUT, Streams.WATERMARK);
    topology
        .setBolt(
            LEADERBOARD,
            new ProcessorBolt<String, byte[], Standings<String, Long>>(
                    LeaderboardTopology::board, bytes -> bytes, StandingsTable.mapping())
                .withStateStore(at.store())
                .withEarlyInterval(tick))
        .globalGrouping(DETECTOR)
        .allGrouping(DETECTOR, Streams.WATERMARK);
    // endregion
  }

  /**
   * The leaderboard by itself, to be run anywhere.
   *
   * @return a board of keys, without state
   */
  static Processor<String, byte[], Standings<String, Long>> board() {
    // region board
    return Leaderboard.named(
        BOARD,
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
