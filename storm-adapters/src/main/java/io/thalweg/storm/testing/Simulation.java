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
 * Runs the bolts of a topology in a world where everything goes wrong and nothing takes time: no
 * cluster, no broker, no threads, and the same seed gives the same run.
 *
 * <pre>{@code
 * Outcome outcome = Simulation.of(topology)        // as it would be submitted
 *     .records(readings)                           // what comes to be in Kafka, and when
 *     .disorderMillis(200)
 *     .randomFaults(4)
 *     .seed(seed)
 *     .run();
 * assertThat(outcome.settled()).isTrue();
 * assertThat(outcome.late()).isEmpty();
 * assertThat(outcome.rows().keySet()).isEqualTo(expectedIds);
 * }</pre>
 *
 * <p>A topology is right when, whatever the seed, its rows are those of a run without faults:
 * <em>effectively once</em>. Compute what is expected from the records themselves. When a seed
 * fails, the {@link Outcome#trace} of the same seed tells how it came to that, and {@link #faults}
 * with fewer faults which of them matter.
 *
 * <h2>What is real</h2>
 *
 * The bolts: any {@code IRichBolt}, taken out of the built topology by Java serialization as a
 * worker does, with Storm's own contexts, tuples, groupings, ticks and clock ({@code
 * org.apache.storm.utils.Time}, simulated). Values go through Storm's serialization. The edges of
 * an ack tree are made and joined as Storm makes and joins them.
 *
 * <h2>What is a model</h2>
 *
 * <ul>
 *   <li>The one spout that has a watermark stream: the protocol of {@code LowWatermarkKafkaSpout},
 *       at least once, contiguous commits every 800 ms, heartbeats every 200 ms, tracked and sent
 *       again when they fail, restart from the committed offset, partition {@code p} read by task
 *       {@code p % tasks}. Times are shorter than in production: the message timeout is 1.2 to 2.4
 *       s, a partition is idle after 0.6 s.
 *   <li>Where no spout has a watermark stream, the one that reads records, as {@code KafkaSources}
 *       makes it: the protocol of Storm's own Kafka spout, which is the same without heartbeats.
 *       The run ends when all records are acked: what is due only with later ones stays open. Other
 *       spouts are left out.
 *   <li>The network: from instance to instance first in, first out, 1 to 15 ms; a sender may not
 *       know a successor for 0.4 s.
 *   <li>The store of every {@code ProcessorBolt}, unless {@link #store} gives another: durable and
 *       fenced; a commit takes 1 to 30 ms. Other bolts find it in their configuration under {@link
 *       #STORE}.
 *   <li>The sink of whatever nobody listens to: it replaces a row by its id where epoch and number
 *       are newer, and keeps what is deleted as a row marked so. The streams of late events and
 *       dead letters are collected.
 * </ul>
 *
 * <h2>What goes wrong</h2>
 *
 * See {@link Faults}. A bolt needs no hooks for it: the collector and the store that it is given
 * kill it, or stop it for a while, in the middle of what it does. Any other exception of a bolt is
 * taken for a defect and thrown by {@link #run}.
 *
 * <p>Storm's clock is one for the whole virtual machine: one simulation at a time. A run of some
 * seconds of stream takes some ten milliseconds.
 */
public final class Simulation {

  /** Where a bolt finds the {@link StateStore} of the simulation in its configuration. */
  public static final String STORE = "thalweg.simulation.store";

  private final StormTopology topology;
  private final Map<String, Object> configuration = new HashMap<>();
  private final List<TopicRecord> arrivals = new ArrayList<>();
  private Faults faults = new Faults();
  private int randomFaults;
  private Integer maxUncommittedOffsets;
  long seed;
  long disorderMillis;
  long idleMillis = 600;
  int timeoutMillis = 1_200;
  long untilMillis = -1;
  StateStore store;
  SpoutInstance.Factory spouts = ModelSpout::new;
  final Set<Safeguard> off = EnumSet.noneOf(Safeguard.class);

  private Simulation(StormTopology topology) {
    this.topology = topology;
  }

  /**
   * Prepares a run of a topology.
   *
   * @param topology with one spout that declares a stream {@code watermark}, or else one that reads
   *     records
   * @return a simulation without records and faults
   */
  public static Simulation of(TopologyBuilder topology) {
    return new Simulation(topology.createTopology());
  }

  /**
   * Chooses one of many runs.
   *
   * @param seed decides everything that is left to chance
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
    arrivals.addAll(records);
    return this;
  }

  /**
   * Says what goes wrong.
   *
   * @param faults what goes wrong
   * @return this
   */
  public Simulation faults(Faults faults) {
    this.faults = requireNonNull(faults, "faults");
    return this;
  }

  /**
   * Lets more go wrong, as the seed says: faults of every kind, at any time from the start to 2 s
   * after the last record. A bolt that is grouped by fields may get another number of tasks.
   *
   * @param number how many faults
   * @return this
   * @throws IllegalArgumentException if the number is negative
   */
  public Simulation randomFaults(int number) {
    this.randomFaults = Math.toIntExact(notNegative("number of faults", number));
    return this;
  }

  /**
   * Says how far event times are out of order within a partition. 0 by default.
   *
   * @param millis the bound, as given to the spout
   * @return this
   * @throws IllegalArgumentException if the bound is negative
   */
  public Simulation disorderMillis(long millis) {
    this.disorderMillis = notNegative("disorder", millis);
    return this;
  }

  /**
   * Says after which silence a partition does not count. 600 ms by default.
   *
   * @param millis the silence
   * @return this
   * @throws IllegalArgumentException if the time is negative
   */
  public Simulation idleMillis(long millis) {
    this.idleMillis = notNegative("idle time", millis);
    return this;
  }

  /**
   * Bounds what the spout may have in flight in one partition. By default as the spout of the
   * topology says; a plain spout does not, and is not bounded then.
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
   * Says when a tuple fails that is not acked: after this time to twice this time, as in Storm.
   * 1,200 ms by default. Bolts read {@code topology.message.timeout.secs} of the configuration,
   * which stays as it is.
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
   * Ends the run at a time, in the middle of a stream that goes on. By default the records are all
   * there will ever be: the spout says so with a watermark of {@code Long.MAX_VALUE} once all are
   * acked, and the run ends when that has passed through the topology, or at 120 s. A plain spout
   * cannot say so: there the run ends once all are acked.
   *
   * @param millis when
   * @return this
   * @throws IllegalArgumentException if the time is negative
   */
  public Simulation untilMillis(long millis) {
    this.untilMillis = notNegative("time", millis);
    return this;
  }

  /**
   * Adds to the configuration that the bolts are given.
   *
   * @param settings by name, as in {@code storm.yaml}
   * @return this
   */
  public Simulation configuration(Map<String, Object> settings) {
    configuration.putAll(settings);
    return this;
  }

  /**
   * Gives the bolts another store than the simulation's own, in this virtual machine.
   *
   * @param store keeps their state; it is not closed
   * @return this
   */
  public Simulation store(StateStore store) {
    this.store = requireNonNull(store, "store");
    return this;
  }

  /** Takes away what makes results right, to see that a test would notice. */
  Simulation without(Safeguard safeguard) {
    off.add(safeguard);
    return this;
  }

  /** Runs other spouts than the model. */
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
   * Runs.
   *
   * @return what it came to
   * @throws IllegalArgumentException if the topology has not one spout that can be simulated, a
   *     fault names a component that it has not, or the records are not in order
   * @throws IllegalStateException if a bolt throws though nothing was done to it
   */
  public Outcome run() {
    Time.SimulatedTime time = new Time.SimulatedTime();
    try {
      Chance chance = new Chance(seed);
      Deployment first = deployment(1, Map.of());
      List<Faults.Fault> all = new ArrayList<>(faults.all());
      if (randomFaults > 0) {
        all.addAll(
            new RandomFaults(chance, first, logs().size(), lastArrival()).draw(randomFaults).all());
      }
      return new World(this, chance, first, all).run();
    } finally {
      time.close();
    }
  }

  Deployment deployment(int number, Map<String, Integer> tasks) {
    return new Deployment(
        topology, "simulation", number, tasks, configuration, maxUncommittedOffsets);
  }

  long lastArrival() {
    return arrivals.stream().mapToLong(TopicRecord::at).max().orElse(0);
  }

  /** The records by partition. */
  List<List<TopicRecord>> logs() {
    List<List<TopicRecord>> logs = new ArrayList<>();
    for (TopicRecord arrival : arrivals) {
      while (logs.size() <= arrival.partition()) {
        logs.add(new ArrayList<>());
      }
      List<TopicRecord> log = logs.get(arrival.partition());
      if (!log.isEmpty()) {
        TopicRecord before = log.get(log.size() - 1);
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
}
