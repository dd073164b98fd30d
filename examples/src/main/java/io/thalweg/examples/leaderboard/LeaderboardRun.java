package io.thalweg.examples.leaderboard;

import io.thalweg.anomaly.ZScore;
import io.thalweg.examples.demo.DemoException;
import io.thalweg.examples.demo.EmbeddedKafka;
import io.thalweg.examples.demo.EmbeddedStorm;
import io.thalweg.examples.demo.EndOfRun;
import io.thalweg.examples.demo.KafkaTopics;
import io.thalweg.examples.demo.StopSignal;
import io.thalweg.examples.demo.TemporaryFolder;
import io.thalweg.examples.sensors.Detector;
import io.thalweg.examples.sensors.Generator;
import io.thalweg.examples.sensors.Progress;
import io.thalweg.examples.sensors.Readings;
import io.thalweg.examples.sensors.Simulation;
import io.thalweg.rank.Standing;
import io.thalweg.storm.JdbcStateStore;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/**
 * One run of the example, from start to summary: broker, cluster, topology, generator; then the
 * generator ends, the last window closes, and everything stops.
 */
final class LeaderboardRun {

  private static final String NAME = "leaderboard";
  private static final int DETECTOR_TASKS = 2;
  private static final Duration GLANCE = Duration.ofMillis(100);

  /** How long the topology may take to start, and to bring everything home. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * What is asked for.
   *
   * @param duration how long to generate
   * @param timeLapse how many times as fast event time runs
   * @param rate readings in a second of event time
   * @param devices how many sensors
   * @param seed decides the values
   * @param database the SQLite file
   * @param bootstrapServers an existing Kafka; null for an embedded one
   * @param createTopics whether to create missing topics
   * @param groupId the consumer group
   */
  record Options(
      Duration duration,
      int timeLapse,
      int rate,
      int devices,
      long seed,
      Path database,
      String bootstrapServers,
      boolean createTopics,
      String groupId) {}

  private final Options options;
  private final PrintWriter out;
  private final StopSignal stop;
  private final String run = UUID.randomUUID().toString();
  private final Progress progress = Progress.of(run);
  private final long started = System.currentTimeMillis();

  LeaderboardRun(Options options, PrintWriter out, StopSignal stop) {
    this.options = options;
    this.out = out;
    this.stop = stop;
  }

  /**
   * Runs it.
   *
   * @return the exit code
   * @throws DemoException if it cannot run; the message is for the user
   */
  int call() {
    StandingsTable.prepare(options.database);
    if (options.bootstrapServers != null) {
      say("asking kafka at %s", options.bootstrapServers);
      return call(options.bootstrapServers);
    }
    say("starting kafka");
    try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
      say("kafka runs at %s", kafka.bootstrapServers());
      return call(kafka.bootstrapServers());
    }
  }

  private int call(String bootstrapServers) {
    try (KafkaTopics topics = KafkaTopics.of(bootstrapServers)) {
      if (options.createTopics) {
        Readings.createTopics(topics);
      }
      topics.require(List.of(Readings.TOPIC, Readings.DEAD_LETTERS));
    }
    boolean home;
    say("starting storm");
    try (TemporaryFolder state = TemporaryFolder.of("state");
        EmbeddedStorm storm = EmbeddedStorm.start()) {
      TimeLapse pace = TimeLapse.of(options.duration, options.timeLapse);
      LeaderboardTopology topology =
          new LeaderboardTopology(
              bootstrapServers,
              options.groupId,
              options.database,
              new JdbcStateStore("jdbc:sqlite:" + state.resolve("state.db")),
              new Detector(Detector.Preset.DEFAULT, ZScore.THRESHOLD),
              DETECTOR_TASKS,
              pace.shortened(LeaderboardTopology.TICK),
              run);
      say("starting the topology");
      storm.submit(NAME, LeaderboardTopology.config(), topology.build().createTopology());
      if (!storm.awaitRunning(NAME, PATIENCE, stop)) {
        say("stopped before the first reading");
        return 0;
      }
      generate(bootstrapServers);
      home = drain();
      say("stopping");
    }
    summarize(home);
    return home ? 0 : 1;
  }

  private void generate(String bootstrapServers) {
    Simulation simulation = new Simulation(options.devices, options.seed);
    TimeLapse pace = TimeLapse.of(options.duration, options.timeLapse);
    say(
        "%d devices speak for %d s, %,d readings a second%s; the standings so far every %d s;"
            + " Ctrl-C ends it in good order",
        options.devices,
        options.duration.toSeconds(),
        options.rate * options.timeLapse,
        options.timeLapse == 1 ? "" : "; event time runs " + options.timeLapse + " times as fast",
        pace.shortened(LeaderboardTopology.TICK).toSeconds());
    Generator generator =
        new Generator(
            bootstrapServers, Readings.TOPIC, simulation, options.rate * options.timeLapse, pace);
    try (generator) {
      generator.start();
      long end = System.nanoTime() + options.duration.toNanos();
      while (generator.failure() == null && System.nanoTime() < end && !stop.await(GLANCE)) {
        // they speak
      }
    }
    if (generator.failure() != null) {
      say("kafka takes no more readings"); // at once: without it, storm takes a minute to stop
      throw new DemoException(
          "kafka at "
              + bootstrapServers
              + " takes no more readings: see whether it still runs ("
              + generator.failure().getMessage()
              + ")",
          generator.failure());
    }
  }

  /** Ends the stream and waits until the last window has closed; false if that never comes. */
  private boolean drain() {
    EndOfRun end = EndOfRun.of(run);
    end.announce();
    long limit = System.nanoTime() + PATIENCE.toNanos();
    while (!end.isReached() && System.nanoTime() < limit) {
      LockSupport.parkNanos(GLANCE.toNanos());
    }
    return end.isReached();
  }

  private void summarize(boolean home) {
    say(
        "%n%,d readings; %,d late, %,d dead-lettered",
        progress.readings(), progress.late(), progress.deadLetters());
    if (!home) {
      say("NOT DONE: the last window was not closed when the run gave up");
    }
    // the epoch of a row is when its task began
    List<StandingsTable.Row> finished =
        StandingsTable.rows(options.database).stream()
            .filter(row -> row.isFinal() && row.epoch() >= started)
            .toList();
    say("%d finished windows:", finished.size());
    for (StandingsTable.Row row : finished) {
      StringBuilder places = new StringBuilder();
      for (Standing<String, Long> each : row.standings().top()) {
        places.append(
            String.format(
                Locale.ROOT,
                "   %d. %-12s %,4d",
                each.rank(),
                StandingsLog.shown(each.member()),
                each.score()));
      }
      say(
          "%s%s   of %,d devices, %,d versions",
          StandingsLog.window(row.start(), row.end(), ZoneId.systemDefault()),
          places,
          row.standings().members(),
          row.version() + 1);
    }
    say(
        "database: %s, table leaderboard, one row for each window",
        options.database.toAbsolutePath());
  }

  private void say(String format, Object... values) {
    out.printf(Locale.ROOT, format + "%n", values);
    out.flush();
  }
}
