package io.thalweg.examples.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A broker that no longer accepts connections, and one of two that does. */
class BrokerWatchTest {

  @Test
  void watch_brokerStops_isLost() throws Exception {
    CountDownLatch lost = new CountDownLatch(1);
    ServerSocket broker = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    String address = "127.0.0.1:" + broker.getLocalPort();
    try (BrokerWatch watch = new BrokerWatch(address, lost::countDown)) {
      broker.accept().close(); // it has answered once
      assertThat(watch.lost()).isFalse();
      broker.close();
      assertThat(lost.await(1, TimeUnit.MINUTES)).isTrue();
      assertThat(watch.lost()).isTrue();
    }
  }

  @Test
  void watch_oneOfTwoAnswers_isNotLost() throws IOException {
    CountDownLatch lost = new CountDownLatch(1);
    try (ServerSocket broker = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        BrokerWatch watch =
            new BrokerWatch("127.0.0.1:1,127.0.0.1:" + broker.getLocalPort(), lost::countDown)) {
      for (int check = 0; check < 4; check++) {
        broker.accept().close();
      }
      assertThat(watch.lost()).isFalse();
    }
  }
}
