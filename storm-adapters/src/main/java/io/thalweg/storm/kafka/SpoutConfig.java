package io.thalweg.storm.kafka;

import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.storm.kafka.spout.KafkaSpout;
import org.apache.storm.kafka.spout.KafkaSpoutConfig;

/**
 * Configuration of a spout that shows no secret. Storm's spout logs the text of its configuration
 * when it opens, and copies all properties into the component configuration, which Storm's UI
 * shows.
 *
 * <p>A property is shown if Kafka's consumer defines it and does not define it as a password. A
 * property that the consumer does not know, such as a parameter of a provider in {@code
 * config.providers}, may be a secret.
 */
final class SpoutConfig extends KafkaSpoutConfig<byte[], byte[]> {

  private static final long serialVersionUID = 1;

  /** Prefix of the properties in the component configuration of Storm's spout. */
  private static final String PREFIX = "config.";

  SpoutConfig(Builder<byte[], byte[]> builder) {
    super(builder);
  }

  /** Plain spout whose component configuration has no secret. */
  static final class PlainSpout extends KafkaSpout<byte[], byte[]> {

    private static final long serialVersionUID = 1;
    private final SpoutConfig config;

    PlainSpout(SpoutConfig config) {
      super(config);
      this.config = config;
    }

    @Override
    public Map<String, Object> getComponentConfiguration() {
      return config.withoutSecrets(super.getComponentConfiguration());
    }
  }

  /** Removes the secret properties from the component configuration of Storm's spout. */
  Map<String, Object> withoutSecrets(Map<String, Object> configuration) {
    for (String property : getKafkaProps().keySet()) {
      if (isSecret(property)) {
        configuration.remove(PREFIX + property);
      }
    }
    return configuration;
  }

  private static boolean isSecret(String property) {
    ConfigDef.ConfigKey known = ConsumerConfig.configDef().configKeys().get(property);
    return known == null || known.type == ConfigDef.Type.PASSWORD;
  }

  @Override
  public String toString() {
    Map<String, Object> shown = new TreeMap<>(getKafkaProps());
    shown.keySet().removeIf(SpoutConfig::isSecret);
    return "topics %s, first poll %s, %d uncommitted offsets, properties without secrets %s"
        .formatted(
            getTopicFilter().getTopicsString(),
            getFirstPollOffsetStrategy(),
            getMaxUncommittedOffsets(),
            shown);
  }
}
