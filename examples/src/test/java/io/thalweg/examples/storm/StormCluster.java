package io.thalweg.examples.storm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.storm.Config;
import org.apache.storm.generated.ExecutorSummary;
import org.apache.storm.generated.KillOptions;
import org.apache.storm.generated.Nimbus;
import org.apache.storm.generated.RebalanceOptions;
import org.apache.storm.generated.TopologyInfo;
import org.apache.storm.thrift.TException;
import org.apache.storm.utils.NimbusClient;
import org.apache.storm.utils.NimbusLeaderNotFoundException;
import org.apache.storm.utils.Utils;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A Storm cluster as it is in production: ZooKeeper, Nimbus, a supervisor with two slots, and the
 * workers that it starts, each a JVM of its own. The jars are those of this JVM's class path:
 * daemons get all of it; workers, and those who submit, get what lies in {@code lib-worker} of a
 * Storm distribution, the topology's jar, and a folder of classes beside it.
 *
 * <p>A supervisor looks after its workers with the commands {@code ps} and {@code kill}, which some
 * small images of Linux lack ({@link #isPossible}).
 *
 * <p>ZooKeeper listens on the loopback interface only; Nimbus, supervisor and workers on all of
 * them, at free ports: Storm has no setting for that.
 */
final class StormCluster implements AutoCloseable {

  /** How long anything may take: far longer than it does, unless it hangs. */
  private static final Duration LIMIT = Duration.ofSeconds(120);

  /** storm-client 2.8 and what it depends on. */
  private static final String LIB_WORKER =
      """
      storm-client storm-shaded-deps slf4j-api log4j-api log4j-core log4j-slf4j2-impl
      log4j-over-slf4j jspecify bcpkix-jdk18on bcutil-jdk18on bcprov-jdk18on jakarta.activation
      jakarta.activation-api jakarta.xml.bind-api javax.annotation-api kryo reflectasm asm objenesis
      minlog metrics-core metrics-graphite metrics-jvm metrics-jmx amqp-client
      """;

  private static final String SMALL =
      "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xss512k -XX:-UsePerfData";

  private static final String LOGGING =
      """
      <Configuration status="ERROR">
        <Appenders>
          <File name="file" fileName="%s/${sys:logfile.name}">
            <PatternLayout pattern="%%d{HH:mm:ss.SSS} %%-5level %%c{1.} - %%m%%n"/>
          </File>
        </Appenders>
        <Loggers>
          <Root level="info">
            <AppenderRef ref="file"/>
          </Root>
        </Loggers>
      </Configuration>
      """;

  private final Path home;
  private final int zooKeeperPort;
  private final int nimbusPort;
  private final List<Process> daemons = new ArrayList<>();
  private final Thread atExit = new Thread(this::stop);

  private StormCluster(Path home, int[] ports) throws IOException {
    this.home = home;
    this.zooKeeperPort = ports[0];
    this.nimbusPort = ports[1];
    for (String folder : List.of("conf", "lib-worker", "log4j2", "logs")) {
      Files.createDirectories(home.resolve(folder));
    }
    Files.writeString(
        home.resolve("conf/zoo.cfg"),
        """
        dataDir=%s
        clientPort=%d
        clientPortAddress=127.0.0.1
        admin.enableServer=false
        maxClientCnxns=0
        """
            .formatted(home.resolve("zookeeper"), zooKeeperPort));
    Files.writeString(
        home.resolve("conf/storm.yaml"),
        """
        storm.local.dir: "%s"
        storm.local.hostname: "localhost"
        storm.metricstore.class: "org.apache.storm.metricstore.NoOpMetricStore"
        storm.zookeeper.servers: ["127.0.0.1"]
        storm.zookeeper.port: %d
        storm.zookeeper.retry.interval: 200
        # what is slow is not dead: a worker that dies is seen to by its supervisor, at once
        storm.zookeeper.session.timeout: 40000
        storm.zookeeper.connection.timeout: 20000
        nimbus.task.timeout.secs: 60
        nimbus.task.launch.secs: 120
        nimbus.supervisor.timeout.secs: 60
        supervisor.worker.timeout.secs: 60
        supervisor.worker.start.timeout.secs: 120
        nimbus.seeds: ["localhost"]
        nimbus.thrift.port: %d
        nimbus.thrift.threads: 8
        nimbus.monitor.freq.secs: 1
        supervisor.thrift.port: %d
        supervisor.thrift.threads: 4
        supervisor.slots.ports: [%d, %d]
        supervisor.monitor.frequency.secs: 1
        supervisor.heartbeat.frequency.secs: 1
        worker.heartbeat.frequency.secs: 1
        task.heartbeat.frequency.secs: 1
        executor.metrics.frequency.secs: 1
        worker.heap.memory.mb: 192
        worker.childopts: "-Xmx%%HEAP-MEM%%m %s"
        topology.worker.logwriter.childopts: "-Xmx16m %s"
        """
            .formatted(
                home.resolve("local"),
                zooKeeperPort,
                nimbusPort,
                ports[2],
                ports[3],
                ports[4],
                SMALL,
                SMALL));
    Files.writeString(
        home.resolve("log4j2/cluster.xml"), LOGGING.formatted("${sys:storm.home}/logs"));
    Files.writeString(
        home.resolve("log4j2/worker.xml"),
        LOGGING.formatted("${sys:workers.artifacts}/${sys:storm.id}/${sys:worker.port}"));
    for (String name : LIB_WORKER.strip().split("\\s+")) {
      Path jar = jar(name);
      Files.copy(jar, home.resolve("lib-worker").resolve(jar.getFileName()));
    }
  }

  /** Whether this machine has the commands that a supervisor needs. */
  static boolean isPossible() {
    List<String> path = List.of(System.getenv("PATH").split(File.pathSeparator));
    return Stream.of("ps", "kill")
        .allMatch(tool -> path.stream().anyMatch(in -> Files.isExecutable(Path.of(in, tool))));
  }

  private static Path jar(String name) {
    Pattern file = Pattern.compile(Pattern.quote(name) + "-\\d.*\\.jar");
    List<Path> found =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .filter(path -> file.matcher(path.getFileName().toString()).matches())
            .filter(path -> !path.toString().contains("yammer")) // has a metrics-core too
            .toList();
    assertThat(found).as("jars of the class path named %s", name).hasSize(1);
    return found.get(0);
  }

  private static int[] freePorts(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) { // all open at once, so that they differ
        sockets.add(new ServerSocket(0));
      }
      return sockets.stream().mapToInt(ServerSocket::getLocalPort).toArray();
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }

  /**
   * Starts a cluster.
   *
   * @param home an empty folder for all that it writes
   */
  static StormCluster start(Path home) {
    StormCluster cluster;
    try {
      cluster = new StormCluster(home, freePorts(5));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Runtime.getRuntime().addShutdownHook(cluster.atExit);
    boolean started = false;
    try {
      cluster.startDaemons();
      started = true;
    } finally {
      if (!started) {
        cluster.close();
      }
    }
    return cluster;
  }

  private void startDaemons() {
    daemon(
        "org.apache.storm.shade.org.apache.zookeeper.server.ZooKeeperServerMain",
        96,
        home.resolve("conf/zoo.cfg").toString());
    await("ZooKeeper listens", () -> listens(zooKeeperPort));
    daemon("org.apache.storm.daemon.nimbus.Nimbus", 192);
    daemon("org.apache.storm.daemon.supervisor.Supervisor", 96);
    await("Nimbus knows the supervisor", () -> listens(nimbusPort) && supervisors() == 1);
  }

  private int supervisors() {
    try {
      return ask(nimbus -> nimbus.getClusterInfo().get_supervisors_size());
    } catch (NimbusLeaderNotFoundException e) {
      return 0; // it has not yet won the election, in which it stands alone
    }
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private void daemon(String main, int heap, String... arguments) {
    daemons.add(
        java(main, heap, System.getProperty("java.class.path"), List.of(), List.of(arguments)));
  }

  private Process java(
      String main, int heap, String classPath, List<String> options, List<String> arguments) {
    String name = main.substring(main.lastIndexOf('.') + 1);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Dstorm.home=" + home);
    command.add("-Dlogfile.name=" + name + ".log");
    command.add("-Dlog4j2.configurationFile=" + home.resolve("log4j2/cluster.xml"));
    command.add("-Xmx" + heap + "m");
    command.addAll(List.of(SMALL.split(" ")));
    command.addAll(options);
    command.addAll(List.of("-cp", home.resolve("conf") + File.pathSeparator + classPath, main));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("logs").resolve(name + ".out").toFile());
    // the supervisor starts workers with it
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Does what {@code storm jar} does, and waits until every spout and bolt is up.
   *
   * @param topology its name
   * @param workers how many it asks for
   * @param jar what Nimbus gets
   * @param main submits the topology
   * @param extra where classes are that are not in the jar
   */
  void submit(
      String topology,
      int workers,
      Path jar,
      Class<?> main,
      List<String> arguments,
      Path... extra) {
    List<String> classPath = new ArrayList<>(List.of(home.resolve("lib-worker") + "/*"));
    classPath.add(jar.toString());
    Stream.of(extra).map(Path::toString).forEach(classPath::add);
    Process submission =
        java(
            main.getName(),
            96,
            String.join(File.pathSeparator, classPath),
            List.of("-Dstorm.jar=" + jar),
            arguments);
    try {
      await("the submission of " + topology + " ends", () -> !submission.isAlive());
      assertThat(submission.exitValue()).as(() -> "exit code of the submission" + log()).isZero();
    } finally {
      submission.destroyForcibly();
    }
    awaitRunning(topology, workers);
  }

  /** Waits until every spout and bolt is up, on so many workers. */
  private void awaitRunning(String topology, int workers) {
    await(
        topology + " runs on " + workers + " workers",
        () -> {
          TopologyInfo info = info(topology);
          List<ExecutorSummary> executors = info.get_executors();
          return info.get_status().equals("ACTIVE")
              && executors.stream().mapToInt(ExecutorSummary::get_port).distinct().count()
                  == workers
              && executors.stream().allMatch(ExecutorSummary::is_set_stats);
        });
  }

  private TopologyInfo info(String topology) {
    return ask(nimbus -> nimbus.getTopologyInfoByName(topology));
  }

  /**
   * Kills a worker as a machine does that loses its power.
   *
   * @param component of whose tasks it runs the first
   */
  void killWorker(String topology, String component) {
    TopologyInfo info = info(topology);
    int port =
        info.get_executors().stream()
            .filter(executor -> executor.get_component_id().equals(component))
            .min(Comparator.comparingInt(each -> each.get_executor_info().get_task_start()))
            .orElseThrow()
            .get_port();
    Path file =
        home.resolve("logs/workers-artifacts")
            .resolve(info.get_id())
            .resolve(Integer.toString(port))
            .resolve("worker.pid");
    try {
      ProcessHandle worker =
          ProcessHandle.of(Long.parseLong(Files.readString(file).strip())).orElseThrow();
      worker.destroyForcibly();
      await("the worker of " + component + " dies", () -> !processes().contains(worker));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Does what {@code storm rebalance} does, and waits until every spout and bolt is up again.
   *
   * @param workers how many there will be
   * @param executors how many of which component
   */
  void rebalance(String topology, int workers, Map<String, Integer> executors) {
    RebalanceOptions options = new RebalanceOptions();
    options.set_wait_secs(1);
    options.set_num_workers(workers);
    options.set_num_executors(executors);
    ask(
        nimbus -> {
          nimbus.rebalance(topology, options);
          return null;
        });
    awaitRunning(topology, workers);
  }

  /** Does what {@code storm kill} does, and waits until no worker is left. */
  void kill(String topology, int waitSeconds) {
    KillOptions options = new KillOptions();
    options.set_wait_secs(waitSeconds);
    ask(
        nimbus -> {
          nimbus.killTopologyWithOpts(topology, options);
          return null;
        });
    await(
        "Nimbus forgets " + topology,
        () -> ask(nimbus -> nimbus.getClusterInfo().get_topologies_size()) == 0);
    await("the workers of " + topology + " end", () -> processes().size() == daemons.size());
  }

  private interface Question<T> {
    T ask(Nimbus.Iface nimbus) throws TException;
  }

  private <T> T ask(Question<T> question) {
    Map<String, Object> settings = Utils.readDefaultConfig();
    settings.put(Config.NIMBUS_SEEDS, List.of("localhost"));
    settings.put(Config.NIMBUS_THRIFT_PORT, nimbusPort);
    try (NimbusClient client = NimbusClient.Builder.withConf(settings).build()) {
      return question.ask(client.getClient());
    } catch (TException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits for something that happens while the daemons live, and shows their logs otherwise. */
  void await(String what, Callable<Boolean> something) {
    try {
      Awaitility.await(what)
          .atMost(LIMIT)
          .until(
              () -> {
                assertThat(daemons).as(this::log).allMatch(Process::isAlive);
                return something.call();
              });
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(e.getMessage() + log(), e);
    }
  }

  /** The end of each log, and the troubles of which it tells. */
  String log() {
    StringBuilder text = new StringBuilder();
    try (Stream<Path> files = Files.walk(home.resolve("logs"))) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        List<String> lines = Files.readAllLines(file);
        text.append("\n--- ").append(home.relativize(file)).append('\n');
        for (int i = 0; i < lines.size(); i++) {
          String line = lines.get(i);
          if (i > lines.size() - 10
              || line.matches("(\\S+ (ERROR|WARN ) |Caused by:).*")
                  && !line.contains("connection attempt")) { // to a worker that is not yet up
            text.append(line).append('\n');
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  /** What runs of this cluster: every process has its folder in its command line. */
  private List<ProcessHandle> processes() {
    return ProcessHandle.allProcesses()
        .filter(process -> process.info().commandLine().orElse("").contains(home.toString()))
        .toList();
  }

  private void stop() {
    Awaitility.await("every process ends")
        .atMost(LIMIT)
        .until(
            () -> {
              List<ProcessHandle> left =
                  processes(); // each time: one may just have started another
              left.forEach(ProcessHandle::destroyForcibly);
              return left.isEmpty();
            });
  }

  /** Stops every process. */
  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(atExit);
    stop();
  }
}
