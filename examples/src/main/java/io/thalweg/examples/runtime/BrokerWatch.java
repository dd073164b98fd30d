package io.thalweg.examples.runtime;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.utils.Utils;

/**
 * Watch over the brokers of a run, on a thread of its own: Kafka's clients retry for a minute
 * before they give up. Brokers are lost when none of them accepts a connection in two checks, a
 * second apart.
 */
final class BrokerWatch implements AutoCloseable {

  private static final long PERIOD_NANOS = 1_000_000_000;
  private static final int TIMEOUT_MILLIS = 1_000;
  private static final int CHECKS = 2;

  private final String bootstrapServers;
  private final Runnable onLost;
  private final Thread thread = new Thread(this::run, "broker-watch");
  private volatile boolean closed;
  private volatile boolean lost;

  /**
   * Starts a watch.
   *
   * @param bootstrapServers the brokers, {@code host:port} with commas in between
   * @param onLost called once when the brokers are lost, on the thread of the watch
   */
  BrokerWatch(String bootstrapServers, Runnable onLost) {
    this.bootstrapServers = bootstrapServers;
    this.onLost = onLost;
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    int failed = 0;
    while (!closed) {
      failed = answers() ? 0 : failed + 1;
      if (failed == CHECKS && !closed) {
        lost = true;
        onLost.run();
        return;
      }
      LockSupport.parkNanos(PERIOD_NANOS);
    }
  }

  private boolean answers() {
    for (String broker : bootstrapServers.split(",")) {
      Integer port = Utils.getPort(broker.strip());
      try (Socket socket = new Socket()) {
        socket.connect(
            new InetSocketAddress(Utils.getHost(broker.strip()), port == null ? 0 : port),
            TIMEOUT_MILLIS);
        return true;
      } catch (IOException e) {
        // the next one may answer
      }
    }
    return false;
  }

  /** Returns whether the brokers were lost. */
  boolean lost() {
    return lost;
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }
}
