package io.thalweg.benchmarks;

import io.thalweg.Codec;
import io.thalweg.Output;
import io.thalweg.join.AsOfJoin;
import io.thalweg.join.IntervalJoin;
import io.thalweg.join.JoinInput;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Joins of two streams of a thousand keys, beside joins written by hand with a {@code TreeMap} for
 * each key. Half of the events are left ones, there is one event each millisecond, a thousandth of
 * the events moves the watermark, and the disorder is up to 100 ms. The interval is five seconds on
 * either side: about five pairs for a left event and as many for a right one.
 *
 * <p>{@code java -jar benchmarks/target/thalweg-benchmarks.jar Join -prof gc}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class JoinBenchmark {

  private static final int EVENTS = 1 << 18;
  private static final int KEYS = 1_000;
  private static final long DISORDER = 100;
  private static final long SIDE = 5_000;

  private final String[] keys = new String[EVENTS];
  private final long[] values = new long[EVENTS];
  private final long[] delays = new long[EVENTS];
  private final boolean[] isLeft = new boolean[EVENTS];
  private Rival intervalJoin;
  private Rival intervalByHand;
  private Rival asOfJoin;
  private Rival asOfByHand;
  private long position;

  /** Join that adds up the products of its pairs. */
  private abstract static class Rival {
    long sum;

    abstract void process(String key, boolean isLeft, long value, long time);

    abstract void advance(long watermark);
  }

  /** Draws the events and compares the rivals on them. */
  @Setup(Level.Trial)
  public void drawAndCompare() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < EVENTS; i++) {
      keys[i] = "key_" + random.nextInt(KEYS);
      values[i] = random.nextInt(1_000);
      delays[i] = random.nextLong(DISORDER);
      isLeft[i] = random.nextBoolean();
    }
    create();
    for (int i = 0; i < EVENTS; i++) {
      long start = position;
      long expected = next(intervalByHand);
      position = start;
      check(next(intervalJoin), expected);
      position = start;
      expected = next(asOfByHand);
      position = start;
      check(next(asOfJoin), expected);
    }
    position = 0;
    create();
  }

  private void create() {
    intervalJoin = new Interval();
    intervalByHand = new IntervalByHand();
    asOfJoin = new AsOf();
    asOfByHand = new AsOfByHand();
  }

  private static void check(long actual, long expected) {
    if (actual != expected) {
      throw new IllegalStateException("the join is wrong: " + actual + ", expected " + expected);
    }
  }

  private long next(Rival rival) {
    int i = (int) (position & (EVENTS - 1));
    long now = position++;
    rival.process(keys[i], isLeft[i], values[i], now - delays[i]);
    if (i % 1_000 == 0) {
      rival.advance(now - DISORDER);
    }
    return rival.sum;
  }

  /**
   * Measures {@link IntervalJoin}.
   *
   * @return the sum of all products
   */
  @Benchmark
  public long interval() {
    return next(intervalJoin);
  }

  /**
   * Measures the interval join by hand.
   *
   * @return the sum of all products
   */
  @Benchmark
  public long intervalByHand() {
    return next(intervalByHand);
  }

  /**
   * Measures {@link AsOfJoin}.
   *
   * @return the sum of all products
   */
  @Benchmark
  public long asOf() {
    return next(asOfJoin);
  }

  /**
   * Measures the as-of join by hand.
   *
   * @return the sum of all products
   */
  @Benchmark
  public long asOfByHand() {
    return next(asOfByHand);
  }

  private static final class Interval extends Rival {
    private final IntervalJoin<String, Long, Long, Long> join =
        IntervalJoin.inner(Codec.LONG, Codec.LONG, (Long l, Long r) -> l * r)
            .between(Duration.ofMillis(-SIDE), Duration.ofMillis(SIDE))
            .build();
    private final Output<String, Long> out = (key, product) -> sum += product;

    @Override
    void process(String key, boolean isLeft, long value, long time) {
      join.process(key, isLeft ? JoinInput.left(value) : JoinInput.right(value), time, out);
    }

    @Override
    void advance(long watermark) {
      join.advance(watermark, out);
    }
  }

  private static final class IntervalByHand extends Rival {
    private final Map<String, TreeMap<Long, List<Long>>> lefts = new HashMap<>();
    private final Map<String, TreeMap<Long, List<Long>>> rights = new HashMap<>();

    @Override
    void process(String key, boolean isLeft, long value, long time) {
      TreeMap<Long, List<Long>> others = (isLeft ? rights : lefts).get(key);
      if (others != null) {
        for (List<Long> same : others.subMap(time - SIDE, true, time + SIDE, true).values()) {
          for (long other : same) {
            sum += value * other;
          }
        }
      }
      (isLeft ? lefts : rights)
          .computeIfAbsent(key, k -> new TreeMap<>())
          .computeIfAbsent(time, t -> new ArrayList<>(1))
          .add(value);
    }

    @Override
    void advance(long watermark) {
      lefts.values().forEach(times -> times.headMap(watermark - SIDE).clear());
      rights.values().forEach(times -> times.headMap(watermark - SIDE).clear());
    }
  }

  private static final class AsOf extends Rival {
    private final AsOfJoin<String, Long, Long, Long> join =
        AsOfJoin.inner(Codec.LONG, (Long l, Long r) -> l * r)
            .validity(Duration.ofMillis(SIDE))
            .build();
    private final Output<String, Long> out = (key, product) -> sum += product;

    @Override
    void process(String key, boolean isLeft, long value, long time) {
      join.process(key, isLeft ? JoinInput.left(value) : JoinInput.right(value), time, out);
    }

    @Override
    void advance(long watermark) {
      join.advance(watermark, out);
    }
  }

  private static final class AsOfByHand extends Rival {
    private final Map<String, TreeMap<Long, Long>> rates = new HashMap<>();

    @Override
    void process(String key, boolean isLeft, long value, long time) {
      if (isLeft) {
        TreeMap<Long, Long> ofKey = rates.get(key);
        Map.Entry<Long, Long> rate = ofKey == null ? null : ofKey.floorEntry(time);
        if (rate != null && time < rate.getKey() + SIDE) {
          sum += value * rate.getValue();
        }
      } else {
        rates.computeIfAbsent(key, k -> new TreeMap<>()).put(time, value);
      }
    }

    @Override
    void advance(long watermark) {
      for (TreeMap<Long, Long> ofKey : rates.values()) {
        Long valid = ofKey.floorKey(watermark);
        if (valid != null) {
          ofKey.headMap(valid).clear();
        }
      }
    }
  }
}
