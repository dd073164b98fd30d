package io.thalweg.storm.testing;

import io.thalweg.storm.StateStore;
import java.util.BitSet;
import java.util.List;

/** Parts of the simulated cluster that task instances use. */
final class World {

  static final String TOPIC = "simulated";
  static final int HEARTBEAT_MILLIS = 200;

  /** Key of the state store in the configuration of a bolt. */
  static final String STORE = "thalweg.simulation.store";

  final RunSettings settings;
  final Clock clock;
  final Chance chance;
  final Trace trace;
  final FaultPlan faults;
  final AckTrees trees;
  final Supervisor supervisor;
  final Network network;
  final StateStore store;

  /** The records of each partition. */
  final List<List<TopicRecord>> logs;

  /** Number of records of each partition that the consumer group has committed. */
  final int[] committed;

  /** Partitions whose offset was committed after a heartbeat was confirmed. */
  final BitSet confirmed = new BitSet();

  final int pollMillis;
  final int storeMillis;

  World(
      RunSettings settings,
      Clock clock,
      Chance chance,
      Trace trace,
      FaultPlan faults,
      AckTrees trees,
      Supervisor supervisor,
      Network network) {
    this.settings = settings;
    this.clock = clock;
    this.chance = chance;
    this.trace = trace;
    this.faults = faults;
    this.trees = trees;
    this.supervisor = supervisor;
    this.network = network;
    store = settings.store() == null ? new SimulatedStore(settings.off()) : settings.store();
    logs = settings.logs();
    committed = new int[logs.size()];
    pollMillis = chance.oneOf(10, 40);
    storeMillis = chance.oneOf(2, 30);
  }

  boolean has(Safeguard safeguard) {
    return settings.has(safeguard);
  }

  /** Returns whether the topic has an end and all its records are written. */
  boolean isAllWritten() {
    return !settings.isEndless() && clock.now() > settings.lastArrival();
  }
}
