package io.thalweg.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.OperatingSystemMXBean;
import io.thalweg.Processor;
import io.thalweg.examples.runtime.EmbeddedStorm;
import io.thalweg.examples.runtime.KafkaTopics;
import io.thalweg.examples.runtime.TemporaryFolder;
import io.thalweg.stats.Moments;
import io.thalweg.stats.MomentsAccumulator;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.StateStore;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleMapping;
import io.thalweg.storm.jdbc.JdbcStateStore;
import io.thalweg.storm.kafka.Header;
import io.thalweg.storm.kafka.KafkaSources;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.storm.Config;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.topology.base.BaseWindowedBolt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.windowing.TupleWindow;

/**
 * Throughput of the adapters on Storm. A Kafka spout reads one topic into each of these bolts: one
 * that does nothing; {@link ProcessorBolt} (tumbling windows of 10 s, mean and standard deviation
 * of 10,000 keys, effectively once) with state in memory and in SQLite at several commit intervals;
 * and Storm's own windowed bolt, which recomputes each window.
 *
 * <p>Rates vary over time on a shared machine, and within one JVM with earlier runs. Each variant
 * therefore runs in a JVM of its own, of 4 GB, alternating with the bolt that does nothing, and
 * each rate is compared with its neighbour; the first turn is a warm-up. A rate covers the records
 * between the first and the last fifth: this excludes the start, and the last window, which Storm's
 * bolt never fires. The CPU time of all threads of the JVM is given for each of these records. The
 * broker is a separate process. The wait strategy of Storm's idle bolts changes all rates by a
 * third; see {@code docs/storm.md}.
 *
 * <p>Run by {@code java -cp
 * benchmarks/target/thalweg-benchmarks.jar:examples/target/thalweg-examples-all.jar
 * io.thalweg.benchmarks.StormThroughput [records] [turns] [pattern of names] [settings]}, where a
 * setting of all topologies is {@code topology.executor.receive.buffer.size=8192}, say; each of the
 * five takes some four minutes.
 */
public final class StormThroughput {

  /** First argument of the JVM that measures. */
  private static final String MEASURE = "measure";

  private static final String TOPIC = "numbers";
  private static final int KEYS = 10_000;

  /** One partition: Storm's windows follow the fastest partition and would drop the others. */
  private static final int PARTITIONS = 1;

  private static final int TASKS = 2;

  /** Records for each second of event time. */
  private static final int RECORDS_A_SECOND = 20_000;

  /** Largest number of records in flight. */
  private static final int IN_FLIGHT = 1_000_000;

  /** Records of a window. */
  private static final int WINDOW = 10 * RECORDS_A_SECOND;

  private static final Duration NO_PROGRESS_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration QUIET_PERIOD = Duration.ofSeconds(3);
  private static final long START_TIME = 1_700_000_000_000L;

  private static final OperatingSystemMXBean PROCESS =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  /** Number of records that the bolts of the current run have received. */
  private static volatile LongAdder seen = new LongAdder();

  private StormThroughput() {}

  /** A topology to measure, with its name. */
  private record Variant(String name, Topology topology) {}

  /**
   * Result of a run.
   *
   * @param rate records a second
   * @param cpu CPU time of all threads of the process, in microseconds a record
   */
  private record Run(double rate, double cpu) {}

  /** Builds the topology of one variant. */
  private interface Topology {
    void build(TopologyBuilder topology, String group);
  }

