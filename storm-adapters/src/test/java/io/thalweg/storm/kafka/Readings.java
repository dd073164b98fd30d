package io.thalweg.storm.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.thalweg.Processor;
import io.thalweg.ProcessorFactory;
import io.thalweg.storm.Guarantee;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.storm.kafka.spout.RecordTranslator;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Fields;

/** Topology shared by the tests: numbers as text, and their running sum per key. */
public final class Readings {

  public static final String TOPIC = "numbers";
  public static final String TOPIC_ID = "8f3kQ0aLTn2bYw7cVxJpRg";

  private Readings() {}

  /**
   * Returns a record {@code key -> "timestamp number"}, written to Kafka 5 ms after its timestamp.
   */
  public static ConsumerRecord<byte[], byte[]> record(
      int partition, long offset, String key, long timestamp, long number) {
    return record(partition, offset, timestamp + 5, key.getBytes(UTF_8), timestamp + " " + number);
  }

  public static ConsumerRecord<byte[], byte[]> record(
      int partition, long offset, long recordTimestamp, byte[] key, String value) {
    byte[] bytes = value == null ? null : value.getBytes(UTF_8);
    return new ConsumerRecord<>(
        TOPIC,
        partition,
        offset,
        recordTimestamp,
        TimestampType.CREATE_TIME,
        key == null ? -1 : key.length,
        bytes == null ? -1 : bytes.length,
        key,
        bytes,
        new RecordHeaders(),
        Optional.empty());
  }

  public static KafkaSources.Builder source() {
    return KafkaSources.bytes("localhost:9092", TOPIC)
        .withGroupId("test")
        .withHeader(
            record ->
                new Header(
                    new String(record.key(), UTF_8),
                    Long.parseLong(new String(record.value(), UTF_8).split(" ")[0])));
  }

  /** Returns the translator of an open spout. */
  public static RecordTranslator<byte[], byte[]> translator(KafkaSources.Builder source) {
    var config = source.config(kafka());
    ((SpoutEvents) config.getTupleListener()).topicIds().load();
    return (HeaderRecordTranslator) config.getTranslator();
  }

  /** Returns Kafka with the topic of the tests. */
  static MemoryKafka kafka() {
    return new MemoryKafka(TOPIC, Uuid.fromString(TOPIC_ID), new MemoryKafka.Watcher() {});
  }

  public static Long decode(byte[] bytes) {
    return Long.parseLong(new String(bytes, UTF_8).split(" ")[1]);
  }

  /** Emits the running sum of each key; rejects 13, and treats 14 as late. */
  public static Processor<String, Long, Long> sums() {
    Map<String, Long> sums = new HashMap<>();
    return (key, number, timestamp, out) -> {
      if (number == 13) {
        out.reject(key, number, timestamp, "number must not be unlucky: 13");
      } else if (number == 14) {
        out.late(key, number, timestamp, timestamp + 1);
      } else {
        out.emit(key, sums.merge(key, number, Long::sum));
        if (number % 2 == 0) {
          out.emit(key, -number);
        }
      }
    };
  }

  public static ProcessorBolt<String, Long, Long> bolt() {
    return bolt(Readings::sums);
  }

  /** Returns a bolt behind a plain spout that commits each tuple separately. */
  public static ProcessorBolt<String, Long, Long> bolt(
      ProcessorFactory<String, Long, Long> factory) {
    return new ProcessorBolt<>(
            factory,
            Readings::decode,
            TupleMapping.<Long>columns()
                .with("sum", sum -> sum)
                .with("bytes", sum -> ByteBuffer.allocate(8).putLong(sum).array()))
        .withGuarantee(Guarantee.AT_LEAST_ONCE)
        .withCommitInterval(Duration.ZERO);
  }

  public static TopologyBuilder topology(ProcessorBolt<?, ?, ?> bolt) {
    TopologyBuilder builder = new TopologyBuilder();
    builder.setSpout("numbers", source().spout(), 1);
    builder.setBolt("sums", bolt, 1).fieldsGrouping("numbers", new Fields(TupleFields.KEY));
    return builder;
  }

  /** Returns a topology with a low watermark, which is effectively once. */
  public static TopologyBuilder lowWatermarkTopology(ProcessorBolt<?, ?, ?> bolt, int tasks) {
    TopologyBuilder builder = new TopologyBuilder();
    builder.setSpout("numbers", source().lowWatermarkSpout(), 1);
    builder
        .setBolt("sums", bolt, tasks)
        .fieldsGrouping("numbers", new Fields(TupleFields.KEY))
        .allGrouping("numbers", Streams.WATERMARK);
    return builder;
  }
}
