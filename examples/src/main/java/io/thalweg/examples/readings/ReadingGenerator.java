package io.thalweg.examples.readings;

import io.thalweg.examples.runtime.RecordSource;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes simulated readings to a topic at a steady rate, on a thread of its own. The record key is
 * {@code device_id}; the event time comes from a clock. A high rate is reached after some seconds.
 * The timestamps of a device never go back, even if the clock does. When the broker is slow the
 * generator falls behind, then catches up in a burst.
 *
 * <p>Thread-safety: {@code start} once, everything else from any thread.
 */
public final class ReadingGenerator implements RecordSource {

  /** Readings a second that a JVM can write before its code is compiled. */
  private static final int COLD_JVM_RATE = 500;

  private static final Duration WARM_UP = Duration.ofSeconds(5);

  private final String topic;
  private final SensorSimulator simulation;
  private final int rate;
  private final LongSupplier clock;
  private final KafkaProducer<byte[], byte[]> producer;
  private final PlantedAnomalies truth = new PlantedAnomalies();
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final Thread thread = new Thread(this::run, "sensor-generator");
  private volatile boolean stopped;
  private long sent;
  private long sentBefore; // before full speed
  private long fullSpeed; // start of full speed, by the nano clock
  private long end;

  /**
   * Creates a generator that is not started.
   *
   * @param bootstrapServers the brokers
   * @param topic an existing topic
   * @param simulation the source of the values, for this generator alone
   * @param rate readings a second; 0 for the pace of the book's example, 0.5 to 2 s from reading to
   *     reading
   * @param clock returns the event time in milliseconds
   */
  public ReadingGenerator(
      String bootstrapServers,
      String topic,
      SensorSimulator simulation,
      int rate,
      LongSupplier clock) {
    this.topic = topic;
    this.simulation = simulation;
    this.rate = rate;
    this.clock = clock;
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
                2,
                ProducerConfig.BATCH_SIZE_CONFIG,
                64 * 1024),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    thread.setDaemon(true);
    producer.partitionsFor(topic); // connects
  }

  @Override
  public void start() {
    thread.start();
  }

  /**
   * Returns the time until a rate is reached.
   *
   * @param rate readings a second
   * @return 5 s above 500 readings a second, else zero
   */
  public static Duration warmUp(int rate) {
    return rate > COLD_JVM_RATE ? WARM_UP : Duration.ZERO;
  }

  /**
   * Returns the rate at full speed; valid after {@link #close}.
   *
   * @return readings a second that were handed to the producer
   */
  public double rate() {
    return (sent - sentBefore) / ((end - fullSpeed) / 1e9);
  }

  /**
   * Returns the records written and the planted anomalies; complete after {@link #close}.
   *
   * @return the ground truth
   */
  public PlantedAnomalies truth() {
    return truth;
  }

  @Override
  public Exception failure() {
    return failure.get();
  }

  @Override
  public void close() {
    end = System.nanoTime();
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
    long now = clock.getAsLong();
    long begin = System.nanoTime();
    long risen = begin + warmUp(rate).toNanos();
    long due = begin;
    try {
      while (!stopped && failure.get() == null) {
        long wait = due - System.nanoTime();
        if (wait > 0) {
          LockSupport.parkNanos(wait);
          continue;
        }
        if (due <= risen) {
          fullSpeed = System.nanoTime();
          sentBefore = sent;
        }
        now = Math.max(now, clock.getAsLong());
        send(simulation.next(now), simulation.planted());
        due += gap(due - begin);
      }
    } catch (RuntimeException e) {
      failure.compareAndSet(null, e);
    }
  }

  /** The time from one reading to the next, in nanoseconds. */
  private long gap(long sinceBegin) {
    if (rate == 0) {
      return TimeUnit.MILLISECONDS.toNanos(simulation.bookPauseMillis());
    }
    double risen = COLD_JVM_RATE + (double) sinceBegin / WARM_UP.toNanos() * rate;
    return (long) (1e9 / Math.min(rate, risen));
  }

  private void send(Reading reading, boolean planted) {
    producer.send(
        new ProducerRecord<>(
            topic, reading.deviceId().getBytes(StandardCharsets.UTF_8), reading.toJson()),
        (written, e) -> {
          if (e == null) {
            truth.add(written.partition(), written.offset(), planted);
          } else {
            failure.compareAndSet(null, e);
          }
        });
    sent++;
  }
}
