package io.thalweg.examples.runtime;

import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writer of a run's input records, on a thread of its own. When the broker is slow it falls behind,
 * then catches up in a burst. A subclass has the records and their pace.
 *
 * <p>Thread-safety: {@code start} and {@code close} by one thread, everything else from any thread.
 */
public abstract class RecordSource implements AutoCloseable {

  /** Returned by {@link #writeNext} after the last record. */
  protected static final long END = -1;

  private final KafkaProducer<byte[], byte[]> producer;
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private Thread thread; // null before the start
  private volatile boolean stopped;

  /**
   * Creates a source that is not started.
   *
   * @param bootstrapServers the brokers
   * @param topic an existing topic
   */
  protected RecordSource(String bootstrapServers, String topic) {
    producer =
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
    producer.partitionsFor(topic); // connects
  }

  /**
   * Writes the next record, when it is due.
   *
   * @param due the time at which it was due, in nanoseconds since the start
   * @return the time from there to the next record, in nanoseconds; {@link #END} after the last one
   */
  protected abstract long writeNext(long due);

  /**
   * Sends a record.
   *
   * @param record the record
   * @param onWritten receives its partition and offset when Kafka has it, on the thread of the
   *     producer
   */
  protected final void send(
      ProducerRecord<byte[], byte[]> record, Consumer<RecordMetadata> onWritten) {
    producer.send(
        record,
        (place, e) -> {
          if (e == null) {
            onWritten.accept(place);
          } else {
            failure.compareAndSet(null, e);
          }
        });
  }

  /** Waits until every record that was sent is written or has failed. */
  protected final void flush() {
    producer.flush();
  }

  /** Starts writing. */
  public final void start() {
    thread = new Thread(this::run, "record-source");
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    long begin = System.nanoTime();
    long due = 0;
    try {
      while (!stopped && failure.get() == null) {
        long wait = begin + due - System.nanoTime();
        if (wait > 0) {
          LockSupport.parkNanos(wait);
          continue;
        }
        long gap = writeNext(due);
        if (gap < 0) {
          return;
        }
        due += gap;
      }
    } catch (RuntimeException e) {
      failure.compareAndSet(null, e);
    }
  }

  /**
   * Returns the first failure to write a record.
   *
   * @return the failure; null if there is none
   */
  public final Exception failure() {
    return failure.get();
  }

  /** Stops writing, and waits until every record is written or has failed. */
  @Override
  public void close() {
    stopped = true;
    try {
      if (thread != null) {
        LockSupport.unpark(thread);
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    producer.close();
  }
}
