package io.thalweg.storm.kafka;

import io.thalweg.storm.ErrorText;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.KafkaException;

/** Factory of the admin clients of a source. Travels to the workers by Java serialization. */
@FunctionalInterface
interface AdminFactory extends Serializable {

  /**
   * Creates a client.
   *
   * @throws IllegalStateException if the settings are invalid
   */
  Admin create();

  /**
   * Returns a factory of clients of a Kafka cluster. Requests time out after 10 s unless the
   * properties set another time.
   *
   * @param properties properties of the source; those that only a consumer knows are ignored.
   *     Others may belong to a part of the client, such as a provider of {@code config.providers}
   */
  static AdminFactory of(String bootstrapServers, Map<String, Object> properties) {
    HashMap<String, Object> settings = new HashMap<>(properties);
    settings
        .keySet()
        .removeIf(
            name ->
                ConsumerConfig.configNames().contains(name)
                    && !AdminClientConfig.configNames().contains(name));
    settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.putIfAbsent(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, 10_000);
    settings.putIfAbsent(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, 10_000);
    return () -> {
      try {
        return Admin.create(settings);
      } catch (KafkaException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        throw new IllegalStateException(
            "kafka client cannot be created for " + bootstrapServers + ": " + ErrorText.of(cause),
            e);
      }
    };
  }
}