  /**
   * Prints the table.
   *
   * @param arguments the number of records (5,000,000), and of turns (3); a pattern that names of
   *     variants must match (all); settings of the topologies, each {@code name=value}
   * @throws Exception if a part does not start
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length > 0 && arguments[0].equals(MEASURE)) {
      measure(
          arguments[1],
          arguments[2],
          Integer.parseInt(arguments[3]),
          Integer.parseInt(arguments[4]),
          settings(arguments, 5));
      System.exit(0); // Storm leaves threads behind
    }
    int records = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5_000_000;
    int turns = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
    if (turns < 1) {
      throw new IllegalArgumentException(
          "turns must be at least 1, beside that which warms up: " + turns);
    }
    Pattern names = Pattern.compile(arguments.length > 2 ? arguments[2] : "");
    String[] settings =
        Arrays.copyOfRange(arguments, Math.min(3, arguments.length), arguments.length);
    System.out.println("settings beside Storm's defaults: " + settings(settings, 0));
    Process broker =
        java("-Xmx512m", "io.thalweg.examples.Main", "kafka", "--port", "0")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(broker::destroy));
    String kafka = address(broker);
    System.out.printf(Locale.ROOT, "writing %,d records of %d keys%n", records, KEYS);
    write(kafka, records);
    for (Variant variant : variants(kafka, Path.of(""))) {
      if (names.matcher(variant.name).find()) {
        List<String> told = new ArrayList<>();
        told.addAll(List.of("-Xms4g", "-Xmx4g", StormThroughput.class.getName(), MEASURE, kafka));
        told.addAll(List.of(variant.name, Integer.toString(records), Integer.toString(turns)));
        told.addAll(List.of(settings));
        Process measuring = java(told.toArray(String[]::new)).inheritIO().start();
        Runtime.getRuntime().addShutdownHook(new Thread(measuring::destroy));
        if (measuring.waitFor() != 0) {
          throw new IllegalStateException("measurement failed: " + variant.name);
        }
      }
    }
  }

  /** Parses settings of the form {@code name=value}; integers become numbers. */
  private static Map<String, Object> settings(String[] arguments, int from) {
    Map<String, Object> settings = new TreeMap<>();
    for (int i = from; i < arguments.length; i++) {
      String[] setting = arguments[i].split("=", 2);
      if (setting.length < 2) {
        throw new IllegalArgumentException("a setting must be name=value: " + arguments[i]);
      }
      settings.put(
          setting[0], setting[1].matches("\\d{1,9}") ? Integer.valueOf(setting[1]) : setting[1]);
    }
    return settings;
  }

