package io.thalweg.storm.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.apache.storm.utils.Time;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Check of the ends of logs, in a spout on Kafka in memory. */
class LogEndCheckTest {

  private static final int HEARTBEAT = 1_000;
  private static final int IDLE = 200; // ten times as long for late records
  private static final int DISORDER = 100;
  private static final byte[] KEY = {'k'};
  private static final byte[] UNREADABLE = {};

  private final MemoryKafka kafka = Readings.kafka();
  private Time.SimulatedTime time;
  private SpoutDriver driver;

  @BeforeEach
  void setUp() {
    time = new Time.SimulatedTime();
    Time.advanceTime(1_000_000);
    kafka.addPartition();
    kafka.addPartition();
  }

  @AfterEach
  void tearDown() {
    driver.close();
    time.close();
  }

  private void append(int partition, long timestamp, byte[] key) {
    kafka.append(partition, kafka.end(partition), timestamp, key, KEY);
  }

  /**
   * Writes as many records as are emitted, so that some are always unread, one in five of them to
   * the partition with on-time records. A response of Kafka takes one step.
   */
  private void run(long timestamp, byte[] key) {
    driver =
        new SpoutDriver(
            kafka.spout(
                KafkaSources.bytes("nowhere:1", kafka.topic)
                    .withGroupId("g")
                    .withDisorder(Duration.ofMillis(DISORDER))
                    .withIdleTimeout(Duration.ofMillis(IDLE))
                    .withHeartbeat(Duration.ofMillis(HEARTBEAT))
                    .withProperty("max.poll.records", 30)));
    kafka.delayed = true;
    for (int i = 0; i < 20; i++) {
      append(1, timestamp, key);
    }
    for (int step = 0; step < 600; step++) {
      if (step % 5 == 0) {
        append(0, Time.currentTimeMillis(), KEY);
      } else {
        append(1, timestamp, key);
      }
      kafka.respond();
      driver.step();
    }
    assertThat(driver.records).as("no step without a record").hasSizeGreaterThan(560);
  }

  @Test
  void watermark_partitionOfManyUnreadableRecords_isNotHeld() {
    run(0, UNREADABLE);
    assertThat(driver.watermark())
        .isGreaterThan(Time.currentTimeMillis() - DISORDER - 3 * HEARTBEAT);
  }

  @Test
  void watermark_partitionOfManyLateRecords_isNotHeld() {
    append(1, Time.currentTimeMillis(), KEY);
    run(500_000, KEY);
    assertThat(driver.watermark())
        .isGreaterThan(Time.currentTimeMillis() - DISORDER - 3 * HEARTBEAT);
  }
}
