package io.thalweg.examples.runtime;

import io.thalweg.storm.ComponentSettings;
import io.thalweg.storm.jdbc.JdbcStateStore;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.ToIntBiFunction;
import org.apache.storm.Config;
import org.apache.storm.topology.TopologyBuilder;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Run of an example in this JVM: a Kafka broker unless one is given, a Storm cluster with one
 * topology, and a source that writes records. The run ends when all results are committed.
 *
 * <p>Thread-safety: one thread.
 */
public final class LocalRun implements AutoCloseable {

  /** Longest time for the topology to start, and longest time without progress while draining. */
  private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(60);

  private static final Duration LOST_BROKERS_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(100);
  private static final long SECOND = 1_000_000_000;

  /** Command-line options of every run. */
  public static final class Options {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
        names = "--duration",
        paramLabel = "TIME",
        converter = Seconds.class,
        description = "How long records are written: 90, 90s, 5m or 1h (default: 60s).")
    private Duration duration;

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
            "Consumer group: a new one reads the topic from its beginning, a known one"
                + " continues where it ended (default: ${DEFAULT-VALUE}).")
    private String groupId;

    @Option(
        names = "--verbose",
        description = "Show the logs of Kafka and Storm, and stack traces.")
    private boolean verbose;

    /**
     * The options with their defaults.
     *
     * @param database the file for the results
     * @param groupId the consumer group
     */
    public Options(Path database, String groupId) {
      this.database = database;
      this.groupId = groupId;
    }

    /**
     * Returns the time for which records are written.
     *
     * @return one minute by default
     */
    public Duration duration() {
      return hasDuration() ? duration : Duration.ofSeconds(60);
    }

    /**
     * Returns whether a duration was given on the command line.
     *
     * @return true if it was
     */
    public boolean hasDuration() {
      return duration != null;
    }

    /**
     * Returns the database of the results.
     *
     * @return a SQLite file
     */
    public Path database() {
      return database;
    }

    /**
     * Returns whether the run starts its own broker.
     *
     * @return false if a broker was given on the command line
     */
    public boolean embedded() {
      return bootstrapServers == null;
    }

    /**
     * Checks the options and executes a run that Ctrl-C can stop.
     *
     * @param run receives the output for the user and the stop signal, and returns the exit code
     * @return the exit code
     */
    public int run(ToIntBiFunction<PrintWriter, StopSignal> run) {
      CommandLines.checkNotEmpty(command, "--group-id", groupId);
      if (!embedded()) {
        CommandLines.checkNotEmpty(command, "--bootstrap-servers", bootstrapServers);
      }
      if (verbose) {
        // read when the first logger is made
        System.setProperty("thalweg.log", "info");
        System.setProperty("thalweg.log.exceptions", "full");
      }
      PrintWriter out = command.commandLine().getOut();
      try (StopSignal stop = StopSignal.install(out)) {
        return run.applyAsInt(out, stop);
      }
    }
  }

  private final Options options;
  private final String source;
  private final PrintWriter out;
  private final StopSignal stop;
  private final String id = UUID.randomUUID().toString();
  private final TemporaryFolder folder = TemporaryFolder.of("state");
  private EmbeddedKafka kafka; // null where one was running
  private KafkaTopics topics;
  private BrokerWatch brokers;
  private Map<Integer, Long> from;
  private boolean temporaryState; // the state of the last run is lost, and that is accepted
  private boolean written;
  private boolean drained = true;

  private LocalRun(Options options, String source, PrintWriter out, StopSignal stop) {
    this.options = options;
    this.source = source;
    this.out = out;
    this.stop = stop;
  }

  /**
   * Opens a run: connects to Kafka, or starts a broker.
   *
   * @param options the options
   * @param source the topic that the topology reads
   * @param out the output for the user
   * @param stop stops the run early
   * @return an open run
   * @throws DemoException if Kafka does not answer
   */
  public static LocalRun open(Options options, String source, PrintWriter out, StopSignal stop) {
    LocalRun run = new LocalRun(options, source, out, stop);
    try {
      run.connect();
      return run;
    } catch (RuntimeException e) {
      run.close();
      throw e;
    }
  }

  private void connect() {
    String bootstrapServers = options.bootstrapServers;
    if (options.embedded()) {
      print("starting kafka");
      kafka = EmbeddedKafka.start();
      bootstrapServers = kafka.bootstrapServers();
      print("kafka runs at %s", bootstrapServers);
    } else {
      print("connecting to kafka at %s", bootstrapServers);
    }
    topics = KafkaTopics.of(bootstrapServers);
    brokers =
        new BrokerWatch(
            bootstrapServers,
            // at once: storm takes a minute to stop without it
            () -> print("kafka at %s no longer answers; stopping", topics.bootstrapServers()));
  }

  /**
   * Returns whether missing topics are created.
   *
   * @return true with an embedded broker
   */
  public boolean createsTopics() {
    return options.createTopics || options.embedded();
  }

  /**
   * Returns the settings of the topology.
   *
   * @param state the SQLite file of the bolts' state; null for a temporary one
   * @return the settings
   */
  public RunSettings settings(Path state) {
    temporaryState = state == null;
    return new RunSettings(
        topics.bootstrapServers(),
        options.groupId,
        options.database,
        new JdbcStateStore("jdbc:sqlite:" + (state == null ? folder.resolve("state.db") : state)),
        id);
  }

  /**
   * Returns the progress of the topology.
   *
   * @return the counters of this run
   */
  public Progress progress() {
    return Progress.of(id);
  }

  /**
   * Returns the topics of the broker.
   *
   * @return usable until this run is closed
   */
  public KafkaTopics topics() {
    return topics;
  }

  /**
   * Prints a line for the user.
   *
   * @param format the line, for {@link String#format}
   * @param values its values
   */
  public void print(String format, Object... values) {
    out.printf(Locale.ROOT, format + "%n", values);
    out.flush();
  }

  /**
   * Runs a topology on a Storm cluster.
   *
   * @param name the name of the topology
   * @param topology the topology, built with {@link #settings}
   * @param meanwhile called when the topology runs; when it returns, the cluster is stopped
   * @return false if the run was stopped before the topology ran
   */
  public boolean process(String name, TopologyBuilder topology, Runnable meanwhile) {
    from = position();
    if (!stop.received()) {
      print("starting storm");
      EmbeddedStorm storm = EmbeddedStorm.start();
      try {
        if (!stop.received()) {
          print("starting the topology");
          progress().submitted();
          Config config = RunSettings.config();
          config.put(ComponentSettings.ACCEPT_MISSING_STATE, temporaryState);
          storm.submit(name, config, topology.createTopology());
          if (storm.awaitRunning(name, DRAIN_TIMEOUT, stop)) {
            print(
                "the topology runs, %.1f s after its submission",
                progress().secondsSinceSubmitted());
            meanwhile.run();
            print("stopping");
            return true;
          }
        }
      } finally {
        close(storm);
      }
    }
    print("stopped before the first record");
    return false;
  }

  /**
   * Lets a source write records, and waits until Kafka has all of them.
   *
   * @param records the source; it is closed at the end
   * @param duration the time for which it writes, in whole seconds
   * @param description the source and its pace, for the user
   * @param everySecond called every second
   * @throws DemoException if Kafka accepts no more records
   */
  public void write(
      RecordSource records, Duration duration, String description, Runnable everySecond) {
    written = true;
    try {
      print("%s; Ctrl-C stops the run cleanly", description);
      records.start();
      pass(
          duration,
          () -> {
            requireBrokers();
            everySecond.run();
            return records.failure() == null;
          });
    } finally {
      close(records);
    }
    requireBrokers();
    if (records.failure() != null) {
      print("kafka accepts no more records");
      throw new DemoException(
          "kafka at "
              + topics.bootstrapServers()
              + " accepts no more records; check that the broker runs ("
              + records.failure().getMessage()
              + ")",
          records.failure());
    }
  }

  /**
   * Waits for a time, or less if the run is stopped.
   *
   * @param duration the time, in whole seconds
   * @param goesOn called every second; false ends the wait
   */
  public void pass(Duration duration, BooleanSupplier goesOn) {
    long next = System.nanoTime();
    for (long second = 0; second < duration.toSeconds(); second++) {
      next += SECOND;
      if (stop.await(Duration.ofNanos(Math.max(0, next - System.nanoTime())))
          || !goesOn.getAsBoolean()) {
        return;
      }
    }
  }

  /**
   * Waits until all results are committed, as long as there is progress.
   *
   * @param end true if the stream ends: then the last windows close and every result is awaited.
   *     Otherwise events stay in the state for the next run, and the wait ends when the consumer
   *     group has committed the end of the topic
   */
  public void drain(boolean end) {
    EndOfRun endOfRun = EndOfRun.of(id);
    if (end) {
      endOfRun.announce();
    }
    Map<Integer, Long> ends = topics.ends(source);
    long left = Long.MAX_VALUE;
    long limit = System.nanoTime() + DRAIN_TIMEOUT.toNanos();
    long nextReport = System.nanoTime() + SECOND;
    while (true) {
      requireBrokers();
      long now = distance(position(), ends);
      // records of this run are drained first; older ones can wait
      if ((end ? endOfRun.isReached() : now == 0) || !written && stop.received()) {
        return;
      }
      if (now < left) {
        left = now;
        limit = System.nanoTime() + DRAIN_TIMEOUT.toNanos();
      }
      if (System.nanoTime() > limit) {
        drained = false;
        print(
            "NOT DRAINED: no progress for %d s, %,d records left", DRAIN_TIMEOUT.toSeconds(), left);
        return;
      }
      if (System.nanoTime() > nextReport) {
        nextReport += SECOND;
        print(left == 0 ? "draining: the last results" : "draining: %,d records left", left);
      }
      LockSupport.parkNanos(POLL_INTERVAL.toNanos());
    }
  }

  /**
   * Closes a part of the run. If the brokers are lost, the clients of Kafka in it may wait for them
   * for minutes: then it is closed in the background until the JVM ends.
   */
  private void close(AutoCloseable part) {
    FutureTask<Void> closing =
        new FutureTask<>(
            () -> {
              part.close();
              return null;
            });
    Thread thread = new Thread(closing, "close");
    thread.setDaemon(true);
    thread.start();
    while (!closing.isDone()) {
      try {
        closing.get(LOST_BROKERS_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (brokers.lost()) {
          return;
        }
      } catch (ExecutionException e) {
        if (!brokers.lost()) {
          throw new IllegalStateException(
              "the run did not stop cleanly: " + e.getCause().getMessage(), e.getCause());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void requireBrokers() {
    if (brokers.lost()) {
      throw new DemoException(
          "kafka at "
              + topics.bootstrapServers()
              + " no longer answers: check that the broker runs, then start the run again",
          null);
    }
  }

  /**
   * Returns whether all results were committed.
   *
   * @return false after {@link #drain} timed out
   */
  public boolean isDrained() {
    return drained;
  }

  /**
   * Returns the number of readings whose offsets the topology has committed.
   *
   * @return the number since {@link #process} began
   */
  public long readings() {
    return distance(from, position());
  }

  /**
   * Returns the event time that the last bolts have reached.
   *
   * @return their watermark; {@code Long.MIN_VALUE} until they have one
   */
  public long watermark() {
    return EndOfRun.of(id).watermark();
  }

  private Map<Integer, Long> position() {
    return topics.position(options.groupId, source);
  }

  private static long distance(Map<Integer, Long> from, Map<Integer, Long> to) {
    return to.entrySet().stream()
        .mapToLong(e -> Math.max(0, e.getValue() - from.get(e.getKey())))
        .sum();
  }

  @Override
  public void close() {
    Progress.remove(id);
    EndOfRun.remove(id);
    if (brokers != null) {
      brokers.close();
    }
    if (topics != null) {
      topics.close();
    }
    if (kafka != null) {
      kafka.close();
    }
    folder.close();
  }
}
