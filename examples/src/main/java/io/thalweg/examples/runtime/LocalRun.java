package io.thalweg.examples.runtime;

import io.thalweg.examples.readings.ReadingGenerator;
import io.thalweg.examples.readings.Readings;
import io.thalweg.examples.readings.SensorSimulator;
import io.thalweg.storm.jdbc.JdbcStateStore;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.ToIntBiFunction;
import org.apache.storm.topology.TopologyBuilder;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * A run of an example in this JVM, from start to end: a broker, unless there is one; a Storm
 * cluster with one topology; sensors that speak; then they fall silent, the topology brings
 * everything home, and everything stops.
 *
 * <p>Thread-safety: one thread.
 */
public final class LocalRun implements AutoCloseable {

  /** How long the topology may take to start, and to make a step while it drains. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Duration GLANCE = Duration.ofMillis(100);
  private static final long SECOND = 1_000_000_000;

  /** What every run is asked for on the command line. */
  public static final class Options {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
        names = "--duration",
        paramLabel = "TIME",
        converter = Seconds.class,
        description = "How long the sensors speak: 90, 90s, 5m or 1h (default: 60s).")
    private Duration duration;

    @Option(
        names = "--devices",
        paramLabel = "N",
        description = "How many sensors (default: ${DEFAULT-VALUE}).")
    private int devices;

    @Option(
        names = "--seed",
        paramLabel = "N",
        description = "Decides every value and every anomaly (default: ${DEFAULT-VALUE}).")
    private long seed = 42;

    @Option(
        names = "--database",
        paramLabel = "FILE",
        description =
            "SQLite file for the results, kept from run to run (default: ${DEFAULT-VALUE}).")
    private Path database;

    @Option(
        names = "--bootstrap-servers",
        paramLabel = "HOST:PORT",
        description = "A Kafka that is already running (default: an embedded one).")
    private String bootstrapServers;

    @Option(names = "--create-topics", description = "Create the topics there that are missing.")
    private boolean createTopics;

    @Option(
        names = "--group-id",
        paramLabel = "NAME",
        description =
            "Consumer group: a new one reads the topic from its beginning, a known one goes on"
                + " where it ended (default: ${DEFAULT-VALUE}).")
    private String groupId;

    @Option(
        names = "--verbose",
        description = "Show the logs of Kafka and Storm, and stack traces.")
    private boolean verbose;

    /**
     * The options with their defaults.
     *
     * @param devices how many sensors
     * @param database the file for the results
     * @param groupId the consumer group
     */
    public Options(int devices, Path database, String groupId) {
      this.devices = devices;
      this.database = database;
      this.groupId = groupId;
    }

    /**
     * How long the sensors are to speak.
     *
     * @return a minute by default
     */
    public Duration duration() {
      return hasDuration() ? duration : Duration.ofSeconds(60);
    }

    public boolean hasDuration() {
      return duration != null;
    }

    /**
     * Where the results go.
     *
     * @return a SQLite file
     */
    public Path database() {
      return database;
    }

    public boolean embedded() {
      return bootstrapServers == null;
    }

