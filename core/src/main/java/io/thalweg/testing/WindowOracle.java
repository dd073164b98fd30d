package io.thalweg.testing;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.FailStop;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Pane.Timing;
import io.thalweg.Processor;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.window.AccumulationMode;
import io.thalweg.window.WindowSpec;
import java.math.BigInteger;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ObjLongConsumer;

/**
 * Reference implementation of the window operator: every window is a list of its admitted events,
 * and every result folds this list from the start. It uses none of the techniques of the real
 * operator (no slices, no merging of states, no timers), so that the two do not have the same
 * errors.
 *
 * <p>It has the same methods as the operator:
 *
 * <pre>{@code
 * Processor<String, Reading, Long> oracle = WindowOracle
 *     .of(aggregate, List.of(new WindowSpec.Session(30))).lateness(10).mode(AccumulationMode.RETRACTING).build();
 * oracle.process(key, reading, timestamp, expected);
 * operator.process(key, reading, timestamp, actual);
 * assertThat(actual.drain()).isEqualTo(expected.drain());
 * }</pre>
 *
 * <p>Results are emitted in order of window end, then start, then query, then creation of the
 * window. The events of a window are folded in the order of their arrival, so results of aggregates
 * that are not commutative may differ from those of the operator, and results of floating-point
 * aggregates may differ in the last digits.
 *
 * <p>Cost: an event costs a step for each of its windows, and each {@link #advance} visits every
 * window; the events of count and trailing windows are never removed. For tests only. Not
 * thread-safe. It cannot be saved.
 *
 * @param <K> the keys
 * @param <E> the events
 * @param <R> the results
 */
public final class WindowOracle<K, E, R> implements Processor<K, E, R> {

  private final Aggregate<E, ?, R> aggregate;
  private final List<WindowSpec<? super E>> windows;
  private final long lateness;
  private final AccumulationMode mode;
  private final long maxKeys;
  private final long idle;

  private final Map<Id<K>, Contents<E, R>> held = new LinkedHashMap<>();
  private final Map<Place<K>, List<Bounds>> forgottenSessions = new HashMap<>();
  private final Map<Place<K>, List<Arrival<E>>> arrivals = new HashMap<>();

  private long watermark = Long.MIN_VALUE; // represents -infinity: every end is greater
  private long offered;
  private long admitted;
  private long late;
  private long partiallyLate;
  private long unassigned;
  private long rejected;
  private long backwardAdvances;
  private long expiredKeys;

  private WindowOracle(Builder<E, R> options) {
    aggregate = options.aggregate;
    idle = options.idle;
    windows = new ArrayList<>();
    for (WindowSpec<? super E> window : options.windows) {
      boolean ends = window instanceof WindowSpec.Global && idle < Long.MAX_VALUE;
      windows.add(ends ? new WindowSpec.Session(idle) : window);
    }
    lateness = options.lateness;
    mode = options.mode;
    maxKeys = options.maxKeys;
  }

  /**
   * The bounds of a window.
   *
   * @param start the first instant, inclusive
   * @param end the end, exclusive
   */
  public record Bounds(long start, long end) {

    /** Order of results: by end, then start. */
    static final Comparator<Bounds> ORDER =
        Comparator.comparingLong(Bounds::end).thenComparingLong(Bounds::start);

    boolean overlaps(Bounds other) {
      return Math.max(start, other.start) < Math.min(end, other.end);
    }

    Bounds union(Bounds other) {
      return new Bounds(Math.min(start, other.start), Math.max(end, other.end));
    }

    private static Bounds clamped(BigInteger start, BigInteger end) {
      return new Bounds(clamp(start), clamp(end));
    }
  }

  /** Key of a query. */
  private record Place<K>(int query, K key) {}

  /** Window of a key. */
  private record Id<K>(int query, K key, Bounds bounds) {}

  private record Arrival<E>(long timestamp, E event) {}

