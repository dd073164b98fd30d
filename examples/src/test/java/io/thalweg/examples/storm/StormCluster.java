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
 * Storm cluster of several processes: ZooKeeper, Nimbus, a supervisor with two slots, and its
 * workers, each in a JVM of its own. The jars come from the class path of this JVM. Daemons get the
 * whole class path. Workers and submitting programs get the jars in {@code lib-worker} of a Storm
 * distribution, the topology jar, and a folder of classes.
 *
 * <p>A supervisor needs the commands {@code ps} and {@code kill}, which some small Linux images
 * lack ({@link #isSupported}).
 *
 * <p>ZooKeeper listens on the loopback interface only. Nimbus, supervisor and workers listen on all
 * interfaces, at free ports, because Storm has no setting for the interface.
 */
final class StormCluster implements AutoCloseable {

  /** Time limit of each operation. */
  private static final Duration LIMIT = Duration.ofSeconds(120);

  /** Jars of storm-client 2.8 and its dependencies. */
  private static final String LIB_WORKER =
      """
      storm-client storm-shaded-deps slf4j-api log4j-api log4j-core log4j-slf4j2-impl
      log4j-over-slf4j jspecify bcpkix-jdk18on bcutil-jdk18on bcprov-jdk18on jakarta.activation
      jakarta.activation-api jakarta.xml.bind-api javax.annotation-api kryo reflectasm asm objenesis
      minlog metrics-core metrics-graphite metrics-jvm metrics-jmx amqp-client
      """;

  private static final String JVM_OPTIONS =
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
        # long, because test machines are slow; the supervisor detects a dead worker at once
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
                JVM_OPTIONS,
                JVM_OPTIONS));
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

  /** Returns whether this machine has the commands that a supervisor needs. */
  static boolean isSupported() {
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
            .filter(path -> !path.toString().contains("yammer")) // contains another metrics-core
            .toList();
    assertThat(found).as("jars of the class path named %s", name).hasSize(1);
    return found.get(0);
  }

  private static int[] freePorts(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) { // all open at the same time, so that the ports differ
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
   * @param home an empty folder for all files of the cluster
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
    startDaemon(
        "org.apache.storm.shade.org.apache.zookeeper.server.ZooKeeperServerMain",
        96,
        home.resolve("conf/zoo.cfg").toString());
    await("ZooKeeper listens", () -> isListening(zooKeeperPort));
    startDaemon("org.apache.storm.daemon.nimbus.Nimbus", 192);
    startDaemon("org.apache.storm.daemon.supervisor.Supervisor", 96);
    await("Nimbus knows the supervisor", () -> isListening(nimbusPort) && supervisors() == 1);
  }

  private int supervisors() {
    try {
      return call(nimbus -> nimbus.getClusterInfo().get_supervisors_size());
    } catch (NimbusLeaderNotFoundException e) {
      return 0; // the only candidate has not been elected yet
    }
  }

  private static boolean isListening(int port) {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private void startDaemon(String main, int heap, String... arguments) {
    daemons.add(
        startJava(
            main, heap, System.getProperty("java.class.path"), List.of(), List.of(arguments)));
  }

  private Process startJava(
      String main, int heap, String classPath, List<String> options, List<String> arguments) {
    String name = main.substring(main.lastIndexOf('.') + 1);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Dstorm.home=" + home);
    command.add("-Dlogfile.name=" + name + ".log");
    command.add("-Dlog4j2.configurationFile=" + home.resolve("log4j2/cluster.xml"));
    command.add("-Xmx" + heap + "m");
    command.addAll(List.of(JVM_OPTIONS.split(" ")));
    command.addAll(options);
    command.addAll(List.of("-cp", home.resolve("conf") + File.pathSeparator + classPath, main));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("logs").resolve(name + ".out").toFile());
    // the supervisor starts workers with this JVM
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Submits a topology, as {@code storm jar} does, and waits until every spout and bolt runs.
   *
   * @param topology the name of the topology
   * @param workers the number of workers that the topology requests
   * @param jar the topology jar
   * @param main the class that submits the topology
   * @param arguments the arguments of the class
   * @param extra folders of classes that are not in the jar
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
        startJava(
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

  /** Waits until every spout and bolt runs, on the given number of workers. */
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
    return call(nimbus -> nimbus.getTopologyInfoByName(topology));
  }

  /**
   * Kills a worker process without a shutdown.
   *
   * @param component the component whose first task the worker runs
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
   * Rebalances a topology, as {@code storm rebalance} does, and waits until every spout and bolt
   * runs.
   *
   * @param workers the new number of workers
   * @param executors the new number of executors, by component
   */
  void rebalance(String topology, int workers, Map<String, Integer> executors) {
    RebalanceOptions options = new RebalanceOptions();
    options.set_wait_secs(1);
    options.set_num_workers(workers);
    options.set_num_executors(executors);
    call(
        nimbus -> {
          nimbus.rebalance(topology, options);
          return null;
        });
    awaitRunning(topology, workers);
  }

  /** Kills a topology, as {@code storm kill} does, and waits until its workers have ended. */
  void kill(String topology, int waitSeconds) {
    KillOptions options = new KillOptions();
    options.set_wait_secs(waitSeconds);
    call(
        nimbus -> {
          nimbus.killTopologyWithOpts(topology, options);
          return null;
        });
    await(
        "Nimbus forgets " + topology,
        () -> call(nimbus -> nimbus.getClusterInfo().get_topologies_size()) == 0);
    await("the workers of " + topology + " end", () -> processes().size() == daemons.size());
  }

  private interface NimbusCall<T> {
    T apply(Nimbus.Iface nimbus) throws TException;
  }

  private <T> T call(NimbusCall<T> call) {
    Map<String, Object> settings = Utils.readDefaultConfig();
    settings.put(Config.NIMBUS_SEEDS, List.of("localhost"));
    settings.put(Config.NIMBUS_THRIFT_PORT, nimbusPort);
    try (NimbusClient client = NimbusClient.Builder.withConf(settings).build()) {
      return call.apply(client.getClient());
    } catch (TException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits for a condition. Fails with the logs if a daemon ends or the time limit is reached. */
  void await(String description, Callable<Boolean> condition) {
    try {
      Awaitility.await(description)
          .atMost(LIMIT)
          .until(
              () -> {
                assertThat(daemons).as(this::log).allMatch(Process::isAlive);
                return condition.call();
              });
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(e.getMessage() + log(), e);
    }
  }

  /** Returns the last lines of each log, and its warnings and errors. */
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
                  && !line.contains("connection attempt")) { // to a worker that has not started yet
            text.append(line).append('\n');
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  /** Returns the processes of the cluster, found by its folder in their command lines. */
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
                  processes(); // queried each time, because processes start others
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
