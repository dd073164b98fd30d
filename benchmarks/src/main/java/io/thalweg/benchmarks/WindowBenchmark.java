package io.thalweg.benchmarks;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Processor;
import io.thalweg.window.WindowSpec;
import io.thalweg.window.WindowedAggregator;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * Count, mean and variance of 10,000 keys over windows: Thalweg beside an implementation with the
 * maps of java.util, and beside arrays written for this workload. 2,000 events a second of event
 * time, keys by Zipf's law with exponent 1.1; the watermark moves every second. All rivals receive
 * the same key and event objects and emit the same result objects to the same output. An operation
 * is an event, with its share of the watermarks and results; windows are full before timing, and
 * all results are compared one by one first.
 *
 * <p>{@code java -jar benchmarks/target/thalweg-benchmarks.jar WindowBenchmark -prof gc}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
// The first touch of a page costs more than the operation measured, so memory is touched first.
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xms2g", "-Xmx2g", "-XX:+AlwaysPreTouch"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@OperationsPerInvocation(WindowBenchmark.EVENTS_PER_SECOND)
@State(Scope.Thread)
public class WindowBenchmark {

  static final int EVENTS_PER_SECOND = 2000;
  private static final int SECOND = 1000;
  private static final int KEYS = 10_000;
  private static final int SECONDS = 500;
  private static final int EVENTS = SECONDS * EVENTS_PER_SECOND;

  /** Event time begins at a multiple of every slide. */
  private static final long EPOCH = 1_800_000_000_000L;

  /** Windows of the workload. */
  public enum Workload {
    /** Tumbling windows of 10 s. */
    W1(10_000, 10_000),
    /** Sliding windows of 60 s that overlap 6, 60 and 600 times. */
    W2_OVERLAP_6(60_000, 10_000),
    W2(60_000, 1_000),
    W2_OVERLAP_600(60_000, 100),
    /** Sliding windows of an hour every 10 s. */
    W2h(3_600_000, 10_000),
    /** Sessions with a gap of 30 s. */
    W3(30_000, 0);

    private final long size;
    private final long slide;

    Workload(long size, long slide) {
      this.size = size;
      this.slide = slide;
    }

    WindowSpec<Object> window() {
      return slide == 0 ? new WindowSpec.Session(size) : new WindowSpec.Sliding(size, slide, 0);
    }

    /** Returns the time until windows are full. */
    int secondsToFill() {
      return slide == 0 ? 300 : (int) (size / SECOND);
    }
  }

  private record Event(double value) {}

  private record Result(long count, double mean, double variance) {
    static Result of(long count, double sum, double squares) {
      double mean = sum / count;
      return new Result(count, mean, squares / count - mean * mean);
    }
  }

  /** Implementation to measure. */
  public enum Rivals {
    THALWEG,
    /**
     * HashMaps of panes, merged key by key for each result; for sessions a HashMap of them and a
     * queue of timers.
     */
    JAVA_UTIL,
    /**
     * Arrays for exactly these keys. A window's sums are updated by adding new slices and
     * subtracting old ones. A lower bound: events must be in order, and subtraction loses digits.
     */
    ARRAYS
  }

  private interface Rival {
    void process(Integer key, Event event, long timestamp);

    void advance(long watermark);
  }

  /** Events and results apart: the time of each, and how many results come of an event. */
  @AuxCounters(AuxCounters.Type.EVENTS)
  @State(Scope.Thread)
  public static class Apart {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private int iterations;
    private long events;
    private long results;
    private long inEvents;
    private long inResults;
    private long last;

    /**
     * Begins an iteration.
     *
     * @param parameters how many there are
     */
    @Setup(Level.Iteration)
    public void begin(BenchmarkParams parameters) {
      iterations = parameters.getMeasurement().getCount();
      events = 0;
      results = 0;
      inEvents = 0;
      inResults = 0;
    }

    void start() {
      last = THREADS.getCurrentThreadCpuTime();
    }

    void events(int count) {
      long now = THREADS.getCurrentThreadCpuTime();
      inEvents += now - last;
      last = now;
      events += count;
    }

    void results(long count) {
      long now = THREADS.getCurrentThreadCpuTime();
      inResults += now - last;
      results += count;
    }

