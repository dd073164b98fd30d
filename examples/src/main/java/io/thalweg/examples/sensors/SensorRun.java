package io.thalweg.examples.sensors;

import io.thalweg.examples.demo.DemoException;
import io.thalweg.examples.demo.EmbeddedKafka;
import io.thalweg.examples.demo.EmbeddedStorm;
import io.thalweg.examples.demo.EndOfRun;
import io.thalweg.examples.demo.KafkaTopics;
import io.thalweg.examples.demo.StopSignal;
import io.thalweg.examples.demo.TemporaryFolder;
import io.thalweg.storm.JdbcStateStore;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * One run of the example, from start to summary: broker, cluster, topology, generator; then the
 * generator ends, the topology drains, and everything stops.
 */
final class SensorRun {

  private static final String NAME = "sensors";
  private static final Duration DEFAULT_DURATION = Duration.ofSeconds(60);
  private static final Duration PROGRESS = Duration.ofSeconds(1);
  private static final Duration GLANCE = Duration.ofMillis(100);

  /** How long the topology may take to start, and to make a step while it drains. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * What is asked for.
   *
   * @param duration how long to generate or to listen; null for the default
   * @param rate readings a second; 0 for the book's pace
   * @param devices how many sensors
   * @param seed decides the values
   * @param detector the formula
   * @param database the SQLite file of the alerts
   * @param state the SQLite file of the detectors' state, kept for the next run; null for one that
   *     goes with this run, which then ends the stream
   * @param bootstrapServers an existing Kafka; null for an embedded one
   * @param createTopics whether to create missing topics
   * @param groupId the consumer group
   * @param generate whether to write readings, or only to read
   */
  record Options(
      Duration duration,
      int rate,
      int devices,
      long seed,
      Detector detector,
      Path database,
      Path state,
      String bootstrapServers,
      boolean createTopics,
      String groupId,
      boolean generate) {}

  private final Options options;
  private final PrintWriter out;
  private final StopSignal stop;
  private final String run = UUID.randomUUID().toString();
  private final Progress progress = Progress.of(run);
  private long started;
  private long nextReport;
  private double rate;

