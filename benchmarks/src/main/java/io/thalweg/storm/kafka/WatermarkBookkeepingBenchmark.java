package io.thalweg.storm.kafka;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Cost of the low watermark for a record of the spout: one emission, one ack, and its share of a
 * heartbeat every 20,000 records (200 ms at 100,000 records a second). Four partitions; acks arrive
 * in random order within blocks of 256, {@code inFlight} records after their emission. The rival
 * keeps sorted maps of offsets and event times.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(2)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class WatermarkBookkeepingBenchmark {

  private static final int PARTITIONS = 4;
  private static final int BLOCK = 256;
  private static final int HEARTBEAT = 20_000;

  /** Records of a partition that are emitted and not acked. */
  @Param({"5000", "50000"})
  int inFlight;

  /** True if every tenth offset is missing, as in a compacted topic. */
  @Param({"false", "true"})
  boolean gaps;

  private final int[] order = new int[BLOCK];
  private final TopicPartition[] partitions = new TopicPartition[PARTITIONS];
  private final int[] disorder = new int[BLOCK];
  private LowWatermark<TopicPartition> low;
  private SortedMaps maps;
  private long records;

  /** Creates the benchmark. */
  public WatermarkBookkeepingBenchmark() {}

  /** Fills the flight, after both have given the same watermarks. */
  @Setup(Level.Iteration)
  public void setUp() {
    Random random = new Random(1);
    for (int i = 0; i < BLOCK; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
      disorder[i] = random.nextInt(1_000);
    }
    start();
    for (int i = 0; i < 4 * PARTITIONS * inFlight; i++) {
      long ours = lowWatermark();
      records--;
      long theirs = sortedMaps();
      if (ours != theirs) {
        throw new IllegalStateException("watermark must be " + theirs + ": " + ours);
      }
    }
    start();
    for (int i = 0; i < 2 * PARTITIONS * inFlight; i++) {
      lowWatermark();
      records--;
      sortedMaps();
    }
  }

  private void start() {
    records = 0;
    low = new LowWatermark<>(1_000, Long.MAX_VALUE, LowWatermark.NO_DISTANCE);
    maps = new SortedMaps(1_000);
    for (int i = 0; i < PARTITIONS; i++) {
      partitions[i] = new TopicPartition("sensor_readings", i);
      low.assign(partitions[i], "t/" + i, 0, InFlightOffsets.NO_TIME, 0);
      maps.partitions.put(partitions[i], new SortedMaps.Partition());
    }
  }

  private long offset(long n) {
    return gaps ? n + n / 9 : n;
  }

  private long acked(long n) {
    long of = n - inFlight;
    return (of & -BLOCK) + order[(int) (of & BLOCK - 1)];
  }

  /**
   * The class that the spout uses.
   *
   * @return the watermark
   */
  @Benchmark
  public long lowWatermark() {
    TopicPartition partition = partitions[(int) (records % PARTITIONS)];
    long n = records / PARTITIONS;
    low.onEmitted(partition, offset(n), n - disorder[(int) (n & BLOCK - 1)]);
    if (n >= inFlight + BLOCK) {
      low.onSettled(partition, offset(acked(n - BLOCK)));
    }
    return ++records % HEARTBEAT == 0 ? low.advance(records) : low.watermark();
  }

  /**
   * Sorted maps.
   *
   * @return the watermark
   */
  @Benchmark
  public long sortedMaps() {
    TopicPartition partition = partitions[(int) (records % PARTITIONS)];
    long n = records / PARTITIONS;
    maps.emitted(partition, offset(n), n - disorder[(int) (n & BLOCK - 1)]);
    if (n >= inFlight + BLOCK) {
      maps.settled(partition, offset(acked(n - BLOCK)));
    }
    return ++records % HEARTBEAT == 0 ? maps.advance() : maps.watermark;
  }

  private static final class SortedMaps {
    private static final class Partition {
      final TreeMap<Long, Long> times = new TreeMap<>();
      final TreeMap<Long, Integer> counts = new TreeMap<>();
      long largest = Long.MIN_VALUE;
    }

    final Map<TopicPartition, Partition> partitions = new HashMap<>();
    final long disorder;
    long watermark = Long.MIN_VALUE;

    SortedMaps(long disorder) {
      this.disorder = disorder;
    }

    void emitted(TopicPartition partition, long offset, long time) {
      Partition of = partitions.get(partition);
      of.times.put(offset, time);
      of.counts.merge(time, 1, Integer::sum);
      of.largest = Math.max(of.largest, time);
    }

    void settled(TopicPartition partition, long offset) {
      Partition of = partitions.get(partition);
      Long time = of.times.remove(offset);
      of.counts.computeIfPresent(time, (t, count) -> count == 1 ? null : count - 1);
    }

    long advance() {
      long lowest = Long.MAX_VALUE;
      for (Partition partition : partitions.values()) {
        long bound =
            partition.largest < Long.MIN_VALUE + disorder
                ? Long.MIN_VALUE
                : partition.largest - disorder;
        long unacked = partition.counts.isEmpty() ? Long.MAX_VALUE : partition.counts.firstKey();
        lowest = Math.min(lowest, Math.min(bound, unacked));
      }
      watermark = Math.max(watermark, lowest);
      return watermark;
    }
  }
}