  /** Result that waits for the order of results within one call. */
  private record Due(Bounds bounds, int query, Runnable emit) {
    static final Comparator<Due> ORDER =
        Comparator.comparing(Due::bounds, Bounds.ORDER).thenComparingInt(Due::query);
  }

  /** Admitted events of one window and its last result. */
  private static final class Contents<E, R> {
    final List<E> given = new ArrayList<>(); // already part of a result
    final List<E> fresh = new ArrayList<>(); // since the last result
    long results;
    boolean resultSinceFinal;
    boolean changed;
    R standing; // the last result; null before the first
    long last; // the newest timestamp of a bounded session
    boolean ended; // an end event ended this bounded session
    final Map<Bounds, R> absorbed = new LinkedHashMap<>(); // fired sessions, to be retracted
  }

  /**
   * Returns a builder of an oracle.
   *
   * @param aggregate the statistic; only {@code create}, {@code check}, {@code add} and {@code
   *     result} are used
   * @param windows the queries, at least one
   * @param <E> the events
   * @param <R> the results, never null
   * @return a builder with accumulating mode, without lateness or maximum of keys
   */
  public static <E, R> Builder<E, R> of(
      Aggregate<E, ?, R> aggregate, List<? extends WindowSpec<? super E>> windows) {
    return new Builder<>(aggregate, windows);
  }

  /**
   * Builder of an oracle.
   *
   * @param <E> the events
   * @param <R> the results
   */
  public static final class Builder<E, R> {
    private final Aggregate<E, ?, R> aggregate;
    private final List<WindowSpec<? super E>> windows;
    private long lateness;
    private AccumulationMode mode = AccumulationMode.ACCUMULATING;
    private long maxKeys = Long.MAX_VALUE;
    private long idle = Long.MAX_VALUE;

    private Builder(Aggregate<E, ?, R> aggregate, List<? extends WindowSpec<? super E>> windows) {
      this.aggregate = requireNonNull(aggregate, "aggregate");
      this.windows = List.copyOf(windows);
      if (windows.isEmpty()) {
        throw new IllegalArgumentException("an oracle needs at least one window: []");
      }
    }

    /**
     * Sets the allowed lateness: the time after its end during which a window admits events.
     *
     * @param lateness in the unit of the timestamps
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public Builder<E, R> lateness(long lateness) {
      if (lateness < 0) {
        throw new IllegalArgumentException("lateness must not be negative: " + lateness);
      }
      this.lateness = lateness;
      return this;
    }

    /**
     * Sets the accumulation mode.
     *
     * @param mode the mode
     * @return this
     */
    public Builder<E, R> mode(AccumulationMode mode) {
      this.mode = requireNonNull(mode, "mode");
      return this;
    }

    /**
     * Sets the maximum number of keys. Events of further keys are rejected.
     *
     * @param maxKeys the number
     * @return this
     */
    public Builder<E, R> maxKeys(long maxKeys) {
      this.maxKeys = maxKeys;
      return this;
    }

    /**
     * Sets the time after its newest event at which a key of count, global and trailing windows by
     * count expires. By default never.
     *
     * @param idle in the unit of the timestamps, positive
     * @return this
     * @throws IllegalArgumentException if it is not positive
     */
    public Builder<E, R> idle(long idle) {
      if (idle <= 0) {
        throw new IllegalArgumentException("idle must be positive: " + idle);
      }
      this.idle = idle;
      return this;
    }

    /**
     * Builds the oracle.
     *
     * @param <K> the keys
     * @return an oracle without state
     */
    public <K> WindowOracle<K, E, R> build() {
      return new WindowOracle<>(this);
    }
  }

