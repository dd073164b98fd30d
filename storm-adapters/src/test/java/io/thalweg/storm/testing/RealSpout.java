package io.thalweg.storm.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.thalweg.storm.SettledMarks;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.kafka.Header;
import io.thalweg.storm.kafka.KafkaSources;
import io.thalweg.storm.kafka.LowWatermarkKafkaSpout;
import io.thalweg.storm.kafka.MemoryKafka;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.storm.spout.ISpoutOutputCollector;
import org.apache.storm.spout.SpoutOutputCollector;
import org.apache.storm.tuple.Fields;
import org.apache.storm.utils.Utils;

/** Spout task that runs the real {@link LowWatermarkKafkaSpout} on a Kafka in memory. */
final class RealSpout extends SpoutInstance {

  /** True if all records are written; shared by the spouts of the current simulation. */
  private static final AtomicBoolean END = new AtomicBoolean();

  private final MemoryKafka kafka;
  private final LowWatermarkKafkaSpout spout;
  private final Map<Object, Long> heartbeats = new HashMap<>();
  private final BitSet ackedHeartbeats = new BitSet();
  private final int callsPerResponse;
  private long watermark = Long.MIN_VALUE;

  private RealSpout(MemoryKafka kafka, World world, Deployment deployment, int task, long uid) {
    super(world, deployment, task, uid);
    this.kafka = kafka;
    callsPerResponse = world.chance.oneOf(1, 3, 8);
    KafkaSources.Builder source =
        KafkaSources.bytes("nowhere:1", World.TOPIC)
            .withGroupId("simulation")
            .withHeader(RealSpout::header)
            .withDisorder(Duration.ofMillis(world.settings.disorderMillis()))
            .withMaxFuture(ChronoUnit.FOREVER.getDuration()) // ends the windows
            .withIdleTimeout(Duration.ofMillis(world.settings.idleMillis()))
            .withHeartbeat(Duration.ofMillis(World.HEARTBEAT_MILLIS))
            .withCommitPeriod(Duration.ofMillis(800))
            .withRetryDelays(Duration.ofMillis(1), Duration.ofMillis(300))
            .withMaxUncommittedOffsets(deployment.maxUncommittedOffsets)
            .withProperty("max.poll.records", 3)
            .withEnd(() -> END.get());
    if (world.settings.idleAdvanceMillis() >= 0) {
      source.withIdleAdvance(Duration.ofMillis(world.settings.idleAdvanceMillis()));
    } else {
      source.withoutIdleAdvance();
    }
    spout =
        Utils.javaDeserialize(
            Utils.javaSerialize(kafka.spout(source)), LowWatermarkKafkaSpout.class);
  }

  /** Creates a factory for the spouts of one simulation, which share one Kafka. */
  static Factory factory() {
    MemoryKafka kafka = new MemoryKafka(World.TOPIC);
    kafka.delayed = true;
    return (world, deployment, task, uid) -> new RealSpout(kafka, world, deployment, task, uid);
  }

  private static Header header(ConsumerRecord<byte[], byte[]> record) {
    ByteBuffer key = ByteBuffer.wrap(record.key());
    long timestamp = key.getLong();
    return new Header(UTF_8.decode(key).toString(), timestamp);
  }

  private void write() {
    for (int p = 0; p < world.logs.size(); p++) {
      if (kafka.partitions() == p) {
        kafka.addPartition();
      }
      kafka.stall(p, world.faults.isStalled(p));
      for (TopicRecord record : world.logs.get(p)) {
        if (record.at() <= world.clock.now() && record.offset() >= kafka.end(p)) {
          byte[] text = record.key().toString().getBytes(UTF_8);
          byte[] key =
              ByteBuffer.allocate(8 + text.length).putLong(record.timestamp()).put(text).array();
          kafka.append(p, record.offset(), record.at(), key, record.value());
        }
      }
    }
    END.set(world.isAllWritten());
  }

  @Override
  void start() {
    write();
    spout.open(
        deployment.conf, deployment.context(task), new SpoutOutputCollector(new Collector()));
    spout.activate();
    world.clock.after(world.chance.from(5, 40), this::call);
  }

  /** Calls the spout as often as it can emit a record of each partition. */
  private void call() {
    if (!alive) {
      return;
    }
    write();
    if (world.chance.from(1, callsPerResponse) == 1) {
      kafka.respond();
    }
    for (int i = 0; i <= 3 * kafka.partitions() && alive; i++) {
      spout.nextTuple();
    }
    world.clock.after(world.pollMillis, this::call);
  }

  /** Replaces the topic id, which differs in each run, by the name of the simulated topic. */
  private static byte[] renamed(byte[] marks) {
    Map<String, Long> renamed = new TreeMap<>();
    SettledMarks.decode(marks)
        .forEach((source, mark) -> renamed.put(World.TOPIC + "/" + source.split("/")[1], mark));
    return SettledMarks.encode(renamed);
  }

  @Override
  void acked(Object message) {
    Long heartbeat = heartbeats.get(message);
    if (heartbeat != null) {
      ackedHeartbeats.set(heartbeat.intValue());
    }
    spout.ack(message);
  }

  @Override
  void failed(Object message) {
    spout.fail(message);
  }

  @Override
  boolean isAtEnd() {
    return alive && watermark == Long.MAX_VALUE;
  }

  @Override
  long next() {
    return heartbeats.size();
  }

  @Override
  long confirmed() {
    return ackedHeartbeats.nextClearBit(0) - 1;
  }

  private final class Collector implements ISpoutOutputCollector {
    @Override
    public List<Integer> emit(String stream, List<Object> values, Object id) {
      Fields fields = deployment.fields(component, stream);
      List<Object> sent = new ArrayList<>(values);
      if (stream.equals(Streams.WATERMARK)) {
        watermark = (Long) values.get(fields.fieldIndex(TupleFields.WATERMARK));
        heartbeats.put(id, (Long) values.get(fields.fieldIndex(TupleFields.SEQUENCE)));
        int marks = fields.fieldIndex(TupleFields.MARKS);
        sent.set(marks, renamed((byte[]) values.get(marks)));
      } else {
        sent.set(fields.fieldIndex(TupleFields.TOPIC_ID), World.TOPIC);
      }
      world.network.emit(RealSpout.this, stream, sent, track(id));
      return List.of();
    }

    @Override
    public void emitDirect(int to, String stream, List<Object> values, Object id) {
      throw new AssertionError("direct");
    }

    @Override
    public long getPendingCount() {
      return 0;
    }

    @Override
    public void flush() {}

    @Override
    public void reportError(Throwable error) {
      throw new AssertionError(error);
    }
  }
}
