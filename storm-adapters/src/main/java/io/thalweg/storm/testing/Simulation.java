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
 * Simulation of a topology under failures: no cluster, no broker, no threads, and the same run for
 * the same seed.
 *
 * <pre>{@code
 * Outcome outcome = Simulation.of(topology)        // as it would be submitted
 *     .records(readings)                           // the records of the topic, with their times
 *     .disorderMillis(200)
 *     .randomFaults(4)
 *     .seed(seed)
 *     .run();
 * assertThat(outcome.settled()).isTrue();
 * assertThat(outcome.late()).isEmpty();
 * assertThat(outcome.rows().keySet()).isEqualTo(expectedIds);
 * }</pre>
 *
 * <p>A topology is correct if its rows are those of a run without faults for every seed:
 * <em>effectively once</em>. Compute the expected rows from the records themselves. If a seed
 * fails, the {@link Outcome#trace} of the same seed shows the cause, and {@link #faults} with fewer
 * faults shows which of them matter.
 *
 * <h2>Real parts</h2>
 *
 * The bolts: any {@code IRichBolt}, deserialized from the built topology as in a worker, with
 * Storm's contexts, tuples, groupings, ticks and clock ({@code org.apache.storm.utils.Time},
 * simulated). Values pass through Storm's serialization. The edges of an ack tree are created and
 * joined as in Storm.
 *
 * <h2>Modelled parts</h2>
 *
 * <ul>
 *   <li>The spout with a watermark stream: the protocol of {@code LowWatermarkKafkaSpout}, at least
 *       once, contiguous commits every 800 ms, heartbeats every 200 ms, which are tracked and sent
 *       again if they fail, restart from the committed offset, partition {@code p} read by task
 *       {@code p % tasks}. Times are shorter than in production: the message timeout is 1.2 to 2.4
 *       s, a partition is idle after 0.6 s.
 *   <li>If no spout has a watermark stream, the spout that reads records, as {@code KafkaSources}
 *       creates it: the protocol of Storm's own Kafka spout, which is the same without heartbeats.
 *       The run ends when all records are acked: windows that only later records close stay open.
 *       Other spouts are omitted.
 *   <li>The network: tuples between two instances keep their order and take 1 to 15 ms; a sender
 *       may not know a successor for 0.4 s.
 *   <li>The store of every {@code ProcessorBolt}, unless {@link #store} sets another: durable and
 *       fenced; a commit takes 1 to 30 ms. Other bolts find it in their configuration under {@link
 *       #STORE}.
 *   <li>The sink of all streams that no bolt receives: it replaces a row by a newer version,
 *       ordered by epoch and number, and marks retracted rows as deleted. It collects late events
 *       and dead letters.
 * </ul>
 *
 * <h2>Faults</h2>
 *
 * See {@link Faults}. A bolt needs no hooks: the collector and the store that it receives kill or
 * pause it in the middle of a step. Any other exception of a bolt is a defect and is thrown by
 * {@link #run}.
 *
 * <p>Storm's clock is shared by the whole virtual machine, so only one simulation can run at a
 * time. A run of a few seconds of stream takes some ten milliseconds.
 */
public final class Simulation {

  /** Key of the {@link StateStore} of the simulation in the configuration of a bolt. */
  public static final String STORE = World.STORE;

  private final StormTopology topology;
  private final Map<String, Object> configuration = new HashMap<>();
  private final List<TopicRecord> records = new ArrayList<>();
  private Faults faults = new Faults();
  private int randomFaults;
  private Integer maxUncommittedOffsets;
  private long seed;
  private long disorderMillis;
  private long idleMillis = 600;
  private long idleAdvanceMillis = 10_000;
  private int timeoutMillis = 1_200;
  private long untilMillis = -1;
  private StateStore store;
  private SpoutInstance.Factory spouts = ModelSpout::new;
  private final Set<Safeguard> off = EnumSet.noneOf(Safeguard.class);

  private Simulation(StormTopology topology) {
    this.topology = topology;
  }

  /**
   * Creates a simulation of a topology.
   *
   * @param topology a topology with exactly one spout that declares a stream {@code watermark}, or
   *     else exactly one that reads records
   * @return a simulation without records and faults
   */
  public static Simulation of(TopologyBuilder topology) {
    return new Simulation(topology.createTopology());
  }

  /**
   * Sets the seed.
   *
   * @param seed the seed of all random choices
   * @return this
   */
  public Simulation seed(long seed) {
    this.seed = seed;
    return this;
  }

  /**
   * Adds records to the topic.
   *
   * @param records those of one partition ascending in offset and time
   * @return this
   */
  public Simulation records(List<TopicRecord> records) {
    this.records.addAll(records);
    return this;
  }

  /**
   * Sets the faults.
   *
   * @param faults the faults
   * @return this
   */
  public Simulation faults(Faults faults) {
    this.faults = requireNonNull(faults, "faults");
    return this;
  }

  /**
   * Adds random faults of every kind, at any time from the start to 2 s after the last record. A
   * bolt that is grouped by fields may be rescaled.
   *
   * @param number the number of faults
   * @return this
   * @throws IllegalArgumentException if the number is negative
   */
  public Simulation randomFaults(int number) {
    this.randomFaults = Math.toIntExact(notNegative("number of faults", number));
    return this;
  }

  /**
   * Sets the disorder bound of a partition. The default is 0.
   *
   * @param millis the bound, as in the options of the spout
   * @return this
   * @throws IllegalArgumentException if the bound is negative
   */
  public Simulation disorderMillis(long millis) {
    this.disorderMillis = notNegative("disorder", millis);
    return this;
  }

  /**
   * Sets the time without records after which a partition is idle. The default is 600 ms.
   *
   * @param millis the time
   * @return this
   * @throws IllegalArgumentException if the time is negative
   */
  public Simulation idleMillis(long millis) {
    this.idleMillis = notNegative("idle time", millis);
    return this;
  }

  /**
   * Sets the distance to the clock at which event time goes on while all partitions are idle. The
   * clock is the time of the run. The default is that of the spout, 10 s.
   *
   * @param millis the distance
   * @return this
   * @throws IllegalArgumentException if the distance is negative
   */
  public Simulation idleAdvanceMillis(long millis) {
    this.idleAdvanceMillis = notNegative("distance", millis);
    return this;
  }

  /**
   * Stops event time while all partitions are idle.
   *
   * @return this
   */
  public Simulation withoutIdleAdvance() {
    this.idleAdvanceMillis = -1;
    return this;
  }

  /**
   * Bounds the records in flight of a partition. The default is the bound of the spout of the
   * topology; a plain spout is unbounded.
   *
   * @param offsets the bound, positive
   * @return this
   * @throws IllegalArgumentException if the bound is not positive
   */
  public Simulation maxUncommittedOffsets(int offsets) {
    if (offsets <= 0) {
      throw new IllegalArgumentException("offsets must be positive: " + offsets);
    }
    this.maxUncommittedOffsets = offsets;
    return this;
  }

  /**
   * Sets the message timeout: a tuple that is not acked fails after this time to twice this time,
   * as in Storm. The default is 1,200 ms. The setting {@code topology.message.timeout.secs}, which
   * bolts read, is unchanged.
   *
   * @param millis the time, positive
   * @return this
   * @throws IllegalArgumentException if the time is not positive
   */
  public Simulation messageTimeoutMillis(int millis) {
    if (millis <= 0) {
      throw new IllegalArgumentException("message timeout must be positive: " + millis);
    }
    this.timeoutMillis = millis;
    return this;
  }

  /**
   * Ends the run at a time, in the middle of the stream. By default the stream ends with the last
   * record: the spout emits a watermark of {@code Long.MAX_VALUE} once all records are acked, and
   * the run ends when it has passed through the topology, or at 120 s. With a plain spout, the run
   * ends once all records are acked.
   *
   * @param millis the time
   * @return this
   * @throws IllegalArgumentException if the time is negative
   */
  public Simulation untilMillis(long millis) {
    this.untilMillis = notNegative("time", millis);
    return this;
  }

  /**
   * Adds settings to the configuration of the bolts.
   *
   * @param settings by name, as in {@code storm.yaml}
   * @return this
   */
  public Simulation configuration(Map<String, Object> settings) {
    configuration.putAll(settings);
    return this;
  }

  /**
   * Replaces the store of the simulation.
   *
   * @param store stores the state of the bolts in this virtual machine; it is not closed
   * @return this
   */
  public Simulation store(StateStore store) {
    this.store = requireNonNull(store, "store");
    return this;
  }

  /** Switches off a safeguard, to check that a test fails without it. */
  Simulation without(Safeguard safeguard) {
    off.add(safeguard);
    return this;
  }

  /** Replaces the model of the spout. */
  Simulation spouts(SpoutInstance.Factory spouts) {
    this.spouts = spouts;
    return this;
  }

  private static long notNegative(String name, long value) {
    if (value < 0) {
      throw new IllegalArgumentException(name + " must not be negative: " + value);
    }
    return value;
  }

  /**
   * Runs the simulation.
   *
   * @return the outcome
   * @throws IllegalArgumentException if the topology does not have exactly one spout that can be
   *     simulated, if it lacks the component of a fault, or if the records are not in order
   * @throws IllegalStateException if a bolt throws without a fault
   */
  public Outcome run() {
    Time.SimulatedTime time = new Time.SimulatedTime();
    try {
      Chance chance = new Chance(seed);
      Deployment first = deployment(1, Map.of());
      List<List<TopicRecord>> logs = logs();
      long lastArrival = records.stream().mapToLong(TopicRecord::at).max().orElse(0);
      List<Faults.Fault> all = new ArrayList<>(faults.all());
      if (randomFaults > 0) {
        all.addAll(
            new RandomFaults(chance, first, logs.size(), lastArrival).draw(randomFaults).all());
      }
      RunSettings settings =
          new RunSettings(
              seed,
              logs,
              lastArrival,
              disorderMillis,
              idleMillis,
              idleAdvanceMillis,
              timeoutMillis,
              untilMillis,
              store,
              off);
      return new SimulationRun(settings, chance, first, this::deployment, all, spouts).run();
    } finally {
      time.close();
    }
  }

  Deployment deployment(int number, Map<String, Integer> tasks) {
    return new Deployment(
        topology, "simulation", number, tasks, configuration, maxUncommittedOffsets);
  }

  /** Returns the records of each partition. */
  private List<List<TopicRecord>> logs() {
    List<List<TopicRecord>> logs = new ArrayList<>();
    for (TopicRecord each : records) {
      while (logs.size() <= each.partition()) {
        logs.add(new ArrayList<>());
      }
      List<TopicRecord> log = logs.get(each.partition());
      if (!log.isEmpty()) {
        TopicRecord before = log.get(log.size() - 1);
        if (before.offset() >= each.offset() || before.at() > each.at()) {
          throw new IllegalArgumentException(
              "records of a partition must ascend in offset and time: %s, then %s"
                  .formatted(before, each));
        }
      }
      log.add(each);
    }
    return logs;
  }
}