    /**
     * Checks the options, and does with Ctrl-C under control what is to be done.
     *
     * @param run is given where to speak to the user, and the signal that ends it
     * @return what it returns: an exit code
     */
    public int run(ToIntBiFunction<PrintWriter, StopSignal> run) {
      CommandLines.check(
          command, devices >= 1 && devices <= 100_000, "--devices must be 1 to 100000: " + devices);
      CommandLines.checkNotEmpty(command, "--group-id", groupId);
      if (!embedded()) {
        CommandLines.checkNotEmpty(command, "--bootstrap-servers", bootstrapServers);
      }
      if (verbose) {
        System.setProperty("thalweg.log", "info"); // read when the first logger is made
      }
      PrintWriter out = command.commandLine().getOut();
      try (StopSignal stop = StopSignal.install(out)) {
        return run.applyAsInt(out, stop);
      }
    }
  }

  private final Options options;
  private final PrintWriter out;
  private final StopSignal stop;
  private final String id = UUID.randomUUID().toString();
  private final TemporaryFolder folder = TemporaryFolder.of("state");
  private EmbeddedKafka kafka; // null where one was running
  private KafkaTopics topics;
  private Map<Integer, Long> from;
  private boolean generated;
  private boolean home = true;

  private LocalRun(Options options, PrintWriter out, StopSignal stop) {
    this.options = options;
    this.out = out;
    this.stop = stop;
  }

  /**
   * Begins a run: asks Kafka or starts one, and makes sure that the topics are there.
   *
   * @param options what is asked for
   * @param out where to speak to the user
   * @param stop ends the run in good order
   * @param results the topics that the topology writes, beside dead letters
   * @return a run
   * @throws DemoException if there is no Kafka, or a topic is missing
   */
  public static LocalRun open(
      Options options, PrintWriter out, StopSignal stop, String... results) {
    LocalRun run = new LocalRun(options, out, stop);
    try {
      run.connect(results);
      return run;
    } catch (RuntimeException e) {
      run.close();
      throw e;
    }
  }

  private void connect(String... results) {
    String bootstrapServers = options.bootstrapServers;
    if (options.embedded()) {
      say("starting kafka");
      kafka = EmbeddedKafka.start();
      bootstrapServers = kafka.bootstrapServers();
      say("kafka runs at %s", bootstrapServers);
    } else {
      say("asking kafka at %s", bootstrapServers);
    }
    topics = KafkaTopics.of(bootstrapServers);
    Readings.prepareTopics(topics, options.createTopics || options.embedded(), results);
  }

  /**
   * Where the topology runs.
   *
   * @param state the SQLite file of the bolts' state; null for one that goes with this run
   * @return a deployment
   */
  public SubmitOptions deployment(Path state) {
    return new SubmitOptions(
        topics.bootstrapServers(),
        options.groupId,
        options.database,
        new JdbcStateStore("jdbc:sqlite:" + (state == null ? folder.resolve("state.db") : state)),
        id);
  }

  /**
   * What the topology has done so far.
   *
   * @return the counts of this run
   */
  public Progress progress() {
    return Progress.of(id);
  }

  /**
   * The topics of the broker.
   *
   * @return as long as this run is open
   */
  public KafkaTopics topics() {
    return topics;
  }

  /**
   * Tells the user.
   *
   * @param format a line, for {@link String#format}
   * @param values its values
   */
  public void say(String format, Object... values) {
    out.printf(Locale.ROOT, format + "%n", values);
    out.flush();
  }

  /**
   * Runs a topology on a Storm cluster.
   *
   * @param name its name
   * @param topology what was built for {@link #deployment}
   * @param meanwhile is called when the topology runs; when it returns, the cluster is stopped
   * @return false if the run was stopped before the topology ran
   */
  public boolean process(String name, TopologyBuilder topology, Runnable meanwhile) {
    from = position();
    if (!stop.received()) {
      say("starting storm");
      try (EmbeddedStorm storm = EmbeddedStorm.start()) {
        if (!stop.received()) {
          say("starting the topology");
          progress().submitted();
          storm.submit(name, SubmitOptions.config(), topology.createTopology());
          if (storm.awaitRunning(name, PATIENCE, stop)) {
            say(
                "the topology runs, %.1f s after its submission",
                progress().secondsSinceSubmitted());
            meanwhile.run();
            say("stopping");
            return true;
          }
        }
      }
    }
    say("stopped before the first reading");
    return false;
  }

  /**
   * Lets the sensors speak, and waits until Kafka has all that they said.
   *
   * @param rate readings a second of all of them; 0 for the book's pace
   * @param clock gives the event time in milliseconds
   * @param duration how long, in whole seconds
   * @param pace what the user is told of that
   * @param everySecond is called every second
   * @return what they said
   * @throws DemoException if Kafka takes no more
   */
  public ReadingGenerator generate(
      int rate, LongSupplier clock, Duration duration, String pace, Runnable everySecond) {
    generated = true;
    ReadingGenerator generator =
        new ReadingGenerator(
            topics.bootstrapServers(),
            Readings.TOPIC,
            new SensorSimulator(options.devices, options.seed),
            rate,
            clock);
    try (generator) {
      say("%d devices speak for %s; Ctrl-C ends it in good order", options.devices, pace);
      generator.start();
      pass(
          duration,
          () -> {
            everySecond.run();
            return generator.failure() == null;
          });
    }
    if (generator.failure() != null) {
      say("kafka takes no more readings"); // at once: without it, storm takes a minute to stop
      throw new DemoException(
          "kafka at "
              + topics.bootstrapServers()
              + " takes no more readings: see whether it still runs ("
              + generator.failure().getMessage()
              + ")",
          generator.failure());
    }
    return generator;
  }

  /**
   * Lets time pass, or less of it if the run is to end.
   *
   * @param duration how long, in whole seconds
   * @param goOn asked every second
   */
  public void pass(Duration duration, BooleanSupplier goOn) {
    long next = System.nanoTime();
    for (long second = 0; second < duration.toSeconds(); second++) {
      next += SECOND;
      if (stop.await(Duration.ofNanos(Math.max(0, next - System.nanoTime())))
          || !goOn.getAsBoolean()) {
        return;
      }
    }
  }

  /**
   * Waits until everything is brought home, for as long as there is progress.
   *
   * @param end whether the stream ends: every reading is judged, and every result of it has
   *     arrived. Otherwise the last readings go on waiting in the state for the next run, and it is
   *     enough that the group has committed what the topic held
   */
  public void drain(boolean end) {
    EndOfRun endOfRun = EndOfRun.of(id);
    if (end) {
      endOfRun.announce();
    }
    Map<Integer, Long> ends = topics.ends(Readings.TOPIC);
    long left = Long.MAX_VALUE;
    long limit = System.nanoTime() + PATIENCE.toNanos();
    long nextReport = System.nanoTime() + SECOND;
    while (true) {
      long now = distance(position(), ends);
      // what this run wrote is brought home first; what was there before can wait
      if ((end ? endOfRun.isReached() : now == 0) || !generated && stop.received()) {
        return;
      }
      if (now < left) {
        left = now;
        limit = System.nanoTime() + PATIENCE.toNanos();
      }
      if (System.nanoTime() > limit) {
        home = false;
        say("NOT DONE: no progress for %d s, %,d readings to go", PATIENCE.toSeconds(), left);
        return;
      }
      if (System.nanoTime() > nextReport) {
        nextReport += SECOND;
        say(left == 0 ? "draining: the last results" : "draining: %,d readings to go", left);
      }
      LockSupport.parkNanos(GLANCE.toNanos());
    }
  }

  /**
   * Whether everything was brought home.
   *
   * @return false after {@link #drain} has given up
   */
  public boolean isHome() {
    return home;
  }

  /**
   * How many readings the topology has taken to the end.
   *
   * @return the number since {@link #process} began
   */
  public long readings() {
    return distance(from, position());
  }

  private Map<Integer, Long> position() {
    return topics.position(options.groupId, Readings.TOPIC);
  }

  private static long distance(Map<Integer, Long> from, Map<Integer, Long> to) {
    return to.entrySet().stream()
        .mapToLong(e -> Math.max(0, e.getValue() - from.get(e.getKey())))
        .sum();
  }

  /** Ends what it began. */
  @Override
  public void close() {
    if (topics != null) {
      topics.close();
    }
    if (kafka != null) {
      kafka.close();
    }
    folder.close();
  }
}
