package io.thalweg.examples.storm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.thalweg.examples.readings.BadInput;
import io.thalweg.examples.readings.Reading;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Producer of seeded readings. Some are out of order, by less than the bound of the pipeline. It
 * also reads the records of a topic.
 */
public final class ReadingProducer implements AutoCloseable {

  private static final int DEVICES = 3;

  private final String bootstrapServers;
  private final String topic;
  private final KafkaProducer<byte[], byte[]> producer;
  private final SplittableRandom random;
  private final long[] clocks;
  private long written;
  private volatile Exception failure;

  /**
   * Creates a producer.
   *
   * @param skew the delay of each partition relative to the one before it, in milliseconds
   * @param properties additional properties of the Kafka producer
   */
  ReadingProducer(
      String bootstrapServers,
      String topic,
      int partitions,
      long skew,
      long seed,
      Map<String, Object> properties) {
    this.bootstrapServers = bootstrapServers;
    this.topic = topic;
    this.random = new SplittableRandom(seed);
    this.clocks = new long[partitions];
    for (int i = 0; i < partitions; i++) {
      clocks[i] = BadInput.NOW - i * skew;
    }
    Map<String, Object> all = new HashMap<>(properties);
    all.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    all.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 2_000_000);
    // A broker that does not know a new topic yet may reject the first batch and accept the second.
    all.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1);
    this.producer = new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
  }

  ReadingProducer(String bootstrapServers, String topic, int partitions, long seed) {
    this(bootstrapServers, topic, partitions, 0, seed, Map.of());
  }

  KafkaProducer<byte[], byte[]> kafkaProducer() {
    return producer;
  }

  /** Writes readings to each partition, 50 ms apart on average, and waits for Kafka. */
  void write(int readings) {
    for (int i = 0; i < readings; i++) {
      for (int partition = 0; partition < clocks.length; partition++) {
        Reading reading = next(partition);
        send(partition, null, reading.deviceId().getBytes(UTF_8), reading.toJson());
      }
    }
    flush();
  }

  /** Waits until Kafka has acknowledged all records. */
  void flush() {
    producer.flush();
    if (failure != null) {
      throw new IllegalStateException(failure);
    }
  }

  /** Returns the next reading of a partition, without writing it. */
  Reading next(int partition) {
    int kind = random.nextInt(100);
    clocks[partition] += kind < 20 ? 0 : kind < 99 ? random.nextInt(1, 120) : 11_000;
    long behind = random.nextInt(20) == 0 ? random.nextLong(1, Pipeline.DISORDER.toMillis()) : 0;
    double value = 50 + 5 * (random.nextDouble() + random.nextDouble() - 1);
    return new Reading(
        "sensor-" + partition + "-" + random.nextInt(DEVICES),
        random.nextInt(50) == 0 ? value + 40 : value,
        clocks[partition] - behind);
  }

  void send(int partition, Long timestamp, byte[] key, byte[] value) {
    producer.send(
        new ProducerRecord<>(topic, partition, timestamp, key, value),
        (written, e) -> {
          if (e != null) {
            failure = e;
          }
        });
    written++;
  }

  long written() {
    return written;
  }

  /** Returns the records of the topic. */
  List<ConsumerRecord<byte[], byte[]>> read() {
    return read(bootstrapServers, topic);
  }

  /** Returns the records of a topic. */
  public static List<ConsumerRecord<byte[], byte[]>> read(String bootstrapServers, String topic) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                return ends.entrySet().stream()
                    .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
              });
      return records;
    }
  }

  @Override
  public void close() {
    producer.close();
  }
}