    /**
     * CPU time of an event alone.
     *
     * @return this iteration's part of the mean, in ns
     */
    public double eventNanos() {
      return (double) inEvents / events / iterations;
    }

    /**
     * CPU time of a result: that of the watermarks, divided by the results.
     *
     * @return this iteration's part of the mean, in ns
     */
    public double resultNanos() {
      return (double) inResults / results / iterations;
    }

    /**
     * Results of an event.
     *
     * @return this iteration's part of the mean
     */
    public double resultsAnEvent() {
      return (double) results / events / iterations;
    }
  }

  /** Takes the results: adds them up, or when comparing keeps them. */
  private static final class Sink implements Output<Integer, Result> {
    private Map<String, Result> kept;
    private long results;
    private double total;

    @Override
    public void emit(Integer key, Result value) {
      throw new IllegalStateException("every result has a window");
    }

    @Override
    public void update(Integer key, Pane at, Result value, Result previous) {
      results++;
      total += value.mean + value.variance + value.count + at.end() + key;
      if (kept != null
          && kept.put(key + " [" + at.start() + ", " + at.end() + ")", value) != null) {
        throw new IllegalStateException("two results: " + key + " " + at);
      }
    }
  }

  @Param({"W1", "W2", "W2h", "W3", "W2_OVERLAP_6", "W2_OVERLAP_600"})
  Workload workload;

  @Param({"THALWEG", "JAVA_UTIL", "ARRAYS"})
  Rivals rival;

  private final Sink sink = new Sink();

  private Integer[] keys;
  private Event[] events;
  private Rival measured;
  private int next;
  private long now;

  private void makeEvents() {
    SplittableRandom random = new SplittableRandom(1);
    Integer[] all = new Integer[KEYS];
    Set<Integer> seen = new HashSet<>();
    double[] upTo = new double[KEYS];
    double sum = 0;
    for (int i = 0; i < KEYS; i++) {
      int key = random.nextInt();
      while (!seen.add(key)) {
        key = random.nextInt();
      }
      all[i] = key;
      sum += Math.pow(i + 1, -1.1);
      upTo[i] = sum;
    }
    keys = new Integer[EVENTS];
    events = new Event[EVENTS];
    for (int i = 0; i < EVENTS; i++) {
      int at = Arrays.binarySearch(upTo, random.nextDouble() * sum);
      keys[i] = all[at < 0 ? -at - 1 : at];
      events[i] = new Event(100 + random.nextGaussian());
    }
  }

  /**
   * Fills the windows, and compares the last results with those of the maps, or theirs with ours.
   */
  @Setup(Level.Trial)
  public void fillAndCompare() {
    makeEvents();
    int seconds = workload.secondsToFill() + 40;
    int compared = 20;
    long silentUntil = EPOCH + (seconds - compared) * (long) SECOND;
    Rivals other = rival == Rivals.JAVA_UTIL ? Rivals.THALWEG : Rivals.JAVA_UTIL;
    Map<String, Result> expected = fill(create(other, silentUntil), seconds, compared);
    measured = create(rival, silentUntil);
    Map<String, Result> actual = fill(measured, seconds, compared);
    if (expected.isEmpty() || !expected.keySet().equals(actual.keySet())) {
      throw new IllegalStateException(
          "results of other windows: %d, expected %d".formatted(actual.size(), expected.size()));
    }
    expected.forEach(
        (at, wanted) -> {
          Result got = actual.get(at);
          if (got.count != wanted.count
              || !(Math.abs(got.mean - wanted.mean) <= 1e-6 * Math.abs(wanted.mean))
              || !(Math.abs(got.variance - wanted.variance) <= 1e-6)) {
            throw new IllegalStateException(at + " is " + got + ", expected " + wanted);
          }
        });
  }

  private Rival create(Rivals which, long silentUntil) {
    boolean sessions = workload == Workload.W3;
    return switch (which) {
      case THALWEG -> new Thalweg(workload, sink);
      case JAVA_UTIL ->
          sessions ? new MapSessions(sink) : new MapPanes(workload, sink, silentUntil);
      case ARRAYS -> sessions ? new ArraySessions(sink) : new ArrayPanes(workload, sink);
    };
  }