  /**
   * Returns the windows of an event for one query, in order of end, then start. For a session it is
   * the proto-session of the event. Count windows have no bounds in time.
   *
   * @param window the query
   * @param event the event
   * @param timestamp its timestamp
   * @param <E> the events
   * @return the bounds; empty if the event is between the windows of a sampling query
   * @throws IllegalArgumentException if the windows of the query are by count
   */
  public static <E> List<Bounds> assign(WindowSpec<? super E> window, E event, long timestamp) {
    BigInteger t = BigInteger.valueOf(timestamp);
    Set<Bounds> found = new LinkedHashSet<>(); // windows with equal bounds are one window
    if (window instanceof WindowSpec.Sliding sliding) {
      BigInteger size = BigInteger.valueOf(sliding.size());
      BigInteger slide = BigInteger.valueOf(sliding.slide());
      BigInteger start = floor(t, slide, BigInteger.valueOf(sliding.offset()));
      while (t.compareTo(start.add(size)) < 0) {
        found.add(Bounds.clamped(start, start.add(size)));
        start = start.subtract(slide);
      }
    } else if (window instanceof WindowSpec.Cumulative cumulative) {
      BigInteger max = BigInteger.valueOf(cumulative.max());
      BigInteger step = BigInteger.valueOf(cumulative.step());
      BigInteger start = floor(t, max, BigInteger.valueOf(cumulative.offset()));
      // Returns the first end after t; windows with earlier ends do not include the event.
      BigInteger end = floor(t, step, start).add(step);
      while (end.compareTo(start.add(max)) <= 0) {
        found.add(Bounds.clamped(start, end));
        end = end.add(step);
      }
    } else if (window instanceof WindowSpec.Calendar calendar) {
      found.add(period(calendar, timestamp));
    } else if (window instanceof WindowSpec.Session session) {
      found.add(Bounds.clamped(t, t.add(BigInteger.valueOf(session.gap()))));
    } else if (window instanceof WindowSpec.EventSession<? super E> session) {
      found.add(Bounds.clamped(t, t.add(BigInteger.valueOf(session.gap().applyAsLong(event)))));
    } else if (window instanceof WindowSpec.BoundedSession<? super E> session) {
      long length =
          session.end().test(event) ? 1 : Math.min(session.gap(), session.largestLength());
      found.add(Bounds.clamped(t, t.add(BigInteger.valueOf(length))));
    } else if (window instanceof WindowSpec.Global) {
      found.add(new Bounds(Long.MIN_VALUE, Long.MAX_VALUE));
    } else if (window instanceof WindowSpec.Trailing trailing) {
      BigInteger end = t.add(BigInteger.ONE);
      found.add(Bounds.clamped(end.subtract(BigInteger.valueOf(trailing.size())), end));
    } else {
      throw new IllegalArgumentException("windows by count have no bounds in time: " + window);
    }
    return found.stream().sorted(Bounds.ORDER).toList();
  }

  /**
   * Returns the calendar period of an instant: the last one that starts at or before it. The clocks
   * never show a date more than a day before one that they have shown.
   */
  private static Bounds period(WindowSpec.Calendar calendar, long timestamp) {
    Instant t = Instant.ofEpochMilli(timestamp);
    LocalDate date = LocalDate.ofInstant(t, calendar.zone()).plusDays(2);
    LocalDate next = date;
    while (!start(next, calendar.zone()).isAfter(t) || !startsPeriod(calendar.unit(), next)) {
      next = next.plusDays(1);
    }
    while (start(date, calendar.zone()).isAfter(t) || !startsPeriod(calendar.unit(), date)) {
      if (start(date, calendar.zone()).isAfter(t) && startsPeriod(calendar.unit(), date)) {
        next = date;
      }
      date = date.minusDays(1);
    }
    return Bounds.clamped(
        millis(start(date, calendar.zone())), millis(start(next, calendar.zone())));
  }

  private static Instant start(LocalDate date, ZoneId zone) {
    return date.atStartOfDay(zone).toInstant();
  }

  private static boolean startsPeriod(WindowSpec.Calendar.Unit unit, LocalDate date) {
    return switch (unit) {
      case DAY -> true;
      case WEEK -> date.getDayOfWeek() == DayOfWeek.MONDAY;
      case MONTH -> date.getDayOfMonth() == 1;
      case QUARTER -> date.getDayOfMonth() == 1 && date.getMonthValue() % 3 == 1;
      case YEAR -> date.getDayOfYear() == 1;
    };
  }

