package io.thalweg.storm.kafka;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Time;

/**
 * Kafka broker for tests: one node in this JVM, broker and controller, on the loopback interface,
 * with its data in a temporary folder. It can be stopped and started again on the same port with
 * the same data.
 */
public final class Broker implements AutoCloseable {

  private final Path folder;
  private final Properties properties = new Properties();
  private final String bootstrapServers;
  private final Map<String, String> secured = new HashMap<>();
  private KafkaRaftServer server;
  private final Admin admin;

  /**
   * Starts a broker that tolerates pauses of a minute on a busy machine. A restart takes as long.
   */
  public static Broker patient() throws IOException {
    return new Broker(Map.of("broker.session.timeout.ms", "60000"));
  }

  /**
   * Starts a broker, which accepts connections when this returns.
   *
   * @param settings settings besides the default ones
   */
  public Broker(Map<String, String> settings) throws IOException {
    this(settings, List.of());
  }

  /**
   * Starts a broker with listeners for further security protocols, each named by its protocol.
   *
   * @param settings settings besides the default ones
   * @param protocols the protocols, such as {@code SASL_PLAINTEXT}
   */
  Broker(Map<String, String> settings, List<String> protocols) throws IOException {
    folder = Files.createTempDirectory("thalweg-broker-");
    InetAddress loopback = InetAddress.getByName("127.0.0.1");
    int port;
    int controller;
    // The advertised address must be known before the start. Both are open at once, to differ.
    try (ServerSocket first = new ServerSocket(0, 1, loopback);
        ServerSocket second = new ServerSocket(0, 1, loopback)) {
      port = first.getLocalPort();
      controller = second.getLocalPort();
    }
    bootstrapServers = "127.0.0.1:" + port;
    configure(port, controller);
    for (String protocol : protocols) {
      listen(protocol);
    }
    properties.putAll(settings);
    format();
    start();
    admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers));
  }

  private void configure(int port, int controller) {
    String loopback = "PLAINTEXT://127.0.0.1:" + port;
    properties.putAll(
        Map.of(
            "process.roles", "broker,controller",
            "node.id", "1",
            "controller.quorum.voters", "1@127.0.0.1:" + controller,
            "listeners", loopback + ",CONTROLLER://127.0.0.1:" + controller,
            "advertised.listeners", loopback,
            "controller.listener.names", "CONTROLLER",
            "inter.broker.listener.name", "PLAINTEXT",
            "listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs", folder.resolve("data").toString()));
    for (String topic : List.of("offsets.topic", "transaction.state.log")) {
      properties.setProperty(topic + ".replication.factor", "1");
      properties.setProperty(topic + ".num.partitions", "1");
    }
    properties.setProperty("transaction.state.log.min.isr", "1");
    properties.setProperty("share.coordinator.state.topic.replication.factor", "1");
    properties.setProperty("share.coordinator.state.topic.num.partitions", "1");
    properties.setProperty("share.coordinator.state.topic.min.isr", "1");
    properties.setProperty("group.initial.rebalance.delay.ms", "0");
    properties.setProperty("auto.create.topics.enable", "false");
    // By default a broker deletes records older than a week, by their own timestamps.
    properties.setProperty("log.retention.ms", "-1");
    properties.setProperty("log.cleaner.dedupe.buffer.size", "2097152");
    properties.setProperty("controlled.shutdown.enable", "false");
  }

  private void listen(String protocol) throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      secured.put(protocol, "127.0.0.1:" + free.getLocalPort());
    }
    String listener = "," + protocol + "://" + secured.get(protocol);
    properties.merge("listeners", listener, (all, one) -> all.toString() + one);
    properties.merge("advertised.listeners", listener, (all, one) -> all.toString() + one);
    properties.merge(
        "listener.security.protocol.map",
        "," + protocol + ":" + protocol,
        (all, one) -> all.toString() + one);
  }

  private void format() throws IOException {
    Path file = folder.resolve("server.properties");
    try (var out = Files.newBufferedWriter(file)) {
      properties.store(out, null);
    }
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    String[] arguments = {"format", "-t", Uuid.randomUuid().toString(), "-c", file.toString()};
    if (StorageTool.execute(arguments, new PrintStream(output, true, StandardCharsets.UTF_8))
        != 0) {
      throw new IOException(
          "formatting failed: " + output.toString(StandardCharsets.UTF_8).strip());
    }
  }

  /** Starts the broker again after {@link #stop}. */
  public void start() {
    server = new KafkaRaftServer(new KafkaConfig(properties, false), Time.SYSTEM);
    server.startup();
  }

  /** Stops the broker and keeps its data. */
  public void stop() {
    if (server != null) {
      server.shutdown();
      server.awaitShutdown();
      server = null;
    }
  }

  public String bootstrapServers() {
    return bootstrapServers;
  }

  /** Returns the address of the listener of a security protocol. */
  String bootstrapServers(String protocol) {
    return secured.get(protocol);
  }

  public Admin admin() {
    return admin;
  }

  /** Creates a topic; clients can see all its partitions when this returns. */
  public void create(String topic, int partitions, Map<String, String> settings)
      throws ExecutionException, InterruptedException {
    NewTopic created = new NewTopic(topic, partitions, (short) 1).configs(settings);
    admin.createTopics(List.of(created)).all().get();
    awaitSeen(topic, partitions);
  }

  /** Adds partitions to a topic; clients can see them when this returns. */
  public void grow(String topic, int partitions) throws ExecutionException, InterruptedException {
    admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions))).all().get();
    awaitSeen(topic, partitions);
  }

  /** Waits until the broker has learned the topic from the controller. */
  private void awaitSeen(String topic, int partitions)
      throws ExecutionException, InterruptedException {
    while (!isSeen(topic, partitions)) {
      Thread.onSpinWait();
    }
  }

  private boolean isSeen(String topic, int partitions)
      throws ExecutionException, InterruptedException {
    try {
      List<TopicPartitionInfo> seen =
          admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions();
      return seen.size() == partitions
          && seen.stream().allMatch(found -> found.leader() != null && !found.leader().isEmpty());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return false;
      }
      throw e;
    }
  }

  /** Creates a producer that sends each record at once; the caller closes it. */
  public KafkaProducer<byte[], byte[]> producer(Map<String, Object> settings) {
    Map<String, Object> all = new HashMap<>(settings);
    all.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    all.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    all.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    all.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, 0);
    return new KafkaProducer<>(all);
  }

  /** Stops the broker and deletes its data. */
  @Override
  public void close() throws IOException {
    admin.close();
    stop();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
