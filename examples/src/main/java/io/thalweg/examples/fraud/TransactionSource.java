package io.thalweg.examples.fraud;

import io.thalweg.examples.runtime.RecordSource;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Writes messages to their topics at a steady rate of transactions, which is reached after some
 * seconds. Event time is that of the messages, so it runs as fast as they are written.
 */
final class TransactionSource extends RecordSource {

  /** Transactions a second that a JVM can write before its code is compiled. */
  private static final int COLD_JVM_RATE = 500;

  private static final double WARM_UP_NANOS = 3e9;

  private final Iterator<FraudStream.Message> messages;
  private final int rate;
  private volatile long written;
  private volatile long firstNanos;
  private volatile long lastNanos;

  /**
   * Creates a source that is not started.
   *
   * @param bootstrapServers the brokers
   * @param messages the messages, in the order of their times
   * @param rate transactions a second
   */
  TransactionSource(String bootstrapServers, Iterator<FraudStream.Message> messages, int rate) {
    super(bootstrapServers, FraudStream.TRANSACTIONS);
    this.messages = messages;
    this.rate = rate;
  }

  /**
   * Writes messages as fast as Kafka takes them, and waits until it has them.
   *
   * @param history the messages
   */
  void writeAll(List<FraudStream.Message> history) {
    history.forEach(this::send);
    flush();
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
   * Returns the rate since {@link #start}.
   *
   * @return transactions a second
   */
  double rate() {
    return written / ((lastNanos - firstNanos) / 1e9);
  }

  @Override
  protected long writeNext(long due) {
    if (!messages.hasNext()) {
      return END;
    }
    FraudStream.Message message = messages.next();
    send(message);
    if (!message.topic().equals(FraudStream.TRANSACTIONS)) {
      return 0;
    }
    lastNanos = System.nanoTime();
    if (written == 0) {
      firstNanos = lastNanos;
    }
    written++;
    return (long) (1e9 / Math.min(rate, COLD_JVM_RATE + due / WARM_UP_NANOS * rate));
  }

  private void send(FraudStream.Message message) {
    send(
        new ProducerRecord<>(
            message.topic(),
            null,
            message.recordTime(),
            message.key().getBytes(StandardCharsets.UTF_8),
            message.value()),
        place -> {});
  }
}