  private static BigInteger millis(Instant instant) {
    return BigInteger.valueOf(instant.getEpochSecond()).multiply(BigInteger.valueOf(1000));
  }

  /** Returns the largest {@code offset + k·unit} that is not above {@code t}. */
  private static BigInteger floor(BigInteger t, BigInteger unit, BigInteger offset) {
    return t.subtract(t.subtract(offset).mod(unit));
  }

  private static long clamp(BigInteger exact) {
    return exact
        .max(BigInteger.valueOf(Long.MIN_VALUE))
        .min(BigInteger.valueOf(Long.MAX_VALUE))
        .longValueExact();
  }

  private static long clampedSum(long... terms) {
    BigInteger sum = BigInteger.ZERO;
    for (long term : terms) {
      sum = sum.add(BigInteger.valueOf(term));
    }
    return clamp(sum);
  }

  private boolean isFinal(long end) {
    return watermark >= end;
  }

  private boolean isForgotten(long end) {
    return watermark >= clampedSum(end, lateness);
  }

  @Override
  public void process(K key, E event, long timestamp, Output<K, R> out) {
    requireNonNull(key, "key");
    requireNonNull(event, "event");
    offered++;
    String refusal = refusal(key, event, timestamp);
    if (refusal != null) {
      rejected++;
      out.reject(key, event, timestamp, refusal);
      return;
    }
    int open = 0;
    int forgotten = 0;
    for (int query = 0; query < windows.size(); query++) {
      for (boolean taken : verdicts(query, key, event, timestamp)) {
        if (taken) {
          open++;
        } else {
          forgotten++;
        }
      }
    }
    if ((open > 0 || goesByArrival()) && isOneTooMany(key)) {
      rejected++;
      out.reject(key, event, timestamp, "keys must be at most " + maxKeys + ": " + key);
      return;
    }
    if (open == 0 && forgotten > 0) {
      late++;
      out.late(key, event, timestamp, watermark);
      arrive(key, event, timestamp, out); // an arrival without a result still counts
      return;
    }
    if (open == 0) {
      unassigned++;
    } else {
      admitted++;
      if (forgotten > 0) {
        partiallyLate++;
      }
    }
    admit(key, event, timestamp, out);
    arrive(key, event, timestamp, out);
  }

  private String refusal(K key, E event, long timestamp) {
    if (timestamp == Long.MIN_VALUE || timestamp == Long.MAX_VALUE) {
      return "timestamp is reserved: " + timestamp;
    }
    try {
      for (WindowSpec<? super E> window : windows) {
        if (window instanceof WindowSpec.EventSession<? super E> session) {
          long gap = session.gap().applyAsLong(event);
          if (gap <= 0 || gap > session.largestGap()) {
            return "gap must be from 1 to " + session.largestGap() + ": " + gap;
          }
        }
      }
      aggregate.check(event);
    } catch (Exception e) {
      return FailStop.reason(key, e);
    }
    return null;
  }

  /**
   * Returns for each window of the event in the query whether it admits the event; false if the
   * window is forgotten.
   */
  private List<Boolean> verdicts(int query, K key, E event, long timestamp) {
    WindowSpec<? super E> window = windows.get(query);
    if (window instanceof WindowSpec.TrailingCount) {
      return List.of(true);
    }
    if (window instanceof WindowSpec.Count count) {
      long before = arrivals(query, key).size();
      long nextResult = (before / count.step() + 1) * count.step();
      return before >= nextResult - count.n() ? List.of(true) : List.of();
    }
    if (window instanceof WindowSpec.Trailing) {
      return List.of(!isLateForTrailing(query, key, timestamp));
    }
    List<Boolean> verdicts = new ArrayList<>();
    for (Bounds bounds : assign(window, event, timestamp)) {
      boolean overlapsForgotten =
          isSession(window)
              && forgottenSessions.getOrDefault(new Place<>(query, key), List.of()).stream()
                  .anyMatch(bounds::overlaps);
      boolean forgotten =
          isForgotten(bounds.end())
              || window instanceof WindowSpec.BoundedSession<? super E> bounded
                  && isForgotten(joined(query, key, bounded, event, timestamp).bounds.end);
      verdicts.add(!forgotten && !overlapsForgotten);
    }
    return verdicts;
  }

