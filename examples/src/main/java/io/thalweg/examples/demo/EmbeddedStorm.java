package io.thalweg.examples.demo;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.storm.Config;
import org.apache.storm.LocalCluster;
import org.apache.storm.generated.ExecutorSummary;
import org.apache.storm.generated.StormTopology;
import org.apache.storm.thrift.TException;

/**
 * A Storm cluster in this JVM that runs one topology: Nimbus, a supervisor and a worker as threads.
 * It starts in 2 to 4 seconds and the topology's first tuple follows 4 seconds after its
 * submission. Storm leaves threads behind that keep the JVM alive: end a {@code main} with {@link
 * System#exit}.
 *
 * <p>Thread-safety: one thread.
 */
public final class EmbeddedStorm implements AutoCloseable {

  // A topology that is killed while its worker is still being set up makes Storm halt the JVM.
  private static final Duration SETUP_LIMIT = Duration.ofSeconds(60);

  private final LocalCluster cluster;
  private String topology;

  private EmbeddedStorm(LocalCluster cluster) {
    this.cluster = cluster;
  }

  /**
   * Starts a cluster.
   *
   * @return a cluster that takes a topology
   * @throws IllegalStateException if it does not start
   */
  public static EmbeddedStorm start() {
    try {
      return new EmbeddedStorm(
          new LocalCluster.Builder()
              // off in local mode by default, and then nothing is ever replayed
              .withDaemonConf(Config.TOPOLOGY_ENABLE_MESSAGE_TIMEOUTS, true)
              // the default one needs RocksDB, 73 MB
              .withDaemonConf(
                  "storm.metricstore.class", "org.apache.storm.metricstore.NoOpMetricStore")
              .build());
    } catch (Exception e) {
      throw new IllegalStateException("the embedded storm did not start: " + e.getMessage(), e);
    }
  }

  /**
   * Submits the topology. Its worker starts in the background.
   *
   * @param name the name of the topology
   * @param config its configuration
   * @param code its spouts and bolts
   * @throws IllegalStateException if this cluster has a topology already, or refuses this one
   */
  public void submit(String name, Map<String, Object> config, StormTopology code) {
    if (topology != null) {
      throw new IllegalStateException("one topology a cluster: " + topology);
    }
    try {
      cluster.submitTopology(name, config, code);
    } catch (TException e) {
      throw new IllegalStateException("storm refused topology " + name + ": " + e.getMessage(), e);
    }
    topology = name;
  }

  /**
   * Whether every spout and bolt of the topology is up.
   *
   * @return false before, and if there is no topology
   */
  public boolean running() {
    try {
      if (topology == null) {
        return false;
      }
      var executors = cluster.getTopologyInfoByName(topology).get_executors();
      return !executors.isEmpty() && executors.stream().allMatch(EmbeddedStorm::up);
    } catch (TException e) {
      return false; // not yet known to Nimbus
    }
  }

  private static boolean up(ExecutorSummary executor) {
    return executor.is_set_stats();
  }

  /**
   * Kills the topology and stops the cluster, in 3 to 6 seconds. If the topology is still starting,
   * waits until it has started.
   */
  @Override
  public void close() {
    try {
      if (topology != null) {
        long limit = System.nanoTime() + SETUP_LIMIT.toNanos();
        while (!running() && System.nanoTime() < limit) {
          TimeUnit.MILLISECONDS.sleep(100);
        }
        cluster.killTopologyWithOpts(topology, LocalCluster.KILL_NOW);
      }
      cluster.close();
    } catch (Exception e) {
      throw new IllegalStateException("storm did not stop cleanly: " + e.getMessage(), e);
    }
  }
}
