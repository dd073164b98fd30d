package io.thalweg.benchmarks;

import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.stats.Moments;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import io.thalweg.storm.kafka.Header;
import io.thalweg.storm.kafka.KafkaSources;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.storm.generated.ComponentCommon;
import org.apache.storm.generated.StormTopology;
import org.apache.storm.metrics2.StormMetricRegistry;
import org.apache.storm.task.IOutputCollector;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.tuple.TupleImpl;
import org.apache.storm.utils.Utils;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Cost of the effectively-once protocol for a tuple (ledger, repetitions, pending acks, outbox). A
 * {@link ProcessorBolt} receives tuples and heartbeats, with a collector that does nothing; its
 * rival is the same processor, called directly. The difference is the protocol. Tumbling windows of
 * 10 s, 10,000 keys, 4 partitions, 20,000 tuples a second of event time, a heartbeat for every
 * 4,000 tuples, state in memory. Run by {@code java -cp
 * benchmarks/target/thalweg-benchmarks.jar:examples/target/thalweg-examples-all.jar
 * org.openjdk.jmh.Main ProtocolBenchmark -prof gc}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class ProtocolBenchmark {

  private static final int KEYS = 10_000;
  private static final int PARTITIONS = 4;
  private static final int HEARTBEAT = 4_000;
  private static final long BEGIN = 1_700_000_000_000L;

  private final String[] keys = new String[KEYS];
  private final byte[] value = ByteBuffer.allocate(8).putDouble(50).array();
  private final long[] offsets = new long[PARTITIONS];
  private TopologyContext context;
  private ProcessorBolt<String, Double, Moments> bolt;
  private Processor<String, Double, Moments> processor;
  private Output<String, Moments> nowhere;
  private SplittableRandom random;
  private int spout;
  private long count;
  private long sequence;

  /** Starts a bolt. */
  @Setup
  public void start() {
    for (int i = 0; i < KEYS; i++) {
      keys[i] = "key-" + i;
    }
    random = new SplittableRandom(42);
    processor = tumbling();
    nowhere = (key, result) -> {};
    bolt =
        new ProcessorBolt<>(
            ProtocolBenchmark::tumbling,
            bytes -> ByteBuffer.wrap(bytes).getDouble(),
            TupleMapping.<Moments>columns().with("mean", Moments::mean));
    TopologyBuilder builder = new TopologyBuilder();
    builder.setSpout(
        "numbers",
        KafkaSources.bytes("127.0.0.1:9092", "numbers")
            .withGroupId("benchmark")
            .withHeader(record -> new Header("", 0))
            .lowWatermarkSpout());
    builder
        .setBolt("moments", bolt, 1)
        .fieldsGrouping("numbers", new Fields(TupleFields.KEY))
        .allGrouping("numbers", Streams.WATERMARK);
    Map<String, Object> conf = new HashMap<>(Utils.readDefaultConfig());
    context = context(builder.createTopology(), conf);
    spout = context.getComponentTasks("numbers").get(0);
    bolt.prepare(conf, context, new OutputCollector(new Nowhere()));
  }

  private static Processor<String, Double, Moments> tumbling() {
    return WindowedAggregator.of(
            Moments.over(Double::doubleValue), Windows.tumbling(Duration.ofSeconds(10)))
        .build();
  }

  /** A context as a worker makes it. */
  private static TopologyContext context(StormTopology topology, Map<String, Object> conf) {
    Map<String, ComponentCommon> components = new TreeMap<>();
    topology.get_spouts().forEach((id, each) -> components.put(id, each.get_common()));
    topology.get_bolts().forEach((id, each) -> components.put(id, each.get_common()));
    Map<Integer, String> componentOfTask = new HashMap<>();
    Map<String, List<Integer>> tasks = new HashMap<>();
    Map<String, Map<String, Fields>> fields = new HashMap<>();
    components.forEach(
        (id, common) -> {
          Map<String, Fields> streams = new HashMap<>();
          common.get_streams().forEach((s, i) -> streams.put(s, new Fields(i.get_output_fields())));
          fields.put(id, streams);
          componentOfTask.put(componentOfTask.size() + 1, id);
          tasks.put(id, List.of(componentOfTask.size()));
        });
    return new TopologyContext(
        topology,
        conf,
        componentOfTask,
        tasks,
        fields,
        new HashMap<>(),
        "benchmark-1-1",
        "",
        "",
        tasks.get("moments").get(0),
        6700,
        new ArrayList<>(componentOfTask.keySet()),
        new HashMap<>(),
        new HashMap<>(),
        new HashMap<>(),
        new HashMap<>(),
        new AtomicBoolean(),
        new StormMetricRegistry());
  }

  private long now() {
    return BEGIN + count / 20;
  }

  private Tuple tuple() {
    int partition = (int) (count % PARTITIONS);
    long now = now();
    return new TupleImpl(
        context,
        List.of(
            "numbers",
            "8f3kQ0aLTn2bYw7cVxJpRg",
            partition,
            offsets[partition]++,
            now,
            keys[random.nextInt(KEYS)],
            now,
            value),
        "numbers",
        spout,
        Utils.DEFAULT_STREAM_ID);
  }

  /** The bolt: ledger, decoding, processor, pending acks, commits and acks. */
  @Benchmark
  public void bolt() {
    bolt.execute(tuple());
    if (++count % HEARTBEAT == 0) {
      Map<String, Long> marks = new HashMap<>();
      for (int p = 0; p < PARTITIONS; p++) {
        marks.put("8f3kQ0aLTn2bYw7cVxJpRg/" + p, Math.max(0, offsets[p] - 2 * HEARTBEAT));
      }
      bolt.execute(
          new TupleImpl(
              context,
              List.of(now() - 1_000, spout, 1L, sequence++, sequence - 3, false, encoded(marks)),
              "numbers",
              spout,
              Streams.WATERMARK));
    }
  }

  /** As a spout encodes it: a count, then name and number of each. */
  private static byte[] encoded(Map<String, Long> marks) {
    ByteBuffer bytes = ByteBuffer.allocate(1024).putInt(marks.size());
    marks.forEach(
        (source, mark) -> {
          bytes.putShort((short) source.length());
          source.chars().forEach(c -> bytes.put((byte) c));
          bytes.putLong(mark);
        });
    byte[] exact = new byte[bytes.position()];
    bytes.flip().get(exact);
    return exact;
  }

  /** The same by hand: decoding and processor. */
  @Benchmark
  public void byHand() {
    Tuple tuple = tuple();
    processor.process(
        tuple.getString(5),
        ByteBuffer.wrap(tuple.getBinary(7)).getDouble(),
        tuple.getLong(6),
        nowhere);
    if (++count % HEARTBEAT == 0) {
      processor.advance(now() - 1_000, nowhere);
    }
  }

  private static final class Nowhere implements IOutputCollector {
    @Override
    public List<Integer> emit(String stream, Collection<Tuple> anchors, List<Object> values) {
      return List.of();
    }

    @Override
    public void emitDirect(int task, String stream, Collection<Tuple> anchors, List<Object> v) {}

    @Override
    public void ack(Tuple input) {}

    @Override
    public void fail(Tuple input) {}

    @Override
    public void resetTimeout(Tuple input) {}

    @Override
    public void flush() {}

    @Override
    public void reportError(Throwable error) {
      throw new IllegalStateException(error);
    }
  }
}