  private static boolean isSession(WindowSpec<?> window) {
    return window instanceof WindowSpec.Session
        || window instanceof WindowSpec.EventSession<?>
        || window instanceof WindowSpec.BoundedSession<?>;
  }

  /**
   * Bounded session that an event becomes part of.
   *
   * @param parts the held sessions that it consists of
   */
  private record Joined<K>(Bounds bounds, long last, boolean ended, List<Id<K>> parts) {}

  /** Returns the bounded session of an event: the one that holds it, and all that can follow. */
  private Joined<K> joined(
      int query, K key, WindowSpec.BoundedSession<? super E> window, E event, long timestamp) {
    List<Id<K>> parts = new ArrayList<>();
    long start = timestamp;
    long last = timestamp;
    boolean ended = window.end().test(event);
    List<Id<K>> later = new ArrayList<>();
    for (Id<K> id : held.keySet()) {
      if (id.query != query || !id.key.equals(key)) {
        continue;
      }
      if (id.bounds.overlaps(new Bounds(timestamp, timestamp + 1))) {
        start = id.bounds.start;
        last = Math.max(last, held.get(id).last);
        ended |= held.get(id).ended;
        parts.add(id);
      } else if (id.bounds.start > timestamp) {
        later.add(id);
      }
    }
    later.sort(Comparator.comparingLong(id -> id.bounds.start));
    for (Id<K> id : later) {
      if (id.bounds.start >= boundedEnd(window, start, last, ended)) {
        break;
      }
      if (held.get(id).last >= clampedSum(start, window.largestLength())) {
        return new Joined<>(new Bounds(start, id.bounds.start), last, ended, parts);
      }
      parts.add(id);
      last = held.get(id).last;
      ended = held.get(id).ended;
    }
    return new Joined<>(
        new Bounds(start, boundedEnd(window, start, last, ended)), last, ended, parts);
  }

  private static long boundedEnd(
      WindowSpec.BoundedSession<?> window, long start, long last, boolean ended) {
    return ended
        ? last + 1
        : Math.min(clampedSum(last, window.gap()), clampedSum(start, window.largestLength()));
  }

  private boolean isLateForTrailing(int query, K key, long timestamp) {
    if (watermark == Long.MAX_VALUE || clampedSum(timestamp, lateness) < watermark) {
      return true;
    }
    return arrivals(query, key).stream()
        .anyMatch(earlier -> timestamp < clampedSum(earlier.timestamp, -lateness));
  }

  private boolean goesByArrival() {
    return windows.stream().anyMatch(window -> window instanceof WindowSpec.Count);
  }

  private List<Arrival<E>> arrivals(int query, K key) {
    return arrivals.computeIfAbsent(new Place<>(query, key), place -> new ArrayList<>());
  }

  /** Adds the event to the time windows that admit it; results are emitted with the watermark. */
  private void admit(K key, E event, long timestamp, Output<K, R> out) {
    for (int query = 0; query < windows.size(); query++) {
      WindowSpec<? super E> window = windows.get(query);
      if (window instanceof WindowSpec.Count
          || window instanceof WindowSpec.TrailingCount
          || window instanceof WindowSpec.Trailing) {
        continue;
      }
      List<Boolean> verdicts = verdicts(query, key, event, timestamp);
      List<Bounds> assigned = assign(window, event, timestamp);
      for (int i = 0; i < assigned.size(); i++) {
        if (verdicts.get(i)) {
          Bounds bounds = assigned.get(i);
          Contents<E, R> contents =
              window instanceof WindowSpec.BoundedSession<? super E> bounded
                  ? merged(query, key, joined(query, key, bounded, event, timestamp))
                  : isSession(window)
                      ? merged(query, key, bounds)
                      : held.computeIfAbsent(new Id<>(query, key, bounds), id -> new Contents<>());
          contents.fresh.add(event);
          contents.changed = true;
        }
      }
    }
  }