  private Map<String, Result> fill(Rival which, int seconds, int compared) {
    next = 0;
    now = EPOCH;
    sink.kept = null;
    for (int s = 0; s < seconds; s++) {
      if (s == seconds - compared) {
        sink.kept = new HashMap<>();
      }
      events(which);
      which.advance(now);
    }
    Map<String, Result> kept = sink.kept;
    sink.kept = null;
    return kept;
  }

  /** One second of event time: four events share an even millisecond. */
  private void events(Rival to) {
    int at = next;
    for (int i = 0; i < EVENTS_PER_SECOND; i++) {
      to.process(keys[at + i], events[at + i], now + 2 * (i >> 2));
    }
    next = at + EVENTS_PER_SECOND == EVENTS ? 0 : at + EVENTS_PER_SECOND;
    now += SECOND;
  }

  /** One second of the stream and the watermark behind it. */
  @Benchmark
  public double windows(CpuTime cpu, Apart apart) {
    long before = sink.results;
    apart.start();
    events(measured);
    apart.events(EVENTS_PER_SECOND);
    measured.advance(now);
    apart.results(sink.results - before);
    cpu.done(EVENTS_PER_SECOND);
    return sink.total;
  }

  private static final class Sums {
    long count;
    double sum;
    double squares;

    void add(double value) {
      count++;
      sum += value;
      squares += value * value;
    }

    void add(Sums other) {
      count += other.count;
      sum += other.sum;
      squares += other.squares;
    }

    Result result() {
      return Result.of(count, sum, squares);
    }
  }

  /** The cheapest aggregate there is, so that the windows are measured and not the statistics. */
  private static final class SumsOfEvents implements Aggregate<Event, Sums, Result> {

    @Override
    public Sums create() {
      return new Sums();
    }

    @Override
    public void add(Sums state, Event event) {
      state.add(event.value);
    }

    @Override
    public void merge(Sums target, Sums source) {
      target.add(source);
    }

    @Override
    public void clear(Sums state) {
      state.count = 0;
      state.sum = 0;
      state.squares = 0;
    }

    @Override
    public Result result(Sums state) {
      return state.result();
    }

    @Override
    public Codec<Sums> codec() {
      return new Codec<>() {
        @Override
        public String name() {
          return "sums";
        }

        @Override
        public void write(Sums value, DataOutput out) throws IOException {
          out.writeLong(value.count);
          out.writeDouble(value.sum);
          out.writeDouble(value.squares);
        }

        @Override
        public Sums read(DataInput in, int version) throws IOException {
          Sums value = new Sums();
          value.count = in.readLong();
          value.sum = in.readDouble();
          value.squares = in.readDouble();
          return value;
        }
      };
    }
  }

  private static final class Thalweg implements Rival {
    private final Processor<Integer, Event, Result> operator;
    private final Sink sink;

    Thalweg(Workload workload, Sink sink) {
      operator = WindowedAggregator.of(new SumsOfEvents(), workload.window()).build();
      this.sink = sink;
    }

    @Override
    public void process(Integer key, Event event, long timestamp) {
      operator.process(key, event, timestamp, sink);
    }

    @Override
    public void advance(long watermark) {
      operator.advance(watermark, sink);
    }
  }

  private static Pane pane(long start, long end) {
    return new Pane(0, start, end, Pane.Timing.ON_TIME, 0, true);
  }

  /** One HashMap a pane; the panes of a window are merged key by key when it ends. */
  private static final class MapPanes implements Rival {
    private final long size;
    private final long slide;
    private final Sink sink;
    private final ArrayDeque<Map<Integer, Sums>> panes = new ArrayDeque<>();
    private Map<Integer, Sums> open = new HashMap<>();
    private long openUntil;
    private final long silentUntil;

    MapPanes(Workload workload, Sink sink, long silentUntil) {
      size = workload.size;
      slide = workload.slide;
      this.sink = sink;
      openUntil = EPOCH + slide;
      this.silentUntil = silentUntil;
    }

    @Override
    public void process(Integer key, Event event, long timestamp) {
      while (timestamp >= openUntil) {
        close(); // nothing is out of order here
      }
      open.computeIfAbsent(key, k -> new Sums()).add(event.value);
    }

