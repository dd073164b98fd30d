package io.thalweg.examples.fraud;

import io.thalweg.examples.runtime.RecordSource;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes messages to their topics at a steady rate of transactions, on a thread of its own. Event
 * time is that of the messages, so it runs as fast as they are written. When the broker is slow the
 * source falls behind, then catches up in a burst.
 *
 * <p>Thread-safety: {@code writeAll} and {@code start} once each, everything else from any thread.
 */
final class TransactionSource implements RecordSource {

  /** Transactions a second that a JVM can write before its code is compiled. */
  private static final int COLD_JVM_RATE = 500;

  private static final long WARM_UP_NANOS = 3_000_000_000L;

  private final Iterator<FraudStream.Message> messages;
  private final int rate;
  private final KafkaProducer<byte[], byte[]> producer;
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final Thread thread = new Thread(this::run, "transaction-source");
  private volatile boolean stopped;
  private volatile long written;
  private volatile long started;
  private volatile long ended;

  /**
   * Creates a source that is not started.
   *
   * @param bootstrapServers the brokers
   * @param messages the messages, in the order of their times
   * @param rate transactions a second
   */
  TransactionSource(String bootstrapServers, Iterator<FraudStream.Message> messages, int rate) {
    this.messages = messages;
    this.rate = rate;
    this.producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.ACKS_CONFIG,
                "all",
                // a lost broker is noticed before Storm times out
                ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                10_000,
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                30_000,
                ProducerConfig.LINGER_MS_CONFIG,
                1,
                ProducerConfig.BATCH_SIZE_CONFIG,
                64 * 1024),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    thread.setDaemon(true);
    producer.partitionsFor(FraudStream.TRANSACTIONS); // connects
  }

  /**
   * Writes messages as fast as Kafka takes them, and waits until it has them.
   *
   * @param history the messages
   */
  void writeAll(List<FraudStream.Message> history) {
    history.forEach(this::send);
    producer.flush();
  }

  @Override
  public void start() {
    thread.start();
  }

  /**
   * Returns the number of transactions written since {@link #start}.
   *
   * @return the number
   */
  long written() {
    return written;
  }

  /**
   * Returns the rate since {@link #start}; valid after {@link #close}.
   *
   * @return transactions a second
   */
  double rate() {
    return written / ((ended - started) / 1e9);
  }

  @Override
  public Exception failure() {
    return failure.get();
  }

  @Override
  public void close() {
    stopped = true;
    LockSupport.unpark(thread);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    producer.close();
  }

  private void run() {
    started = System.nanoTime();
    long due = started;
    try {
      while (!stopped && failure.get() == null && messages.hasNext()) {
        long wait = due - System.nanoTime();
        if (wait > 0) {
          LockSupport.parkNanos(wait);
          continue;
        }
        FraudStream.Message message = messages.next();
        send(message);
        if (message.topic().equals(FraudStream.TRANSACTIONS)) {
          written++;
          double risen = COLD_JVM_RATE + (double) (due - started) / WARM_UP_NANOS * rate;
          due += (long) (1e9 / Math.min(rate, risen));
        }
      }
    } catch (RuntimeException e) {
      failure.compareAndSet(null, e);
    }
    ended = System.nanoTime();
  }

  private void send(FraudStream.Message message) {
    producer.send(
        new ProducerRecord<>(
            message.topic(),
            null,
            message.recordTime(),
            message.key().getBytes(StandardCharsets.UTF_8),
            message.value()),
        (done, e) -> {
          if (e != null) {
            failure.compareAndSet(null, e);
          }
        });
  }
}
