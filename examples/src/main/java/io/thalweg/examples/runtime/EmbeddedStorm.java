package io.thalweg.examples.runtime;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.storm.Config;
import org.apache.storm.LocalCluster;
import org.apache.storm.generated.ExecutorSummary;
import org.apache.storm.generated.StormTopology;
import org.apache.storm.thrift.TException;

/**
 * Storm cluster in this JVM, with Nimbus, supervisors and workers as threads. It starts in 2 to 4
 * seconds; the first tuple of a topology follows 4 seconds after its submission. Storm leaves
 * threads running that keep the JVM alive: end a {@code main} with {@link System#exit}.
 *
 * <p>Thread-safety: one thread.
 */
public final class EmbeddedStorm implements AutoCloseable {

  // A topology that is killed while its worker is still being set up makes Storm halt the JVM.
  private static final Duration SETUP_LIMIT = Duration.ofSeconds(60);

  private static final Duration POLL_INTERVAL = Duration.ofMillis(100);
  private static final String TEMPORARY = "java.io.tmpdir";

  private final LocalCluster cluster;
  private final TemporaryFolder folder;
  private final Set<String> topologies = new HashSet<>();

  /** Topologies that have been seen running: their workers are set up. */
  private final Set<String> setUp = new HashSet<>();

  private EmbeddedStorm(LocalCluster cluster, TemporaryFolder folder) {
    this.cluster = cluster;
    this.folder = folder;
  }

  /**
   * Starts a cluster.
   *
   * @return a cluster that accepts topologies
   * @throws DemoException if it does not start
   */
  public static EmbeddedStorm start() {
    TemporaryFolder folder = TemporaryFolder.of("storm");
    String temporary = System.getProperty(TEMPORARY);
    try {
      // A local cluster takes the folders of its daemons from here, and from nowhere else.
      System.setProperty(TEMPORARY, folder.resolve("").toString());
      return new EmbeddedStorm(
          new LocalCluster.Builder()
              // off by default in local mode; failed tuples would never be replayed
              .withDaemonConf(Config.TOPOLOGY_ENABLE_MESSAGE_TIMEOUTS, true)
              // Every local cluster has its ZooKeeper at the first free port from 2000. Clients
              // of a closed cluster may reconnect to the next one, and must not find their data.
              .withDaemonConf(Config.STORM_ZOOKEEPER_ROOT, "/" + UUID.randomUUID())
              // the default one needs RocksDB, 73 MB
              .withDaemonConf(
                  "storm.metricstore.class", "org.apache.storm.metricstore.NoOpMetricStore")
              .build(),
          folder);
    } catch (Exception e) {
      throw new DemoException("the embedded storm did not start: " + e.getMessage(), e);
    } finally {
      System.setProperty(TEMPORARY, temporary);
    }
  }

  /**
   * Submits a topology. Its worker starts in the background.
   *
   * @param name the name of the topology, new on this cluster
   * @param config its configuration
   * @param code its spouts and bolts
   * @throws IllegalStateException if the cluster refuses it
   */
  public void submit(String name, Map<String, Object> config, StormTopology code) {
    try {
      cluster.submitTopology(name, config, code);
    } catch (TException e) {
      throw new IllegalStateException("storm refused topology " + name + ": " + e.getMessage(), e);
    }
    topologies.add(name);
  }

  /**
   * Returns whether every spout and bolt of a topology runs.
   *
   * @param name the name of the topology
   * @return true once all of them run
   */
  public boolean running(String name) {
    try {
      var executors = cluster.getTopologyInfoByName(name).get_executors();
      boolean runs =
          !executors.isEmpty()
              && (executors.stream().allMatch(ExecutorSummary::is_set_stats)
                  || topologies.size() == 1 && haveThreads(executors));
      if (runs) {
        setUp.add(name);
      }
      return runs;
    } catch (TException e) {
      return false; // not yet known to Nimbus
    }
  }

  /**
   * Returns whether every executor has its thread in this JVM. Nimbus does not always receive the
   * statistics of a local worker, although its executors run: one start in ten on two cores, with
   * Storm 2.8.3 on JDK 25. Thread names do not contain the topology.
   */
  private static boolean haveThreads(List<ExecutorSummary> executors) {
    Set<Thread> threads = Thread.getAllStackTraces().keySet();
    return executors.stream()
        .map(
            executor ->
                "-"
                    + executor.get_component_id()
                    + "-executor["
                    + executor.get_executor_info().get_task_start()
                    + ", "
                    + executor.get_executor_info().get_task_end()
                    + "]")
        .allMatch(name -> threads.stream().anyMatch(thread -> thread.getName().endsWith(name)));
  }

  /**
   * Waits until a topology runs.
   *
   * @param name the name of the topology
   * @param timeout the longest time to wait
   * @param stop ends the wait early; closing the cluster then waits for the start to finish
   * @return false if it was stopped
   * @throws DemoException after the timeout
   */
  public boolean awaitRunning(String name, Duration timeout, StopSignal stop) {
    long limit = System.nanoTime() + timeout.toNanos();
    while (!running(name)) {
      if (System.nanoTime() > limit) {
        throw new DemoException("the topology did not start within " + timeout, null);
      }
      if (stop.await(POLL_INTERVAL)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Kills a topology without draining it. Waits first if the topology is still starting. Its worker
   * runs on for about a second.
   *
   * @param name the name of the topology
   * @throws IllegalStateException if there is none of this name
   */
  public void kill(String name) {
    if (!topologies.remove(name)) {
      throw new IllegalStateException("no such topology: " + name);
    }
    try {
      long limit = System.nanoTime() + SETUP_LIMIT.toNanos();
      // Statistics may be missing for a while under load: once set up, there is nothing to wait
      // for.
      while (!setUp.contains(name) && !running(name) && System.nanoTime() < limit) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
      }
      cluster.killTopologyWithOpts(name, LocalCluster.KILL_NOW);
    } catch (TException e) {
      throw new IllegalStateException("storm cannot kill " + name + ": " + e.getMessage(), e);
    }
  }

  /** Kills all topologies and stops the cluster, in 3 to 6 seconds. */
  @Override
  public void close() {
    List.copyOf(topologies).forEach(this::kill);
    try {
      cluster.close();
    } catch (Exception e) {
      throw new IllegalStateException("storm did not stop cleanly: " + e.getMessage(), e);
    }
    folder.close();
  }
}
