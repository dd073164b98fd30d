package io.thalweg.examples.readings;

import io.thalweg.examples.runtime.EndOfRun;
import io.thalweg.examples.runtime.KafkaTopics;
import io.thalweg.examples.runtime.LocalRun;
import io.thalweg.examples.runtime.RunSettings;
import io.thalweg.storm.kafka.Header;
import io.thalweg.storm.kafka.KafkaSources;
import io.thalweg.storm.kafka.LowWatermarkKafkaSpout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.storm.kafka.bolt.KafkaBolt;

/** Topic of the readings with its spout, and topic of the records that cannot be read. */
public final class Readings {

  /** The readings: key {@code device_id}, value JSON. */
  public static final String TOPIC = "sensor_readings";

  /** The dead letters: records that cannot be read. */
  public static final String DEAD_LETTERS = "sensor_readings_dlq";

  /** Disorder bound of a partition; the detector waits this long for earlier readings. */
  public static final Duration DISORDER = Duration.ofMillis(100);

  private static final int PARTITIONS = 4;

  /** Upper bound of the headers of a record and of the fields that a dead letter adds. */
  private static final int ENVELOPE_BYTES = 64 * 1024;

  private Readings() {}

  /**
   * Returns the spout of the topic. A record that cannot be read becomes a dead letter.
   *
   * @param at the settings of the topology
   * @return a spout with a watermark
   */
  public static LowWatermarkKafkaSpout spout(RunSettings at) {
    String run = at.run();
    return KafkaSources.bytes(at.bootstrapServers(), TOPIC)
        .withGroupId(at.groupId())
        .withHeader(
            record -> {
              Reading reading = Reading.parse(record.key(), record.value());
              return new Header(reading.deviceId(), reading.timestamp());
            })
        .withMaxValueBytes(Reading.MAX_BYTES)
        .withCommitPeriod(Duration.ofMillis(500))
        .withDisorder(DISORDER)
        .withMaxFuture(Duration.ofMinutes(1)) // the default
        .withEnd(EndOfRun.announcement(run))
        .lowWatermarkSpout();
  }

  /**
   * Returns the bolt that writes dead letters to their topic.
   *
   * @param at the settings of the topology
   * @return a bolt for streams of dead letters
   */
  public static KafkaBolt<byte[], byte[]> deadLetterTopic(RunSettings at) {
    return at.toKafka(DEAD_LETTERS, new DeadLetters());
  }

  /**
   * Writes simulated readings to the topic.
   *
   * @param run the run
   * @param options the options of the simulation
   * @param rate readings a second of all devices; 0 for the pace of the book's example
   * @param clock returns the event time in milliseconds
   * @param duration the time for which readings are written, in whole seconds
   * @param pace the duration and rate, for the user
   * @param everySecond called every second
   * @return the generator, closed
   * @throws io.thalweg.examples.runtime.DemoException if Kafka accepts no more records
   */
  public static ReadingGenerator generate(
      LocalRun run,
      SimulatorOptions options,
      int rate,
      LongSupplier clock,
      Duration duration,
      String pace,
      Runnable everySecond) {
    ReadingGenerator generator =
        new ReadingGenerator(
            run.topics().bootstrapServers(), TOPIC, options.simulator(), rate, clock);
    run.write(generator, duration, options.devices() + " devices for " + pace, everySecond);
    return generator;
  }

  /**
   * Creates the topics of a topology, or checks that they exist.
   *
   * @param topics the topics of the brokers
   * @param create whether to create missing topics
   * @param results the topics that the topology writes, beside dead letters
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
