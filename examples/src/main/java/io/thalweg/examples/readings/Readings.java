package io.thalweg.examples.readings;

import io.thalweg.examples.runtime.EndOfRun;
import io.thalweg.examples.runtime.KafkaTopics;
import io.thalweg.examples.runtime.Progress;
import io.thalweg.examples.runtime.SubmitOptions;
import io.thalweg.storm.kafka.Header;
import io.thalweg.storm.kafka.KafkaSources;
import io.thalweg.storm.kafka.LowWatermarkKafkaSpout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.storm.kafka.bolt.KafkaBolt;
import org.apache.storm.kafka.bolt.mapper.TupleToKafkaMapper;

/** The topic of the readings, and that of the records that are none: where topologies begin. */
public final class Readings {

  /** The readings: key {@code device_id}, value JSON. */
  public static final String TOPIC = "sensor_readings";

  /** What could not be read. */
  public static final String DEAD_LETTERS = "sensor_readings_dlq";

  /**
   * How far readings may be out of order within a partition. A reading waits so long to be judged.
   */
  public static final Duration DISORDER = Duration.ofMillis(100);

  private static final int PARTITIONS = 4;

  /** What a record of Kafka has beside key and value, and what a dead letter adds: well below. */
  private static final int ENVELOPE_BYTES = 64 * 1024;

  private Readings() {}

  /**
   * Reads the topic; what cannot be read becomes a dead letter.
   *
   * @param at where the topology runs
   * @return a spout with a watermark
   */
  public static LowWatermarkKafkaSpout spout(SubmitOptions at) {
    String run = at.run();
    return KafkaSources.bytes(at.bootstrapServers(), TOPIC)
        .withGroupId(at.groupId())
        .withHeader(
            record -> {
              Reading reading = Reading.parse(record.key(), record.value());
              Progress.of(run).reading();
              return new Header(reading.deviceId(), reading.timestamp());
            })
        .withMaxValueBytes(Reading.MAX_BYTES)
        .withCommitPeriod(Duration.ofMillis(500))
        .withDisorder(DISORDER)
        .withEnd(EndOfRun.announcement(run))
        .lowWatermarkSpout();
  }

  /**
   * Writes dead letters.
   *
   * @param at where the topology runs
   * @return a bolt for streams of dead letters
   */
  public static KafkaBolt<byte[], byte[]> deadLetterTopic(SubmitOptions at) {
    return toKafka(at, DEAD_LETTERS, new DeadLetters());
  }

  public static KafkaBolt<byte[], byte[]> toKafka(
      SubmitOptions at, String topic, TupleToKafkaMapper<byte[], byte[]> form) {
    Properties producer = new Properties();
    producer.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, at.bootstrapServers());
    producer.put(ProducerConfig.ACKS_CONFIG, "all");
    // the topic decides how large a record may be
    producer.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.MAX_VALUE);
    producer.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName());
    producer.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName());
    return new KafkaBolt<byte[], byte[]>()
        .withProducerProperties(producer)
        .withTopicSelector(topic)
        .withTupleToKafkaMapper(form);
  }

  /**
   * Makes sure that the topics of a topology are there.
   *
   * @param topics of the brokers
   * @param create whether to create those that are missing
   * @param results the topics that it writes, beside dead letters
   */
  public static void prepareTopics(KafkaTopics topics, boolean create, String... results) {
    if (create) {
      topics.create(TOPIC, PARTITIONS);
      // a dead letter is as large as the record was, and its key in base64
      topics.create(DEAD_LETTERS, 1, 2 * topics.maxMessageBytes(TOPIC) + ENVELOPE_BYTES);
      for (String result : results) {
        topics.create(result, PARTITIONS);
      }
    }
    List<String> all = new ArrayList<>(List.of(TOPIC, DEAD_LETTERS));
    all.addAll(List.of(results));
    topics.require(all);
  }
}
