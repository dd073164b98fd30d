package io.thalweg.examples.runtime;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;

/**
 * Kafka broker in this JVM: one node, broker and controller (KRaft), on the loopback interface,
 * with its data in a temporary folder that {@link #close} deletes. It starts in 2 to 4 seconds. For
 * demos and tests; nothing is replicated.
 *
 * <p>Thread-safety: {@code close} may be called from any thread, and more than once.
 */
public final class EmbeddedKafka implements AutoCloseable {

  private final String bootstrapServers;
  private final TemporaryFolder folder;
  private final Properties properties;
  private KafkaRaftServer server;
  private boolean closed;

  private EmbeddedKafka(String bootstrapServers, TemporaryFolder folder, Properties properties) {
    this.bootstrapServers = bootstrapServers;
    this.folder = folder;
    this.properties = properties;
  }

  /**
   * Starts a broker on a free port.
   *
   * @return a broker that accepts connections
   * @throws DemoException if it does not start; the message names the cause
   */
  public static EmbeddedKafka start() {
    return start(0);
  }

  /**
   * Starts a broker.
   *
   * @param port the port on 127.0.0.1; 0 for a free one
   * @return a broker that accepts connections
   * @throws DemoException if it does not start; the message names the cause
   */
  public static EmbeddedKafka start(int port) {
    TemporaryFolder folder = TemporaryFolder.of("kafka");
    boolean started = false;
    try {
      int[] ports = freePorts(port);
      Properties properties = properties(folder, ports[0], ports[1]);
      format(folder, properties);
      EmbeddedKafka kafka = new EmbeddedKafka("127.0.0.1:" + ports[0], folder, properties);
      kafka.resume();
      started = true;
      return kafka;
    } catch (BindException e) {
      throw new DemoException(
          "port " + port + " of 127.0.0.1 is taken: choose another --port, or 0 for a free one", e);
    } catch (IOException | IllegalArgumentException e) {
      throw new DemoException("the embedded kafka did not start: " + e.getMessage(), e);
    } finally {
      if (!started) {
        folder.close();
      }
    }
  }

  /**
   * Stops the broker and keeps its data. Clients cannot connect until {@link #resume}. Does nothing
   * if the broker is stopped.
   */
  public synchronized void interrupt() {
    if (server != null) {
      server.shutdown();
      server.awaitShutdown();
      server = null;
    }
  }

  /**
   * Restarts the broker at the same address with the same data. Does nothing if the broker runs.
   *
   * @throws DemoException if it does not start; the message names the cause
   * @throws IllegalStateException if it is closed
   */
  public synchronized void resume() {
    if (closed) {
      throw new IllegalStateException("kafka is closed and its data deleted: start another broker");
    }
    if (server != null) {
      return;
    }
    try {
      server = new KafkaRaftServer(new KafkaConfig(properties, false), Time.SYSTEM);
      server.startup();
    } catch (RuntimeException e) {
      interrupt();
      throw new DemoException("the embedded kafka did not start: " + e.getMessage(), e);
    }
  }

  /**
   * Returns the address for clients.
   *
   * @return host and port
   */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /** Stops the broker and deletes its data. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      interrupt();
      folder.close();
    }
  }

  // The advertised address must be known before the broker starts, so it cannot bind to port 0
  // itself. Both sockets are open at once so that the two ports differ.
  private static int[] freePorts(int wanted) throws IOException {
    InetAddress loopback = InetAddress.getByName("127.0.0.1");
    try (ServerSocket broker = new ServerSocket(wanted, 1, loopback);
        ServerSocket controller = new ServerSocket(0, 1, loopback)) {
      return new int[] {broker.getLocalPort(), controller.getLocalPort()};
    }
  }

  private static Properties properties(TemporaryFolder folder, int broker, int controller) {
    Properties p = new Properties();
    p.setProperty("process.roles", "broker,controller");
    p.setProperty("node.id", "1");
    p.setProperty("controller.quorum.voters", "1@127.0.0.1:" + controller);
    p.setProperty(
        "listeners", "PLAINTEXT://127.0.0.1:" + broker + ",CONTROLLER://127.0.0.1:" + controller);
    p.setProperty("advertised.listeners", "PLAINTEXT://127.0.0.1:" + broker);
    p.setProperty("controller.listener.names", "CONTROLLER");
    p.setProperty("inter.broker.listener.name", "PLAINTEXT");
    p.setProperty("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    p.setProperty("log.dirs", folder.resolve("data").toString());
    p.setProperty("offsets.topic.replication.factor", "1");
    p.setProperty("offsets.topic.num.partitions", "1");
    p.setProperty("transaction.state.log.replication.factor", "1");
    p.setProperty("transaction.state.log.num.partitions", "1");
    p.setProperty("transaction.state.log.min.isr", "1");
    p.setProperty("share.coordinator.state.topic.replication.factor", "1");
    p.setProperty("share.coordinator.state.topic.num.partitions", "1");
    p.setProperty("share.coordinator.state.topic.min.isr", "1");
    p.setProperty("group.initial.rebalance.delay.ms", "0");
    p.setProperty("auto.create.topics.enable", "false");
    p.setProperty("log.cleaner.dedupe.buffer.size", "2097152");
    // there is no other controller to hand over to
    p.setProperty("controlled.shutdown.enable", "false");
    return p;
  }

  private static void format(TemporaryFolder folder, Properties properties) throws IOException {
    Path file = folder.resolve("server.properties");
    try (var out = Files.newBufferedWriter(file)) {
      properties.store(out, null);
    }
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    String[] arguments = {"format", "-t", Uuid.randomUuid().toString(), "-c", file.toString()};
    int status =
        StorageTool.execute(arguments, new PrintStream(output, true, StandardCharsets.UTF_8));
    if (status != 0) {
      throw new IOException(
          "formatting failed: " + output.toString(StandardCharsets.UTF_8).strip());
    }
  }
}
