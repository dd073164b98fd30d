package io.thalweg.examples.runtime;

import io.thalweg.storm.StateStore;
import java.nio.file.Path;
import org.apache.storm.Config;

/**
 * Where a topology runs: what differs from one run of it to the next.
 *
 * @param bootstrapServers the brokers
 * @param groupId the consumer group
 * @param database the SQLite file for the results
 * @param store keeps the state of the bolts
 * @param run the name under which {@link Progress} is counted, and the end announced
 */
public record RunSettings(
    String bootstrapServers, String groupId, Path database, StateStore store, String run) {

  /**
   * The configuration that a topology of the examples needs.
   *
   * @return a configuration, to which more may be added
   */
  public static Config config() {
    Config config = new Config();
    config.setNumWorkers(1);
    config.setNumAckers(1);
    config.setMessageTimeoutSecs(30);
    // "storm local" turns it off, and then nothing is ever replayed
    config.put(Config.TOPOLOGY_ENABLE_MESSAGE_TIMEOUTS, true);
    // a bolt that is out of tuples sleeps for 1 ms, and does not wake for each handful of them
    config.put(Config.TOPOLOGY_BOLT_WAIT_PROGRESSIVE_LEVEL2_COUNT, 0);
    return config;
  }
}