    @Override
    public void advance(long watermark) {
      while (openUntil <= watermark) {
        close();
      }
    }

    private void close() {
      panes.addLast(open);
      open = new HashMap<>();
      long end = openUntil;
      openUntil += slide;
      if (panes.size() > size / slide) {
        panes.removeFirst();
      }
      if (end <= silentUntil) {
        return;
      }
      Map<Integer, Sums> merged = new HashMap<>();
      for (Map<Integer, Sums> pane : panes) {
        pane.forEach((key, sums) -> merged.computeIfAbsent(key, k -> new Sums()).add(sums));
      }
      Pane at = pane(end - size, end);
      merged.forEach((key, sums) -> sink.update(key, at, sums.result(), null));
    }
  }

  private static final class MapSessions implements Rival {
    private static final long GAP = Workload.W3.size;

    private static final class Session {
      final long start;
      long end;
      final Sums sums = new Sums();

      Session(long start) {
        this.start = start;
      }
    }

    private record Timer(long at, Integer key, Session session) implements Comparable<Timer> {
      @Override
      public int compareTo(Timer other) {
        return Long.compare(at, other.at);
      }
    }

    private final Sink sink;
    private final Map<Integer, Session> sessions = new HashMap<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();

    MapSessions(Sink sink) {
      this.sink = sink;
    }

    @Override
    public void process(Integer key, Event event, long timestamp) {
      Session session = sessions.get(key);
      if (session == null || session.end <= timestamp) {
        if (session != null) {
          emit(key, session);
        }
        session = new Session(timestamp);
        sessions.put(key, session);
        timers.add(new Timer(timestamp + GAP, key, session));
      }
      session.end = timestamp + GAP;
      session.sums.add(event.value);
    }

    private void emit(Integer key, Session session) {
      sink.update(key, pane(session.start, session.end), session.sums.result(), null);
      session.sums.count = 0;
    }

    @Override
    public void advance(long watermark) {
      while (!timers.isEmpty() && timers.peek().at <= watermark) {
        Timer timer = timers.remove();
        Session session = timer.session;
        if (session.sums.count == 0) {
          continue; // it ended when the next one of its key began
        }
        if (session.end > watermark) {
          timers.add(new Timer(session.end, timer.key, session));
        } else {
          emit(timer.key, session);
          sessions.remove(timer.key);
        }
      }
    }
  }

  /** Numbers keys from 0, by open addressing. */
  private static final class Ids {
    private final Integer[] keys = new Integer[KEYS];
    private final int[] table = new int[4 * 16_384];
    private int size;

    int of(Integer key) {
      int mask = table.length - 1;
      int i = key * 0x9E3779B9 >>> 16;
      while (true) {
        int id = table[i] - 1;
        if (id < 0) {
          keys[size] = key;
          table[i] = ++size;
          return size - 1;
        }
        if (keys[id].equals(key)) {
          return id;
        }
        i = i + 1 & mask;
      }
    }
  }

  /** Sums of keys by their numbers, four words each, and which of them are not empty. */
  private static final class Table {
    private final double[] sums = new double[4 * KEYS];
    private final int[] used = new int[KEYS];
    private int size;

    void add(int id, double value) {
      int i = 4 * id;
      if (sums[i] == 0) {
        used[size++] = id;
      }
      sums[i]++;
      sums[i + 1] += value;
      sums[i + 2] += value * value;
    }

    void clear() {
      for (int i = 0; i < size; i++) {
        Arrays.fill(sums, 4 * used[i], 4 * used[i] + 3, 0);
      }
      size = 0;
    }
  }

  private static final class ArrayPanes implements Rival {
    private final long size;
    private final long slide;
    private final Sink sink;
    private final Ids ids = new Ids();
    private final Table[] panes;
    private final Table total = new Table();
    private Table open;
    private int at;
    private long openUntil;

    ArrayPanes(Workload workload, Sink sink) {
      size = workload.size;
      slide = workload.slide;
      this.sink = sink;
      panes = new Table[(int) (size / slide)];
      Arrays.setAll(panes, i -> new Table());
      open = panes[0];
      openUntil = EPOCH + slide;
    }

