package io.thalweg.testing;

import io.thalweg.Aggregate;
import io.thalweg.Aggregates;
import io.thalweg.stats.Moments;
import io.thalweg.testing.StreamGenerator.Values;
import io.thalweg.window.AccumulationMode;
import io.thalweg.window.WindowSpec;
import io.thalweg.window.WindowedAggregator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Configuration of a window operator under test.
 *
 * @param windows the queries
 * @param lateness the allowed lateness
 * @param mode accumulating, discarding or retracting
 * @param aggregate the aggregate
 * @param maxKeys the maximum number of keys
 * @param idle the time after which the keys of windows without an end expire
 */
public record WindowingConfig(
    List<WindowSpec<? super Sample>> windows,
    long lateness,
    AccumulationMode mode,
    Aggregate<Sample, ?, Object> aggregate,
    long maxKeys,
    long idle) {

  /** Creates a configuration whose keys never expire. */
  public WindowingConfig(
      List<WindowSpec<? super Sample>> windows,
      long lateness,
      AccumulationMode mode,
      Aggregate<Sample, ?, Object> aggregate,
      long maxKeys) {
    this(windows, lateness, mode, aggregate, maxKeys, Long.MAX_VALUE);
  }

  /** Creates a configuration without maximum of keys. */
  public WindowingConfig(
      List<WindowSpec<? super Sample>> windows,
      long lateness,
      AccumulationMode mode,
      Aggregate<Sample, ?, Object> aggregate) {
    this(windows, lateness, mode, aggregate, Long.MAX_VALUE, Long.MAX_VALUE);
  }

  /** Returns this configuration with other windows. */
  public WindowingConfig with(List<WindowSpec<? super Sample>> windows) {
    return new WindowingConfig(windows, lateness, mode, aggregate, maxKeys, idle);
  }

  /** Returns this configuration with another lateness. */
  public WindowingConfig with(long lateness) {
    return new WindowingConfig(windows, lateness, mode, aggregate, maxKeys, idle);
  }

  /** Returns this configuration with another idle time. */
  public WindowingConfig expiring(long idle) {
    return new WindowingConfig(windows, lateness, mode, aggregate, maxKeys, idle);
  }

  private boolean expires() {
    return idle < Long.MAX_VALUE
        && windows.stream()
            .anyMatch(
                window ->
                    window instanceof WindowSpec.Count
                        || window instanceof WindowSpec.TrailingCount
                        || window instanceof WindowSpec.Global);
  }

  /** Returns this configuration in another mode. */
  public WindowingConfig with(AccumulationMode mode) {
    return new WindowingConfig(windows, lateness, mode, aggregate, maxKeys, idle);
  }

  /** Returns an oracle with this configuration. */
  public WindowOracle<String, Sample, Object> oracle() {
    WindowOracle.Builder<Sample, Object> oracle =
        WindowOracle.<Sample, Object>of(aggregate, windows)
            .lateness(lateness)
            .mode(mode)
            .maxKeys(maxKeys);
    if (expires()) {
      oracle.idle(idle);
    }
    return oracle.build();
  }

  /** Returns an operator with this configuration. */
  public WindowedAggregator<String, Sample, Object> operator() {
    WindowedAggregator.Builder<Sample, Object> operator =
        WindowedAggregator.<Sample, Object>of(aggregate, windows)
            .lateness(Duration.ofMillis(lateness))
            .mode(mode);
    if (maxKeys != Long.MAX_VALUE) {
      operator.maxKeys((int) maxKeys);
    }
    if (expires()) {
      operator.idle(Duration.ofMillis(idle));
    }
    return operator.build();
  }

  /** Kinds of windows of a random configuration. */
  public enum Kinds {
    /** All windows in event time that fire with the watermark. */
    EVENT_TIME,
    /** These, and trailing windows by time. */
    ENDING,
    /** One trailing window, by time or by count. */
    TRAILING,
    ALL
  }

  /**
   * Returns a random configuration for streams of a generator.
   *
   * @param random the source of randomness
   * @param stream the generator, which has the scale of time and the kind of values
   * @param kinds the kinds of windows
   * @return a configuration of one to four queries, each with at most a few dozen windows of an
   *     event
   */
  public static WindowingConfig any(SplittableRandom random, StreamGenerator stream, Kinds kinds) {
    List<WindowSpec<? super Sample>> windows = new ArrayList<>();
    int queries = kinds != Kinds.TRAILING && random.nextInt(3) == 0 ? 2 + random.nextInt(3) : 1;
    while (windows.size() < queries) {
      windows.add(window(random, stream.unit(), kinds));
    }
    long lateness =
        switch (random.nextInt(10)) {
          case 0, 1, 2, 3 -> 0;
          case 4 -> random.nextInt(4) == 0 ? Long.MAX_VALUE : 1;
          default -> random.nextLong(3 * stream.unit());
        };
    AccumulationMode mode =
        random.nextBoolean()
            ? AccumulationMode.ACCUMULATING
            : AccumulationMode.values()[random.nextInt(AccumulationMode.values().length)];
    return new WindowingConfig(windows, lateness, mode, aggregate(random, stream.values()));
  }

  private static long length(SplittableRandom random, long unit) {
    return switch (random.nextInt(8)) {
      case 0 -> 1 + random.nextLong(unit);
      case 1, 2 -> unit;
      case 3 -> 2 * unit;
      default -> 1 + random.nextLong(3 * unit);
    };
  }

  private static WindowSpec<? super Sample> window(
      SplittableRandom random, long unit, Kinds kinds) {
    int kind =
        switch (kinds) {
          case EVENT_TIME -> random.nextInt(10);
          case ENDING -> random.nextInt(12);
          case TRAILING -> random.nextInt(10, 13);
          case ALL -> random.nextInt(14);
        };
    long offset =
        switch (random.nextInt(4)) {
          case 0 -> random.nextLong();
          case 1 -> random.nextLong(-3 * unit, 3 * unit + 1);
          default -> 0;
        };
    if (random.nextInt(40) == 0) {
      unit = random.nextBoolean() ? Long.MAX_VALUE / 5 : Math.max(unit, 1L << 55);
    }
    return switch (kind) {
      case 0, 1 -> {
        long size = length(random, unit);
        yield new WindowSpec.Sliding(size, size, offset);
      }
      case 2, 3 -> {
        long size = length(random, unit);
        long parts = 1 + random.nextInt(random.nextInt(5) == 0 ? 60 : 12);
        long slide = Math.max(1, size / parts);
        slide = slide > 4 && random.nextBoolean() ? slide - 1 + random.nextInt(3) : slide;
        yield new WindowSpec.Sliding(size, slide, offset);
      }
      case 4 -> {
        long size = length(random, unit);
        yield new WindowSpec.Sliding(size, size + 1 + random.nextLong(unit), offset);
      }
      case 5 -> {
        long steps = 1 + random.nextInt(6);
        long step = Math.max(1, length(random, unit) / steps);
        yield new WindowSpec.Cumulative(step * steps, step, offset);
      }
      case 6, 7 -> new WindowSpec.Session(length(random, unit));
      case 8 ->
          new WindowSpec.EventSession<Sample>(
              Sample::gap, random.nextBoolean() ? Long.MAX_VALUE : length(random, unit));
      case 9 -> random.nextInt(3) == 0 ? new WindowSpec.Global() : new WindowSpec.Session(unit);
      case 10, 11 -> new WindowSpec.Trailing(length(random, unit), random.nextBoolean());
      case 12 -> new WindowSpec.TrailingCount(1 + random.nextInt(6), random.nextBoolean());
      default -> {
        long n = 1 + random.nextInt(6);
        yield new WindowSpec.Count(n, random.nextBoolean() ? n : 1 + random.nextInt(8));
      }
    };
  }

  private static Aggregate<Sample, ?, Object> aggregate(SplittableRandom random, Values values) {
    return switch (values) {
      case INTEGERS ->
          switch (random.nextInt(4)) {
            case 0 -> SampleAggregates.named("list");
            case 1 -> SampleAggregates.named("sum");
            case 2 ->
                Aggregates.<Sample, Object>all(
                        List.of(
                            SampleAggregates.named("sum"),
                            SampleAggregates.named("count"),
                            SampleAggregates.named("min"),
                            SampleAggregates.named("max")))
                    .map(results -> (Object) results);
            default ->
                Aggregates.<Sample, Object>all(
                        List.of(
                            SampleAggregates.named("count"), Moments.<Sample>over(Sample::value)))
                    .map(results -> (Object) results);
          };
      case OFFSET -> Moments.<Sample>over(Sample::value).map(moments -> (Object) moments);
      case HARSH ->
          switch (random.nextInt(4)) {
            case 0 -> SampleAggregates.named("list");
            case 1 -> SampleAggregates.named("min");
            case 2 -> SampleAggregates.named("max");
            default ->
                Aggregates.<Sample, Object>all(
                        List.of(SampleAggregates.named("list"), SampleAggregates.finiteCount()))
                    .map(results -> (Object) results);
          };
    };
  }

  @Override
  public String toString() {
    return "windows "
        + windows
        + ", lateness "
        + lateness
        + ", "
        + mode
        + ", aggregate "
        + aggregate.codec().name()
        + (maxKeys == Long.MAX_VALUE ? "" : ", at most " + maxKeys + " keys")
        + (expires() ? ", idle " + idle : "");
  }
}
