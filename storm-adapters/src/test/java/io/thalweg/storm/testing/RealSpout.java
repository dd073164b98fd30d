package io.thalweg.storm.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.kafka.Header;
import io.thalweg.storm.kafka.KafkaSources;
import io.thalweg.storm.kafka.LowWatermarkKafkaSpout;
import io.thalweg.storm.kafka.MemoryKafka;
import java.nio.ByteBuffer;
import java.time.Duration;
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

/** A task of the spout that users have, on a Kafka in memory, where otherwise the model stands. */
final class RealSpout extends SpoutInstance {

  /** Whether all is written, for the spouts of the simulation at hand. */
  private static final AtomicBoolean END = new AtomicBoolean();

  private final MemoryKafka kafka;
  private final LowWatermarkKafkaSpout spout;
  private final Map<Object, Long> beats = new HashMap<>();
  private final BitSet beatsAcked = new BitSet();
  private final int callsToAnAnswer;
  private long watermark = Long.MIN_VALUE;

  private RealSpout(MemoryKafka kafka, World world, Deployment deployment, int task, long uid) {
    super(world, deployment, task, uid);
    this.kafka = kafka;
    callsToAnAnswer = world.chance.oneOf(1, 3, 8);
    spout =
        Utils.javaDeserialize(
            Utils.javaSerialize(
                kafka.spout(
                    KafkaSources.bytes("nowhere:1", World.TOPIC)
                        .withGroupId("simulation")
                        .withHeader(RealSpout::header)
                        .withDisorder(Duration.ofMillis(world.bound()))
                        .withIdleTimeout(Duration.ofMillis(world.idleMillis()))
                        .withHeartbeat(Duration.ofMillis(World.HEARTBEAT_MILLIS))
                        .withCommitPeriod(Duration.ofMillis(800))
                        .withRetryDelays(Duration.ofMillis(1), Duration.ofMillis(300))
                        .withMaxUncommittedOffsets(world.maxUncommittedOffsets())
                        .withProperty("max.poll.records", 3)
                        .withEnd(() -> END.get()))),
            LowWatermarkKafkaSpout.class);
  }

  /** Those of one simulation, which share what is in Kafka. */
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
      kafka.stall(p, world.isStalled(p));
      for (TopicRecord arrival : world.logs.get(p)) {
        if (arrival.at() <= world.clock.now() && arrival.offset() >= kafka.end(p)) {
          byte[] text = arrival.key().toString().getBytes(UTF_8);
          byte[] key =
              ByteBuffer.allocate(8 + text.length).putLong(arrival.timestamp()).put(text).array();
          kafka.append(p, arrival.offset(), arrival.at(), key, arrival.value());
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

  /** Storm calls all the time; here, as often as may bring something. */
  private void call() {
    if (!alive) {
      return;
    }
    write();
    if (world.chance.from(1, callsToAnAnswer) == 1) {
      kafka.respond();
    }
    for (int i = 0; i <= 3 * kafka.partitions() && alive; i++) {
      spout.nextTuple();
    }
    world.clock.after(world.pollMillis, this::call);
  }

  /** The id of the topic is another one each time; results of a simulation are named by one. */
  private static byte[] renamed(byte[] marks) {
    ByteBuffer in = ByteBuffer.wrap(marks);
    Map<String, Long> renamed = new TreeMap<>();
    for (int left = in.getInt(); left > 0; left--) {
      byte[] source = new byte[in.getShort()];
      in.get(source);
      String partition = new String(source, UTF_8).split("/")[1];
      renamed.put(World.TOPIC + "/" + partition, in.getLong());
    }
    return encoded(renamed);
  }

  @Override
  void acked(Object message) {
    Long beat = beats.get(message);
    if (beat != null) {
      beatsAcked.set(beat.intValue());
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
    return beats.size();
  }

  @Override
  long confirmed() {
    return beatsAcked.nextClearBit(0) - 1;
  }

  private final class Collector implements ISpoutOutputCollector {
    @Override
    public List<Integer> emit(String stream, List<Object> values, Object id) {
      Fields fields = deployment.fields(component, stream);
      List<Object> sent = new ArrayList<>(values);
      if (stream.equals(Streams.WATERMARK)) {
        watermark = (Long) values.get(fields.fieldIndex(TupleFields.WATERMARK));
        beats.put(id, (Long) values.get(fields.fieldIndex(TupleFields.SEQUENCE)));
        int marks = fields.fieldIndex(TupleFields.MARKS);
        sent.set(marks, renamed((byte[]) values.get(marks)));
      } else {
        sent.set(fields.fieldIndex(TupleFields.TOPIC_ID), World.TOPIC);
      }
      world.emit(RealSpout.this, stream, sent, track(id));
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
