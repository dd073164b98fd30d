package io.thalweg.storm.testing;

import static java.util.Objects.requireNonNull;

import io.thalweg.storm.StateStore;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.storm.generated.StormTopology;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.utils.Time;

/**
 * Runs the bolts of a topology, as they come to a worker, in a world where everything goes wrong
 * and nothing takes real time.
 */
public final class Simulation {

  /** Where a bolt finds the store of the simulation in its configuration. */
  public static final String STORE = "thalweg.simulation.store";

  /** Of the message timeout: the spout's in-flight bound, as bolts read it. */
  private static final String MAX_UNCOMMITTED_OFFSETS = "thalweg.max.uncommitted.offsets";

  private final StormTopology topology;
  private final Map<String, Object> configuration = new HashMap<>();
  private final List<Arrival> arrivals = new ArrayList<>();
  private Faults faults = new Faults();
  private int randomFaults;
  long seed;
  long disorderMillis;
  long idleMillis = 600;
  int maxUncommittedOffsets = 1_000;
  int timeoutMillis = 1_200;
  long untilMillis = -1;
  StateStore store;
  final Set<Safeguard> off = EnumSet.noneOf(Safeguard.class);

  private Simulation(StormTopology topology) {
    this.topology = topology;
  }

  public static Simulation of(TopologyBuilder topology) {
    return new Simulation(topology.createTopology());
  }

  public Simulation seed(long seed) {
    this.seed = seed;
    return this;
  }

  public Simulation records(List<Arrival> records) {
    arrivals.addAll(records);
    return this;
  }

  public Simulation faults(Faults faults) {
    this.faults = requireNonNull(faults, "faults");
    return this;
  }

  public Simulation randomFaults(int number) {
    this.randomFaults = number;
    return this;
  }

  public Simulation disorderMillis(long millis) {
    this.disorderMillis = millis;
    return this;
  }

  public Simulation idleMillis(long millis) {
    this.idleMillis = millis;
    return this;
  }

  public Simulation maxUncommittedOffsets(int offsets) {
    this.maxUncommittedOffsets = offsets;
    return this;
  }

  public Simulation messageTimeoutMillis(int millis) {
    this.timeoutMillis = millis;
    return this;
  }

  public Simulation untilMillis(long millis) {
    this.untilMillis = millis;
    return this;
  }

  public Simulation configuration(Map<String, Object> settings) {
    configuration.putAll(settings);
    return this;
  }

  public Simulation store(StateStore store) {
    this.store = requireNonNull(store, "store");
    return this;
  }

  Simulation without(Safeguard safeguard) {
    off.add(safeguard);
    return this;
  }

  Deployment deployment(int number, Map<String, Integer> tasks) {
    return new Deployment(
        topology,
        "simulation",
        number,
        tasks,
        configuration,
        Map.of(MAX_UNCOMMITTED_OFFSETS, maxUncommittedOffsets));
  }

  List<List<Arrival>> logs() {
    List<List<Arrival>> logs = new ArrayList<>();
    for (Arrival arrival : arrivals) {
      while (logs.size() <= arrival.partition()) {
        logs.add(new ArrayList<>());
      }
      List<Arrival> log = logs.get(arrival.partition());
      if (!log.isEmpty()) {
        Arrival before = log.get(log.size() - 1);
        if (before.offset() >= arrival.offset() || before.at() > arrival.at()) {
          throw new IllegalArgumentException(
              "records of a partition must ascend in offset and time: %s, then %s"
                  .formatted(before, arrival));
        }
      }
      log.add(arrival);
    }
    return logs;
  }

  public Outcome run() {
    Time.SimulatedTime time = new Time.SimulatedTime();
    try {
      Dice dice = new Dice(seed);
      Deployment first = deployment(1, Map.of());
      List<Faults.Fault> all = new ArrayList<>(faults.all());
      if (randomFaults > 0) {
        long last = arrivals.stream().mapToLong(Arrival::at).max().orElse(0);
        all.addAll(new RandomFaults(dice, first, logs().size(), last).draw(randomFaults).all());
      }
      return new World(this, dice, first, all).run();
    } finally {
      time.close();
    }
  }
}
