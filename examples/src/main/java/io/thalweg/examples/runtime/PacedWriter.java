package io.thalweg.examples.runtime;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes given records to a topic, evenly over a time, on a thread of its own. When the broker is
 * slow the writer falls behind, then catches up in a burst.
 *
 * <p>Thread-safety: {@code start} once, everything else from any thread.
 */
public final class PacedWriter implements RecordSource {

  /** Share of the time after which everything is written, unless the broker is slow. */
  private static final double SHARE = 0.9;

  /**
   * Record to be written.
   *
   * @param key the key
   * @param value the value
   */
  public record Message(String key, byte[] value) {}

  private final String topic;
  private final List<Message> messages;
  private final Duration duration;
  private final KafkaProducer<byte[], byte[]> producer;
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final AtomicLong written = new AtomicLong();
  private final Thread thread = new Thread(this::run, "paced-writer");
  private volatile boolean stopped;

  /**
   * Creates a writer that is not started.
   *
   * @param bootstrapServers the brokers
   * @param topic an existing topic
   * @param messages the records, in the order of writing
   * @param duration the time after which the last one is to be written
   */
  public PacedWriter(
      String bootstrapServers, String topic, List<Message> messages, Duration duration) {
    this.topic = topic;
    this.messages = messages;
    this.duration = duration;
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
                2),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    thread.setDaemon(true);
    producer.partitionsFor(topic); // connects
  }

  @Override
  public void start() {
    thread.start();
  }

  private void run() {
    long begin = System.nanoTime();
    double gap = duration.toNanos() * SHARE / messages.size();
    try {
      for (int i = 0; i < messages.size() && !stopped && failure.get() == null; i++) {
        long wait = begin + (long) (i * gap) - System.nanoTime();
        while (wait > 0 && !stopped) {
          LockSupport.parkNanos(wait);
          wait = begin + (long) (i * gap) - System.nanoTime();
        }
        Message message = messages.get(i);
        producer.send(
            new ProducerRecord<>(
                topic, message.key.getBytes(StandardCharsets.UTF_8), message.value),
            (metadata, e) -> {
              if (e == null) {
                written.incrementAndGet();
              } else {
                failure.compareAndSet(null, e);
              }
            });
      }
    } catch (RuntimeException e) {
      failure.compareAndSet(null, e);
    }
  }

  /**
   * Returns the number of records that Kafka has; complete after {@link #close}.
   *
   * @return at most the number of given records
   */
  public long written() {
    return written.get();
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
}
