package io.thalweg.storm.kafka;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.storm.BoltHarness;
import io.thalweg.storm.TupleFields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.provider.FileConfigProvider;
import org.apache.kafka.common.security.plain.PlainLoginModule;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.utils.Time;
import org.apache.storm.utils.Utils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** The spout against a broker that requires SASL or TLS; its passwords are random. */
class SecureKafkaTest {

  private static final String PASSWORD = UUID.randomUUID().toString();
  private static final String SASL = "SASL_PLAINTEXT";
  private static final String TLS = "SSL";

  @TempDir private static Path folder;
  private static Path keys;
  private static Path passwords;
  private static Broker broker;
  private Time.SimulatedTime time;

  @BeforeAll
  static void startBroker() throws Exception {
    keys = folder.resolve("keys.p12");
    passwords = folder.resolve("passwords.properties");
    Files.writeString(passwords, "kafka=" + PASSWORD);
    createKeys();
    Map<String, String> settings = new HashMap<>();
    settings.put("broker.session.timeout.ms", "60000");
    settings.put("sasl.enabled.mechanisms", "PLAIN");
    settings.put(
        "listener.name.sasl_plaintext.plain.sasl.jaas.config",
        PlainLoginModule.class.getName() + " required user_thalweg=\"" + PASSWORD + "\";");
    store(PASSWORD).forEach((name, value) -> settings.put(name, value.toString()));
    settings.put("ssl.client.auth", "required");
    broker = new Broker(settings, List.of(SASL, TLS));
  }

  /** Creates a key with its certificate, for the broker and for its clients. */
  private static void createKeys() throws IOException, InterruptedException {
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "test",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=test",
                "-ext",
                "SAN=IP:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-keystore",
                keys.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .start();
    String output = new String(keytool.getInputStream().readAllBytes(), UTF_8);
    assertThat(keytool.waitFor()).as(output).isZero();
  }

  @BeforeEach
  void simulateTime() {
    time = new Time.SimulatedTime();
  }

  @AfterEach
  void stopSimulatedTime() {
    time.close();
  }

  @AfterAll
  static void stopBroker() throws IOException {
    if (broker != null) {
      broker.close();
    }
  }

  private static Map<String, Object> store(String password) {
    return Map.of(
        "ssl.keystore.type",
        "PKCS12",
        "ssl.keystore.location",
        keys.toString(),
        "ssl.keystore.password",
        password,
        "ssl.truststore.type",
        "PKCS12",
        "ssl.truststore.location",
        keys.toString(),
        "ssl.truststore.password",
        password);
  }

  private static Map<String, Object> tls(String password) {
    Map<String, Object> properties = new HashMap<>(store(password));
    properties.put("security.protocol", TLS);
    return properties;
  }

  private static Map<String, Object> sasl(String password) {
    return Map.of(
        "security.protocol",
        SASL,
        "sasl.mechanism",
        "PLAIN",
        "sasl.jaas.config",
        PlainLoginModule.class.getName()
            + " required username=\"thalweg\" password=\""
            + password
            + "\";");
  }

  private static KafkaSources.Builder source(String topic, Map<String, Object> properties) {
    KafkaSources.Builder source =
        KafkaSources.bytes(
                broker.bootstrapServers(properties.get("security.protocol").toString()), topic)
            .withGroupId(topic)
            .withDisorder(Duration.ZERO);
    properties.forEach(source::withProperty);
    return source;
  }

  /** Returns a source whose clients read the password from a file when they start. */
  private static KafkaSources.Builder byReference(
      String topic, Function<String, Map<String, Object>> properties) {
    return source(topic, properties.apply("${file:" + passwords + ":kafka}"))
        .withProperty("config.providers", "file")
        .withProperty("config.providers.file.class", FileConfigProvider.class.getName())
        .withProperty("config.providers.file.param.allowed.paths", folder.toString());
  }

  /** Reads the topic until its offset is committed, which takes a consumer and an admin client. */
  private static void assertRead(String topic, KafkaSources.Builder source) throws Exception {
    broker.create(topic, 1, Map.of());
    assertThat(source.topicIds()).containsOnlyKeys(topic);
    try (KafkaProducer<byte[], byte[]> producer = broker.producer(Map.of());
        SpoutDriver driver = new SpoutDriver(source.lowWatermarkSpout())) {
      producer.send(new ProducerRecord<>(topic, 0, 1_000L, new byte[] {'k'}, new byte[1])).get();
      driver.until(
          "the record is settled",
          () -> !driver.heartbeats.isEmpty() && driver.marks().containsValue(1L));
      assertThat(driver.records).hasSize(1);
      assertThat(driver.records.get(0).get(TupleFields.KEY)).isEqualTo("k");
    }
    assertThat(broker.admin().listConsumerGroupOffsets(topic).partitionsToOffsetAndMetadata().get())
        .hasSize(1);
  }

  @Test
  void read_withSasl_readsAndCommits(TestInfo test) throws Exception {
    String topic = test.getTestMethod().orElseThrow().getName();
    assertRead(topic, source(topic, sasl(PASSWORD)));
  }

  @Test
  void read_withSaslPasswordByReference_readsAndCommits(TestInfo test) throws Exception {
    String topic = test.getTestMethod().orElseThrow().getName();
    assertRead(topic, byReference(topic, SecureKafkaTest::sasl));
  }

  @Test
  void read_withTls_readsAndCommits(TestInfo test) throws Exception {
    String topic = test.getTestMethod().orElseThrow().getName();
    assertRead(topic, source(topic, tls(PASSWORD)));
  }

  @Test
  void read_withTlsPasswordsByReference_readsAndCommits(TestInfo test) throws Exception {
    String topic = test.getTestMethod().orElseThrow().getName();
    assertRead(topic, byReference(topic, SecureKafkaTest::tls));
  }

  @Test
  void spout_passwordByReference_isNotPartOfTheTopology() {
    assertThat(submitted(source("t", sasl(PASSWORD)))).contains(PASSWORD);
    assertThat(submitted(byReference("t", SecureKafkaTest::sasl))).doesNotContain(PASSWORD);
    assertThat(submitted(byReference("t", SecureKafkaTest::tls))).doesNotContain(PASSWORD);
  }

  private static String submitted(KafkaSources.Builder source) {
    return new String(Utils.javaSerialize(source.lowWatermarkSpout()), ISO_8859_1);
  }

  @Test
  void spout_withSecrets_showsNone() {
    for (Map<String, Object> properties : List.of(sasl(PASSWORD), tls(PASSWORD))) {
      KafkaSources.Builder source =
          source("t", properties).withProperty("some.provider.token", PASSWORD);
      TopologyBuilder topology = new TopologyBuilder();
      topology.setSpout("plain", source.spout());
      topology.setSpout("low", source.lowWatermarkSpout());
      BoltHarness harness = new BoltHarness(topology);
      for (String spout : List.of("plain", "low")) {
        assertThat(
                harness
                    .context(spout)
                    .getRawTopology()
                    .get_spouts()
                    .get(spout)
                    .get_common()
                    .get_json_conf())
            .contains("config.security.protocol")
            .contains(properties.get("security.protocol").toString())
            .doesNotContain(PASSWORD)
            .doesNotContain("some.provider.token");
      }
      assertThat(source.config(() -> null).toString())
          .as("the text that Storm's spout logs")
          .contains("security.protocol")
          .doesNotContain(PASSWORD);
    }
  }
}