  /**
   * Returns the session that includes a proto-session, merged with all sessions that it overlaps.
   */
  private Contents<E, R> merged(int query, K key, Bounds proto) {
    Bounds union = proto;
    List<Id<K>> touched = new ArrayList<>();
    for (Id<K> id : held.keySet()) {
      if (id.query == query && id.key.equals(key) && id.bounds.overlaps(proto)) {
        touched.add(id);
        union = union.union(id.bounds);
      }
    }
    return united(new Id<>(query, key, union), touched);
  }

  private Contents<E, R> merged(int query, K key, Joined<K> joined) {
    Contents<E, R> united = united(new Id<>(query, key, joined.bounds), joined.parts);
    united.last = joined.last;
    united.ended = joined.ended;
    return united;
  }

  private Contents<E, R> united(Id<K> unitedId, List<Id<K>> touched) {
    if (held.containsKey(unitedId)) {
      return held.get(unitedId); // equal bounds: the same window
    }
    Contents<E, R> united = new Contents<>();
    for (Id<K> id : touched) {
      Contents<E, R> part = held.remove(id);
      united.given.addAll(part.given);
      united.fresh.addAll(part.fresh);
      united.absorbed.putAll(part.absorbed);
      if (part.standing != null) {
        united.absorbed.put(id.bounds, part.standing);
      }
    }
    held.put(unitedId, united);
    return united;
  }

  /** Counts the arrival of the event and emits the results of count and trailing windows. */
  private void arrive(K key, E event, long timestamp, Output<K, R> out) {
    List<Due> due = new ArrayList<>();
    for (int query = 0; query < windows.size(); query++) {
      WindowSpec<? super E> window = windows.get(query);
      List<Arrival<E>> before = arrivals(query, key);
      if (window instanceof WindowSpec.Count count) {
        before.add(new Arrival<>(timestamp, event));
        long seen = before.size();
        if (seen % count.step() == 0) {
          long start = Math.max(0, seen - count.n());
          answer(due, query, key, new Bounds(start, seen), last(before, count.n()), out);
        }
      } else if (window instanceof WindowSpec.TrailingCount trailing) {
        if (trailing.includesEvent()) {
          before.add(new Arrival<>(timestamp, event));
        }
        long seen = before.size();
        Bounds bounds = new Bounds(Math.max(0, seen - trailing.n()), seen);
        answer(due, query, key, bounds, last(before, trailing.n()), out);
        if (!trailing.includesEvent()) {
          before.add(new Arrival<>(timestamp, event));
        }
      } else if (window instanceof WindowSpec.Trailing trailing) {
        if (isLateForTrailing(query, key, timestamp)) {
          continue;
        }
        if (trailing.includesEvent()) {
          before.add(new Arrival<>(timestamp, event));
        }
        BigInteger from =
            BigInteger.valueOf(timestamp).subtract(BigInteger.valueOf(trailing.size()));
        List<E> inside =
            before.stream()
                .filter(a -> BigInteger.valueOf(a.timestamp).compareTo(from) > 0)
                .filter(a -> a.timestamp <= timestamp)
                .map(Arrival::event)
                .toList();
        answer(due, query, key, assign(trailing, event, timestamp).get(0), inside, out);
        if (!trailing.includesEvent()) {
          before.add(new Arrival<>(timestamp, event));
        }
      }
    }
    due.stream().sorted(Due.ORDER).forEach(next -> next.emit.run());
  }

  private static <E> List<E> last(List<Arrival<E>> arrivals, long n) {
    return arrivals.stream().skip(Math.max(0, arrivals.size() - n)).map(Arrival::event).toList();
  }

