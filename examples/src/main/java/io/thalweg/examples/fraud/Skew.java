package io.thalweg.examples.fraud;

import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.examples.runtime.DemoException;
import io.thalweg.feature.FeatureRow;
import io.thalweg.feature.FeatureVector;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Comparison of the features that were logged with the decisions and those of a replay of the
 * topics through the same feature sets, in the order of event time.
 *
 * @param rows the number of rows that were compared
 * @param mismatches the number of rows with a feature that differs in any bit
 * @param unlogged the number of transactions without a logged row
 */
record Skew(long rows, long mismatches, long unlogged) {

  private static final Duration POLL = Duration.ofSeconds(1);

  /** Event with its place in the topics. */
  private record Placed(CardEvent event, int partition, long offset) {}

  /**
   * Replays the topics and compares.
   *
   * @param bootstrapServers the brokers
   * @param topicId the id of the topic of the transactions
   * @param database the SQLite file with the decisions
   * @param from the first time of a transaction that was decided on
   * @return the comparison
   */
  static Skew of(String bootstrapServers, String topicId, Path database, long from) {
    Map<Long, byte[]> logged = new HashMap<>();
    for (Decisions.Decision each : Decisions.read(database, topicId, from, Long.MAX_VALUE)) {
      logged.put(each.transaction().id(), each.features());
    }
    return of(events(bootstrapServers), logged, from);
  }

  /**
   * Replays events and compares.
   *
   * @param events the events in the order of their times
   * @param logged the logged vectors by transaction
   * @param from the first time of a transaction that was decided on
   * @return the comparison
   */
  static Skew of(Stream<CardEvent> events, Map<Long, byte[]> logged, long from) {
    long[] counts = new long[3];
    Processor<String, FeatureRow<CardEvent>, FeatureRow<CardEvent>> terminals =
        FraudFeatures.terminals(from).append(FraudFeatures.customers().schema());
    Output<String, FeatureRow<CardEvent>> complete =
        (terminal, row) -> {
          byte[] bytes = logged.get(row.event().id());
          if (bytes == null) {
            counts[2]++;
            return;
          }
          counts[0]++;
          FeatureVector vector = Decisions.VECTORS.decode(bytes);
          counts[1] += vector.equals(row.vector()) ? 0 : 1;
        };
    Processor<String, CardEvent, FeatureRow<CardEvent>> customers = new CustomerStage();
    Output<String, FeatureRow<CardEvent>> half =
        (terminal, row) -> terminals.process(terminal, row, row.event().timestamp(), complete);
    events.forEach(event -> customers.process(event.customer(), event, event.timestamp(), half));
    return new Skew(counts[0], counts[1], counts[2]);
  }

  /** Reads the topics to their present ends; unreadable records are left out, as by the spout. */
  private static Stream<CardEvent> events(String bootstrapServers) {
    List<Placed> events = new ArrayList<>();
    Properties properties = new Properties();
    properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    properties.put(
        ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName());
    properties.put(
        ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName());
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(properties)) {
      List<TopicPartition> partitions =
          Stream.of(FraudStream.TRANSACTIONS, FraudStream.REPORTS)
              .flatMap(topic -> consumer.partitionsFor(topic).stream())
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        for (ConsumerRecord<byte[], byte[]> each : consumer.poll(POLL)) {
          try {
            events.add(new Placed(CardEvents.parse(each.value()), each.partition(), each.offset()));
          } catch (IllegalArgumentException e) {
            // a dead letter of the spout
          }
        }
      }
    } catch (KafkaException e) {
      throw new DemoException(
          "the topics at " + bootstrapServers + " cannot be read: " + e.getMessage(), e);
    }
    events.sort(
        Comparator.comparingLong((Placed each) -> each.event.timestamp())
            .thenComparing(Placed::partition)
            .thenComparing(Placed::offset));
    return events.stream().map(Placed::event);
  }

  /**
   * Prints the comparison.
   *
   * @param out prints a line
   */
  void print(NaiveFeatures.Printer out) {
    out.line(
        "%-18s  %,d of %,d logged rows differ from a replay of the topics; %,d transactions have no row",
        "skew", mismatches, rows, unlogged);
  }
}