    @Override
    public void process(Integer key, Event event, long timestamp) {
      while (timestamp >= openUntil) {
        close();
      }
      open.add(ids.of(key), event.value);
    }

    @Override
    public void advance(long watermark) {
      while (openUntil <= watermark) {
        close();
      }
    }

    private void close() {
      Pane pane = pane(openUntil - size, openUntil);
      if (panes.length == 1) {
        emit(open, pane);
      } else {
        slide(pane);
      }
      openUntil += slide;
      open.clear();
    }

    private void slide(Pane pane) {
      double[] into = total.sums;
      for (int i = 0; i < open.size; i++) {
        int id = open.used[i];
        int j = 4 * id;
        if (into[j] == 0) {
          total.used[total.size++] = id;
        }
        into[j] += open.sums[j];
        into[j + 1] += open.sums[j + 1];
        into[j + 2] += open.sums[j + 2];
      }
      emit(total, pane);
      at = at + 1 == panes.length ? 0 : at + 1;
      open = panes[at];
      for (int i = 0; i < open.size; i++) {
        int j = 4 * open.used[i];
        into[j] -= open.sums[j];
        into[j + 1] -= open.sums[j + 1];
        into[j + 2] -= open.sums[j + 2];
      }
      int kept = 0;
      for (int i = 0; i < total.size; i++) {
        int id = total.used[i];
        if (into[4 * id] == 0) {
          into[4 * id + 1] = 0; // rounding error of the subtractions
          into[4 * id + 2] = 0;
        } else {
          total.used[kept++] = id;
        }
      }
      total.size = kept;
    }

    private void emit(Table table, Pane pane) {
      for (int i = 0; i < table.size; i++) {
        int id = table.used[i];
        double[] sums = table.sums;
        sink.update(
            ids.keys[id],
            pane,
            Result.of((long) sums[4 * id], sums[4 * id + 1], sums[4 * id + 2]),
            null);
      }
    }
  }

  /** Open sessions lie in rings by the second in which to look at them again. */
  private static final class ArraySessions implements Rival {
    private static final long GAP = Workload.W3.size;
    private static final int RING = 32;

    private final Sink sink;
    private final Ids ids = new Ids();
    private final long[] starts = new long[KEYS];
    private final long[] ends = new long[KEYS];
    private final Table table = new Table();
    private final int[][] ring = new int[RING][KEYS];
    private final int[] sizes = new int[RING];
    private final boolean[] timed = new boolean[KEYS];
    private long looked = EPOCH / SECOND;

    ArraySessions(Sink sink) {
      this.sink = sink;
    }

    @Override
    public void process(Integer key, Event event, long timestamp) {
      int id = ids.of(key);
      double[] sums = table.sums;
      int i = 4 * id;
      if (sums[i] == 0) {
        starts[id] = timestamp;
        if (!timed[id]) {
          look(id, timestamp + GAP);
        }
      } else if (ends[id] <= timestamp) {
        emit(id);
        starts[id] = timestamp;
      }
      ends[id] = timestamp + GAP;
      sums[i]++;
      sums[i + 1] += event.value;
      sums[i + 2] += event.value * event.value;
    }

    private void look(int id, long time) {
      timed[id] = true;
      int slot = (int) (-Math.floorDiv(-time, SECOND)) & RING - 1;
      ring[slot][sizes[slot]++] = id;
    }

    private void emit(int id) {
      double[] sums = table.sums;
      int i = 4 * id;
      sink.update(
          ids.keys[id],
          pane(starts[id], ends[id]),
          Result.of((long) sums[i], sums[i + 1], sums[i + 2]),
          null);
      sums[i] = 0;
      sums[i + 1] = 0;
      sums[i + 2] = 0;
    }

    @Override
    public void advance(long watermark) {
      for (long second = looked + 1; second * SECOND <= watermark; second++) {
        int slot = (int) second & RING - 1;
        int[] due = ring[slot];
        int size = sizes[slot];
        sizes[slot] = 0;
        for (int i = 0; i < size; i++) {
          int id = due[i];
          timed[id] = false;
          if (ends[id] <= watermark) {
            emit(id);
          } else {
            look(id, ends[id]);
          }
        }
        looked = second;
      }
    }
  }
}
