package io.thalweg.examples.runtime;

import io.thalweg.storm.StateStore;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.storm.Config;
import org.apache.storm.kafka.bolt.KafkaBolt;
import org.apache.storm.kafka.bolt.mapper.TupleToKafkaMapper;

/**
 * Settings of a topology that differ from run to run.
 *
 * @param bootstrapServers the brokers
 * @param groupId the consumer group
 * @param database the SQLite file for the results
 * @param store the state store of the bolts
 * @param run the name of the run, for {@link Progress} and {@link EndOfRun}
 */
public record RunSettings(
    String bootstrapServers, String groupId, Path database, StateStore store, String run) {

  /**
   * Returns the Storm configuration that every example topology needs.
   *
   * @return a new configuration
   */
  public static Config config() {
    Config config = new Config();
    config.setNumWorkers(1);
    config.setNumAckers(1);
    config.setMessageTimeoutSecs(30);
    // "storm local" turns timeouts off; failed tuples would never be replayed
    config.put(Config.TOPOLOGY_ENABLE_MESSAGE_TIMEOUTS, true);
    // an idle bolt sleeps for 1 ms instead of waking for every few tuples
    config.put(Config.TOPOLOGY_BOLT_WAIT_PROGRESSIVE_LEVEL2_COUNT, 0);
    return config;
  }

  /**
   * Returns a bolt that writes tuples to a topic.
   *
   * @param topic the topic
   * @param mapper makes the key and value of a record
   * @return a bolt
   */
  public KafkaBolt<byte[], byte[]> toKafka(
      String topic, TupleToKafkaMapper<byte[], byte[]> mapper) {
    Properties producer = new Properties();
    producer.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    producer.put(ProducerConfig.ACKS_CONFIG, "all");
    // the topic decides how large a record may be
    producer.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.MAX_VALUE);
    producer.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName());
    producer.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName());
    return new KafkaBolt<byte[], byte[]>()
        .withProducerProperties(producer)
        .withTopicSelector(topic)
        .withTupleToKafkaMapper(mapper);
  }
}
