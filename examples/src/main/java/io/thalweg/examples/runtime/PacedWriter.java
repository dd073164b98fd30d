package io.thalweg.examples.runtime;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Writes given records to a topic, evenly over a time. */
public final class PacedWriter extends RecordSource {

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
  private final long gap;
  private final AtomicLong written = new AtomicLong();
  private int next;

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
    super(bootstrapServers, topic);
    this.topic = topic;
    this.messages = messages;
    this.gap = (long) (duration.toNanos() * SHARE / Math.max(1, messages.size()));
  }

  @Override
  protected long writeNext(long due) {
    if (next == messages.size()) {
      return END;
    }
    Message message = messages.get(next++);
    send(
        new ProducerRecord<>(topic, message.key.getBytes(StandardCharsets.UTF_8), message.value),
        place -> written.incrementAndGet());
    return gap;
  }

  /**
   * Returns the number of records that Kafka has; complete after {@link #close}.
   *
   * @return at most the number of given records
   */
  public long written() {
    return written.get();
  }
}