  private void answer(
      List<Due> due, int query, K key, Bounds bounds, List<E> inside, Output<K, R> out) {
    if (!inside.isEmpty()) {
      R value = fold(aggregate, inside);
      Pane at = new Pane(query, bounds.start, bounds.end, Timing.ON_TIME, 0, true);
      due.add(new Due(bounds, query, () -> out.emit(key, at, value)));
    }
  }

  private static <E, A, R> R fold(Aggregate<E, A, R> aggregate, List<E> events) {
    A state = aggregate.create();
    for (E event : events) {
      aggregate.add(state, event);
    }
    return requireNonNull(aggregate.result(state), "an aggregate's result must not be null");
  }

  @Override
  public void advance(long watermark, Output<K, R> out) {
    if (watermark < this.watermark) {
      backwardAdvances++;
    } else {
      this.watermark = watermark;
    }
    List<Due> due = new ArrayList<>();
    held.forEach(
        (id, contents) -> {
          if (isFinal(id.bounds.end)
              && (contents.changed || !contents.resultSinceFinal)
              && (mode != AccumulationMode.DISCARDING || !contents.fresh.isEmpty())) {
            Timing timing = contents.resultSinceFinal ? Timing.LATE : Timing.ON_TIME;
            contents.resultSinceFinal = true;
            fire(due, id, contents, timing, out);
          }
        });
    due.stream().sorted(Due.ORDER).forEach(next -> next.emit.run());
    forget();
    if (idle < Long.MAX_VALUE) {
      expire(out);
    }
  }