  SensorRun(Options options, PrintWriter out, StopSignal stop) {
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
    AlertTable.prepare(options.database);
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
      SensorTopology.prepareTopics(topics, options.createTopics);
      Outcome outcome = stop.received() ? null : process(bootstrapServers, topics);
      if (outcome == null) {
        say("stopped before the first reading");
        return 0;
      }
      outcome.print(out, options.database);
      return outcome.left() == 0 ? 0 : 1;
    }
  }

  private Outcome process(String bootstrapServers, KafkaTopics topics) {
    if (options.state != null) {
      return process(bootstrapServers, topics, options.state);
    }
    try (TemporaryFolder folder = TemporaryFolder.of("state")) {
      return process(bootstrapServers, topics, folder.resolve("state.db"));
    }
  }

  private Outcome process(String bootstrapServers, KafkaTopics topics, Path state) {
    long rowsBefore = AlertTable.rows(options.database);
    Map<Integer, Long> from = topics.position(options.groupId, SensorTopology.READINGS);
    SensorTopology topology =
        new SensorTopology(
            bootstrapServers,
            options.groupId,
            options.database,
            new JdbcStateStore("jdbc:sqlite:" + state),
            options.detector,
            run);
    GroundTruth truth = null;
    long left;
    Map<Integer, Long> to;
    say("starting storm");
    try (EmbeddedStorm storm = EmbeddedStorm.start()) {
      if (stop.received()) {
        return null;
      }
      say("starting the topology");
      progress.submitted();
      storm.submit(NAME, topology.config(), topology.build().createTopology());
      if (!storm.awaitRunning(NAME, PATIENCE, stop)) {
        return null;
      }
      say("the topology runs, %.1f s after its submission", progress.secondsSinceSubmitted());
      if (options.generate) {
        truth = generate(bootstrapServers);
        left = drain(topics, topics.ends(SensorTopology.READINGS));
      } else {
        left = listen(topics);
      }
      to = topics.position(options.groupId, SensorTopology.READINGS);
      say("stopping");
    }
    return new Outcome(
        left(from, to),
        rate,
        left,
        progress.late(),
        progress.deadLetters(),
        AlertTable.rows(options.database) - rowsBefore,
        AlertTable.rows(options.database),
        truth == null
            ? null
            : Outcome.Score.of(
                options.database,
                topology.detectorId(),
                topics.id(SensorTopology.READINGS).toString(),
                truth),
        progress.latencies(),
        progress.secondsToFirstRow());
  }

  private GroundTruth generate(String bootstrapServers) {
    Duration duration = options.duration == null ? DEFAULT_DURATION : options.duration;
    Simulation simulation = new Simulation(options.devices, options.seed);
    Generator generator =
        new Generator(
            bootstrapServers,
            SensorTopology.READINGS,
            simulation,
            options.rate,
            System::currentTimeMillis);
    try (generator) {
      say(
          "%d devices speak for %d s, %s%s; Ctrl-C ends it in good order",
          options.devices,
          duration.toSeconds(),
          options.rate == 0
              ? "0.5 to 2 s from reading to reading"
              : String.format(Locale.ROOT, "%,d readings a second", options.rate),
          generator.warmUp().isZero()
              ? ""
              : " after " + generator.warmUp().toSeconds() + " s to come up to speed");
      begin();
      generator.start();
      speak(generator, generator.warmUp());
      long sent = generator.sent();
      long full = System.nanoTime();
      speak(generator, duration);
      rate = (generator.sent() - sent) / ((System.nanoTime() - full) / 1e9);
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
    return generator.truth();
  }

  private void speak(Generator generator, Duration duration) {
    long end = System.nanoTime() + duration.toNanos();
    while (generator.failure() == null && !pause(end)) {
      report();
    }
  }

  private long listen(KafkaTopics topics) {
    begin();
    long left = 0;
    if (options.duration == null) {
      say("reading the topic to its present end; Ctrl-C ends it in good order");
      left = drain(topics, topics.ends(SensorTopology.READINGS));
    } else {
      say("listening for %d s; Ctrl-C ends it in good order", options.duration.toSeconds());
      long end = System.nanoTime() + options.duration.toNanos();
      while (!pause(end)) {
        report();
      }
    }
    rate = progress.readings() / ((System.nanoTime() - started) / 1e9);
    return left;
  }

  /** Starts the clock of the progress lines. */
  private void begin() {
    started = System.nanoTime();
    nextReport = started + PROGRESS.toNanos();
  }

  /** Waits until the next progress line is due; true when the end is reached before, or Ctrl-C. */
  private boolean pause(long end) {
    long next = Math.min(end, nextReport);
    boolean stopped = stop.await(Duration.ofNanos(Math.max(0, next - System.nanoTime())));
    return stopped || next == end;
  }

  /**
   * Waits until everything is brought home. When the state goes with this run, the stream is ended:
   * every reading is judged, and every alert is in the database and the topic. Otherwise the last
   * readings go on waiting in the state for the next run, and it is enough that the group has
   * committed what the topic held.
   */
  private long drain(KafkaTopics topics, Map<Integer, Long> ends) {
    boolean ending = options.state == null;
    EndOfRun end = EndOfRun.of(run);
    if (ending) {
      end.announce();
    }
    long started = System.nanoTime();
    long left = Long.MAX_VALUE;
    long limit = started + PATIENCE.toNanos();
    long nextReport = started + PROGRESS.toNanos();
    while (System.nanoTime() < limit) {
      long now = left(topics.position(options.groupId, SensorTopology.READINGS), ends);
      if (ending ? end.isReached() : now == 0) {
        return 0;
      }
      if (now < left) {
        left = now;
        limit = System.nanoTime() + PATIENCE.toNanos();
      }
      if (System.nanoTime() > nextReport) {
        nextReport += PROGRESS.toNanos();
        say(left == 0 ? "draining: the last alerts" : "draining: %,d readings to go", left);
      }
      // what this run wrote is brought home first; what was there before can wait
      if (!options.generate && stop.received()) {
        return 0;
      }
      LockSupport.parkNanos(GLANCE.toNanos());
    }
    return left;
  }

  private static long left(Map<Integer, Long> from, Map<Integer, Long> to) {
    return to.entrySet().stream()
        .mapToLong(e -> Math.max(0, e.getValue() - from.get(e.getKey())))
        .sum();
  }

  private void report() {
    nextReport += PROGRESS.toNanos();
    Histogram latencies = progress.recentLatencies();
    say(
        "%4d s %,9d readings %,7d/s %,8d alerts   latency %s   %,d late   %,d dead-lettered",
        Math.round((System.nanoTime() - started) / 1e9),
        progress.readings(),
        progress.recentReadings(),
        progress.alerts(),
        latencies.getTotalCount() == 0
            ? "-"
            : String.format(
                Locale.ROOT,
                "p50 %,d ms p99 %,d ms",
                latencies.getValueAtPercentile(50),
                latencies.getValueAtPercentile(99)),
        progress.late(),
        progress.deadLetters());
  }

  private void say(String format, Object... values) {
    out.printf(Locale.ROOT, format + "%n", values);
    out.flush();
  }
}
