package io.thalweg.examples.readings;

import io.thalweg.examples.runtime.RecordSource;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Writes simulated readings to a topic at a steady rate. The record key is {@code device_id}; the
 * event time comes from a clock. A high rate is reached after some seconds. The timestamps of a
 * device never go back, even if the clock does.
 */
public final class ReadingGenerator extends RecordSource {

  /** Readings a second that a JVM can write before its code is compiled. */
  private static final int COLD_JVM_RATE = 500;

  private static final Duration WARM_UP = Duration.ofSeconds(5);

  private final String topic;
  private final SensorSimulator simulation;
  private final int rate;
  private final LongSupplier clock;
  private final PlantedAnomalies truth = new PlantedAnomalies();
  private long now;
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
    super(bootstrapServers, topic);
    this.topic = topic;
    this.simulation = simulation;
    this.rate = rate;
    this.clock = clock;
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
  public void close() {
    end = System.nanoTime();
    super.close();
  }

  @Override
  protected long writeNext(long due) {
    if (due <= warmUp(rate).toNanos()) {
      fullSpeed = System.nanoTime();
      sentBefore = sent;
    }
    now = Math.max(now, clock.getAsLong());
    send(simulation.next(now), simulation.planted());
    return gap(due);
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
    send(
        new ProducerRecord<>(
            topic, reading.deviceId().getBytes(StandardCharsets.UTF_8), reading.toJson()),
        place -> truth.add(place.partition(), place.offset(), planted));
    sent++;
  }
}