  private static ProcessBuilder java(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command);
  }

  private static String address(Process broker) throws IOException {
    BufferedReader said = new BufferedReader(new InputStreamReader(broker.getInputStream(), UTF_8));
    for (String line = said.readLine(); line != null; line = said.readLine()) {
      if (line.startsWith("kafka runs at ")) {
        return line.substring("kafka runs at ".length(), line.indexOf(';'));
      }
    }
    throw new IOException("the broker did not start");
  }

  private static void write(String kafka, int records) {
    try (KafkaTopics topics = KafkaTopics.of(kafka)) {
      topics.create(TOPIC, PARTITIONS);
    }
    double[] weights = new double[KEYS];
    double sum = 0;
    for (int i = 0; i < KEYS; i++) {
      sum += Math.pow(i + 1, -1.1);
      weights[i] = sum;
    }
    SplittableRandom random = new SplittableRandom(42);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka,
                ProducerConfig.LINGER_MS_CONFIG,
                20,
                ProducerConfig.BATCH_SIZE_CONFIG,
                65_536),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < records; i++) {
        int at = Arrays.binarySearch(weights, random.nextDouble() * sum);
        byte[] key = ("key-" + (at < 0 ? -at - 1 : at)).getBytes(UTF_8);
        byte[] value =
            ByteBuffer.allocate(16)
                .putLong(START_TIME + (long) i * 1_000 / RECORDS_A_SECOND)
                .putDouble(50 + 5 * random.nextDouble())
                .array();
        producer.send(new ProducerRecord<>(TOPIC, key, value));
      }
    }
  }

  private static List<Variant> variants(String kafka, Path folder) {
    List<Variant> variants = new ArrayList<>();
    variants.add(
        new Variant(
            "ProcessorBolt, in memory, 200 ms",
            (t, group) -> thalweg(t, kafka, group, StateStore.inMemory(), 200)));
    for (int interval : new int[] {50, 200, 1_000}) {
      variants.add(
          new Variant(
              "ProcessorBolt, SQLite, " + interval + " ms",
              (t, group) ->
                  thalweg(
                      t,
                      kafka,
                      group,
                      new JdbcStateStore("jdbc:sqlite:" + folder.resolve(group + ".db")),
                      interval)));
    }
    variants.add(new Variant("Storm's BaseWindowedBolt", (t, group) -> storms(t, kafka, group)));
    return variants;
  }

  /** Measures one variant, in its own JVM. */
  private static void measure(
      String kafka, String name, int records, int turns, Map<String, Object> settings)
      throws Exception {
    // a consumer group reads from the beginning only once: each turn has a group of its own
    Variant nothing = new Variant("nothing beside " + name, (t, group) -> nothing(t, kafka, group));
    List<Double> rates = new ArrayList<>();
    List<Double> shares = new ArrayList<>();
    try (TemporaryFolder folder = TemporaryFolder.of("throughput");
        EmbeddedStorm storm = EmbeddedStorm.start()) {
      Variant variant =
          variants(kafka, folder.resolve("")).stream()
              .filter(each -> each.name.equals(name))
              .findFirst()
              .orElseThrow();
      for (int turn = 0; turn <= turns; turn++) {
        Run run;
        Run ceiling;
        if (turn % 2 == 0) { // neither always follows the other
          run = run(storm, variant, turn, records, settings);
          ceiling = run(storm, nothing, turn, records, settings);
        } else {
          ceiling = run(storm, nothing, turn, records, settings);
          run = run(storm, variant, turn, records, settings);
        }
        System.out.printf(
            Locale.ROOT,
            "%-8s %-34s %,9.0f records/s, nothing %,9.0f: %4.0f %%; CPU %.2f and %.2f us a record%n",
            turn == 0 ? "warm-up" : "turn " + turn,
            name,
            run.rate,
            ceiling.rate,
            100 * run.rate / ceiling.rate,
            run.cpu,
            ceiling.cpu);
        if (turn > 0) {
          rates.add(run.rate);
          shares.add(100 * run.rate / ceiling.rate);
        }
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%-8s %-34s %,9.0f records/s, %.0f %% (%.0f to %.0f) of a bolt that does nothing%n%n",
        "median",
        name,
        median(rates),
        median(shares),
        Collections.min(shares),
        Collections.max(shares));
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(d -> d).sorted().toArray();
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  private static Run run(
      EmbeddedStorm storm, Variant variant, int turn, long records, Map<String, Object> settings) {
    String name = variant.name.replaceAll("[^A-Za-z0-9]+", "-") + "-" + turn;
    TopologyBuilder topology = new TopologyBuilder();
    variant.topology.build(topology, name);
    LongAdder count = new LongAdder();
    seen = count;
    Config config = new Config();
    config.setNumWorkers(1);
    config.setNumAckers(1);
    config.setMessageTimeoutSecs(300);
    config.putAll(settings);
    storm.submit(name, config, topology.createTopology());
    long from = await(count, records / 5);
    long first = count.sum();
    long cpu = PROCESS.getProcessCpuTime();
    long to = await(count, records * 4 / 5);
    double counted = count.sum() - first;
    Run run =
        new Run(counted / ((to - from) / 1e9), (PROCESS.getProcessCpuTime() - cpu) / 1e3 / counted);
    awaitSilence(count);
    storm.kill(name);
    return run;
  }

  /** Storm's spout ends the process when it is closed while acks still come. */
  private static void awaitSilence(LongAdder count) {
    long before;
    do {
      before = count.sum();
      LockSupport.parkNanos(QUIET_PERIOD.toNanos());
    } while (count.sum() > before);
  }

  /** Returns the time of a record count, or of the last record if some were dropped. */
  private static long await(LongAdder count, long wanted) {
    long last = System.nanoTime();
    long before = 0;
    while (count.sum() < wanted) {
      if (count.sum() > before) {
        before = count.sum();
        last = System.nanoTime();
      } else if (System.nanoTime() - last > NO_PROGRESS_TIMEOUT.toNanos()) {
        System.out.printf(
            Locale.ROOT, "seen no more than %,d of %,d records%n", count.sum(), wanted);
        return last;
      }
      LockSupport.parkNanos(1_000_000);
    }
    return System.nanoTime();
  }

  private static KafkaSources.Builder source(String kafka, String group, int inFlight) {
    return KafkaSources.bytes(kafka, TOPIC)
        .withGroupId(group)
        .withHeader(
            record ->
                new Header(
                    new String(record.key(), UTF_8), ByteBuffer.wrap(record.value()).getLong()))
        .withMaxUncommittedOffsets(inFlight)
        .withCommitPeriod(Duration.ofSeconds(1));
  }

  private static void nothing(TopologyBuilder topology, String kafka, String group) {
    topology.setSpout("numbers", source(kafka, group, IN_FLIGHT).spout());
    topology.setBolt("nothing", new Nothing(), TASKS).fieldsGrouping("numbers", new Fields("key"));
  }

  /** Acks. */
  private static final class Nothing extends BaseRichBolt {
    private static final long serialVersionUID = 1;
    private transient OutputCollector collector;

    @Override
    public void prepare(Map<String, Object> conf, TopologyContext context, OutputCollector out) {
      collector = out;
    }

    @Override
    public void execute(Tuple tuple) {
      seen.increment();
      collector.ack(tuple);
    }

    @Override
    public void declareOutputFields(OutputFieldsDeclarer declarer) {}
  }

  private static void thalweg(
      TopologyBuilder topology, String kafka, String group, StateStore store, long interval) {
    topology.setSpout(
        "numbers",
        source(kafka, group, IN_FLIGHT).withDisorder(Duration.ofSeconds(1)).lowWatermarkSpout());
    topology
        .setBolt(
            "moments",
            new ProcessorBolt<String, Double, Moments>(
                    StormThroughput::tumbling,
                    bytes -> {
                      seen.increment();
                      return ByteBuffer.wrap(bytes).getDouble(8);
                    },
                    TupleMapping.<Moments>columns()
                        .with("mean", Moments::mean)
                        .with("sd", Moments::sampleStandardDeviation))
                .withStateStore(store)
                .withCommitInterval(Duration.ofMillis(interval)),
            TASKS)
        .fieldsGrouping("numbers", new Fields("key"))
        .allGrouping("numbers", Streams.WATERMARK);
    topology.setBolt("results", new Sink()).shuffleGrouping("moments");
  }

  private static Processor<String, Double, Moments> tumbling() {
    return WindowedAggregator.of(
            Moments.over(Double::doubleValue), Windows.tumbling(Duration.ofSeconds(10)))
        .build();
  }

  /** Takes results. */
  private static final class Sink extends BaseRichBolt {
    private static final long serialVersionUID = 1;
    private transient OutputCollector collector;

    @Override
    public void prepare(Map<String, Object> conf, TopologyContext context, OutputCollector out) {
      collector = out;
    }

    @Override
    public void execute(Tuple tuple) {
      collector.ack(tuple);
    }

    @Override
    public void declareOutputFields(OutputFieldsDeclarer declarer) {}
  }

  private static void storms(TopologyBuilder topology, String kafka, String group) {
    // It acks a window with the next but one, and with fewer under way would wait for ever.
    topology.setSpout("numbers", source(kafka, group, 4 * WINDOW).spout());
    topology
        .setBolt(
            "moments",
            new Recomputing()
                .withTumblingWindow(BaseWindowedBolt.Duration.seconds(10))
                .withTimestampField("timestamp")
                .withLag(BaseWindowedBolt.Duration.seconds(1)),
            TASKS)
        .fieldsGrouping("numbers", new Fields("key"));
    topology.setBolt("results", new Sink()).shuffleGrouping("moments");
  }

  /** Groups the window's tuples by key each time, as the interface wants it. */
  private static final class Recomputing extends BaseWindowedBolt {
    private static final long serialVersionUID = 1;
    private transient OutputCollector collector;

    @Override
    public void prepare(Map<String, Object> conf, TopologyContext context, OutputCollector out) {
      collector = out;
    }

    @Override
    public void execute(TupleWindow window) {
      Map<String, MomentsAccumulator> moments = new HashMap<>();
      for (Tuple tuple : window.get()) {
        seen.increment();
        moments
            .computeIfAbsent(tuple.getStringByField("key"), k -> new MomentsAccumulator())
            .add(ByteBuffer.wrap(tuple.getBinaryByField("value")).getDouble(8));
      }
      moments.forEach(
          (key, each) -> {
            Moments m = each.toMoments();
            // Without anchors Storm does not notice a lost result. Its default, all tuples of the
            // window, is 100,000 anchors for each of 5,000 results, and ends in want of memory.
            collector.emit(List.<Tuple>of(), List.of(key, m.mean(), m.sampleStandardDeviation()));
          });
    }

    @Override
    public void declareOutputFields(OutputFieldsDeclarer declarer) {
      declarer.declare(new Fields("key", "mean", "sd"));
    }
  }
}
