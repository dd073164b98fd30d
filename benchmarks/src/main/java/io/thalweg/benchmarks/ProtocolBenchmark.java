package io.thalweg.benchmarks;

import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.stats.Moments;
import io.thalweg.storm.Heartbeat;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import io.thalweg.storm.kafka.Header;
import io.thalweg.storm.kafka.KafkaSources;
import io.thalweg.storm.testing.TaskContexts;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
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
    context = new TaskContexts(builder.createTopology(), conf, "benchmark-1-1").of("moments", 0);
    spout = context.getComponentTasks("numbers").get(0);
    bolt.prepare(conf, context, new OutputCollector(new Nowhere()));
  }

  private static Processor<String, Double, Moments> tumbling() {
    return WindowedAggregator.of(
            Moments.over(Double::doubleValue), Windows.tumbling(Duration.ofSeconds(10)))
        .build();
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
          new TupleImpl(context, heartbeat(marks).values(), "numbers", spout, Streams.WATERMARK));
    }
  }

  private Heartbeat heartbeat(Map<String, Long> marks) {
    Heartbeat.Id id = new Heartbeat.Id(new Heartbeat.Incarnation(spout, 1), sequence++);
    return new Heartbeat(id, now() - 1_000, sequence - 3, false, marks, Heartbeat.NO_CLOCK);
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