  /** Removes the arrivals of idle keys, with a last result over those that no result contains. */
  private void expire(Output<K, R> out) {
    Set<K> expired = new HashSet<>();
    List<Due> due = new ArrayList<>();
    Iterator<Map.Entry<Place<K>, List<Arrival<E>>>> all = arrivals.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<Place<K>, List<Arrival<E>>> next = all.next();
      WindowSpec<?> window = windows.get(next.getKey().query);
      List<Arrival<E>> seen = next.getValue();
      if (seen.isEmpty() || window instanceof WindowSpec.Trailing) {
        continue;
      }
      long newest = seen.stream().mapToLong(Arrival::timestamp).max().getAsLong();
      if (clampedSum(newest, idle) > watermark) {
        continue;
      }
      if (window instanceof WindowSpec.Count count && seen.size() % count.step() > 0) {
        long end = (seen.size() / count.step() + 1) * count.step();
        Bounds bounds = new Bounds(Math.max(0, end - count.n()), seen.size());
        List<E> inside = seen.stream().skip(bounds.start).map(Arrival::event).toList();
        answer(due, next.getKey().query, next.getKey().key, bounds, inside, out);
      }
      expired.add(next.getKey().key);
      all.remove();
    }
    expiredKeys += expired.size();
    due.stream().sorted(Due.ORDER).forEach(next -> next.emit.run());
  }

  private void forget() {
    Iterator<Id<K>> ids = held.keySet().iterator();
    while (ids.hasNext()) {
      Id<K> id = ids.next();
      if (isForgotten(id.bounds.end)) {
        ids.remove();
        if (isSession(windows.get(id.query))) {
          forgottenSessions
              .computeIfAbsent(new Place<>(id.query, id.key), place -> new ArrayList<>())
              .add(id.bounds);
        }
      }
    }
  }

  @Override
  public void early(Output<K, R> out) {
    List<Due> due = new ArrayList<>();
    held.forEach(
        (id, contents) -> {
          if (!isFinal(id.bounds.end) && contents.changed) {
            fire(due, id, contents, Timing.EARLY, out);
          }
        });
    due.stream().sorted(Due.ORDER).forEach(next -> next.emit.run());
  }

  private void fire(
      List<Due> due, Id<K> id, Contents<E, R> contents, Timing timing, Output<K, R> out) {
    List<E> shown = new ArrayList<>();
    if (mode != AccumulationMode.DISCARDING) {
      shown.addAll(contents.given);
    }
    shown.addAll(contents.fresh);
    R value = fold(aggregate, shown);
    R previous = mode == AccumulationMode.RETRACTING ? contents.standing : null;
    Pane at =
        new Pane(
            id.query,
            id.bounds.start,
            id.bounds.end,
            timing,
            contents.results,
            isForgotten(id.bounds.end));
    due.add(new Due(id.bounds, id.query, () -> out.update(id.key, at, value, previous)));
    if (mode == AccumulationMode.RETRACTING) {
      contents.absorbed.forEach(
          (bounds, stood) -> {
            Pane void_ = new Pane(id.query, bounds.start, bounds.end, timing, 0, true);
            due.add(new Due(bounds, id.query, () -> out.retract(id.key, void_, stood)));
          });
    }
    contents.absorbed.clear();
    contents.given.addAll(contents.fresh);
    contents.fresh.clear();
    contents.changed = false;
    contents.results++;
    contents.standing = value;
  }

  /** Returns the keys with state. */
  private Set<K> keys() {
    Set<K> keys = new HashSet<>();
    held.keySet().forEach(id -> keys.add(id.key));
    arrivals.forEach(
        (place, events) -> {
          if (!events.isEmpty() && !isDropped(windows.get(place.query), events)) {
            keys.add(place.key);
          }
        });
    forgottenSessions.forEach(
        (place, sessions) -> {
          if (sessions.stream().anyMatch(s -> isReachable(windows.get(place.query), s))) {
            keys.add(place.key);
          }
        });
    return keys;
  }

  private boolean isOneTooMany(K key) {
    if (maxKeys == Long.MAX_VALUE) {
      return false; // avoids the search
    }
    Set<K> keys = keys();
    return !keys.contains(key) && keys.size() >= maxKeys;
  }

  private boolean isDropped(WindowSpec<?> window, List<Arrival<E>> events) {
    if (!(window instanceof WindowSpec.Trailing trailing)) {
      return false;
    }
    long newest = events.stream().mapToLong(Arrival::timestamp).max().getAsLong();
    return clampedSum(newest, trailing.size(), lateness) <= watermark;
  }

  /** Returns whether an event that is not late by itself can overlap a forgotten session. */
  private boolean isReachable(WindowSpec<?> window, Bounds session) {
    if (watermark == Long.MAX_VALUE) {
      return false;
    }
    long gap =
        window instanceof WindowSpec.Session fixed
            ? fixed.gap()
            : window instanceof WindowSpec.BoundedSession<?> bounded
                ? bounded.gap()
                : ((WindowSpec.EventSession<?>) window).largestGap();
    return gap == Long.MAX_VALUE || !isForgotten(clampedSum(session.end, -1, gap));
  }

  /** Reports {@code offered} and its parts, {@code watermark} and {@code backwardAdvances}. */
  @Override
  public void counters(ObjLongConsumer<String> each) {
    each.accept("offered", offered);
    each.accept("admitted", admitted);
    each.accept("late", late);
    each.accept("partiallyLate", partiallyLate);
    each.accept("unassigned", unassigned);
    each.accept("rejected", rejected);
    if (idle < Long.MAX_VALUE) {
      each.accept("expiredKeys", expiredKeys);
    }
    each.accept("keys", keys().size());
    each.accept("openWindows", openWindows());
    each.accept("watermark", watermark);
    each.accept("backwardAdvances", backwardAdvances);
  }

  /**
   * Returns the number of windows with an event that are not final. Windows of several keys with
   * equal bounds count once, sessions separately.
   */
  private long openWindows() {
    return held.keySet().stream()
        .filter(id -> !isFinal(id.bounds.end))
        .map(id -> isSession(windows.get(id.query)) ? id : new Id<>(id.query, null, id.bounds))
        .distinct()
        .count();
  }

  /**
   * Not supported: the state of an oracle cannot be saved or restored.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public void save(StateWriter<K> to) {
    throw new UnsupportedOperationException("an oracle cannot be saved");
  }

  /**
   * Not supported: the state of an oracle cannot be saved or restored.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public void restore(StateReader<K> shard) {
    throw new UnsupportedOperationException("an oracle cannot be restored");
  }
}
