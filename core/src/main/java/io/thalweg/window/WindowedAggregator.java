package io.thalweg.window;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Counters;
import io.thalweg.FailStop;
import io.thalweg.Milliseconds;
import io.thalweg.Operator;
import io.thalweg.Output;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ObjLongConsumer;
import java.util.function.ToLongFunction;

/**
 * Processor that aggregates the events of each key by windows, for one or several queries over the
 * same stream.
 *
 * <pre>{@code
 * WindowedAggregator<String, Reading, Moments> operator =
 *     WindowedAggregator.of(Moments.over(Reading::value), Windows.tumbling(ofSeconds(10)))
 *         .lateness(ofSeconds(5))
 *         .build();
 * }</pre>
 *
 * <p><b>Windows and the watermark.</b> A window is final once the watermark reaches its end, and
 * forgotten once the watermark reaches its end plus the lateness. An event is added to each of its
 * windows that is not forgotten. If all of them are forgotten, the event is late: it is reported to
 * {@link Output#late}. It changes no result; count windows only number it. Bounds beyond the range
 * of {@code long} are clamped and never wrap.
 *
 * <p><b>Results.</b> {@link #advance} emits, by {@link Output#update} and in order of window end,
 * then start, the result of each window that becomes final, and a corrected result of each final
 * window that events changed since. The order of the keys of one window is not specified, and may
 * differ after a restore; the order of the results of a key may not. {@link #early} emits the
 * results of windows that are not final and changed since their last result. Count and trailing
 * windows emit their results within {@link #process}, by {@link Output#emit}. A window without
 * events has no result.
 *
 * <p><b>Rejected events.</b> An event is rejected, with the reason, if its timestamp is {@code
 * Long.MIN_VALUE} or {@code Long.MAX_VALUE}, if its session gap is not permitted, if {@link
 * Aggregate#check} refuses it (the aggregate decides about NaN and infinite values), or if its key
 * would exceed the maximum number of keys. Each event is counted exactly once: see {@link
 * #counters}.
 *
 * <p><b>Cost.</b> An event is added to one state for all sliding and cumulative queries together,
 * and to one for each other query: O(1), independent of the overlap of the windows, and without
 * allocation in steady state. {@link TrailingWindow} states the cost of trailing windows. A delayed
 * event, one of whose windows is final, also costs O(its final windows), and O(slices of its key)
 * if it is the first in its slice. A step of the watermark costs O(1) amortised, at most three
 * merges, for each key with events in a due window, and nothing for other keys. Memory: a state for
 * each key and slice of time with events until the last of its windows is forgotten; for
 * overlapping windows up to the same number again for each query; a state for each session; a few
 * words for each key.
 *
 * <p><b>Saved state.</b> The queries, their order, the mode and the aggregate must be the same as
 * saved, with these exceptions. The last queries may be absent. The lateness may differ, unless
 * there are trailing windows; a window that was forgotten stays forgotten. The mode may be
 * retracting instead of accumulating; the previous value of a result that was emitted before is
 * then not known exactly, and may be null. Shards that hold keys must have one watermark, the
 * largest. When the number of shards changes, restore each into an operator of its own first, and
 * advance all of them to the largest watermark. After the first {@link #saveChanges}, changes are
 * tracked: a few comparisons for each event, and memory for each key that changed until the next
 * call.
 *
 * <p><b>Failure.</b> If an aggregate or an output throws, the operator has ended: see {@link
 * FailStop}. Not thread-safe.
 *
 * @param <K> the type of the keys
 * @param <E> the type of the events
 * @param <R> the type of the results
 */
public final class WindowedAggregator<K, E, R> extends Operator<K, E, R> {

  private final StatePool<E, R> pool;
  private final KeyTable<K> keyTable;
  private final OperatorContext<K, E, R> context;
  private final WindowGroup<K, E, R>[] groups;

  /** The verdict of each group on the current event. An array, to avoid allocation per event. */
  private final int[] verdicts;

  private final boolean countsArrivals;
  private final boolean emitsImmediately;
  private final boolean orderSensitive;
  private final int maxKeys;

  private final Counters counters = new Counters();
  private final Counters.Counter admitted = counters.add("admitted");
  private final Counters.Counter late = counters.add("late");
  private final Counters.Counter partiallyLate = counters.add("partiallyLate");
  private final Counters.Counter unassigned = counters.add("unassigned");
  private final Counters.Counter rejected = counters.add("rejected");
  private final Counters.Counter backwardAdvances = counters.add("backwardAdvances");

  /** The counters of operators whose keys expire. */
  private final Counters expiries = new Counters();

  private final Counters.Counter expiredKeys = expiries.add("expiredKeys");
  private final OperatorStateIo operatorState;
  private final boolean replacesObsoleteResults;

  private WindowedAggregator(Builder<E, R> options) {
    List<WindowSpec<? super E>> windows = options.windows();
    pool = new StatePool<>(options.aggregate);
    keyTable = new KeyTable<>(windows.size() + 1);
    boolean hasSessions = windows.stream().anyMatch(WindowedAggregator::isSession);
    AccumulationMode mode =
        options.mode != null
            ? options.mode
            : hasSessions ? AccumulationMode.RETRACTING : AccumulationMode.ACCUMULATING;
    replacesObsoleteResults = !hasSessions || mode == AccumulationMode.RETRACTING;
    context = new OperatorContext<>(pool, keyTable, options.lateness, mode, options.idle);
    List<AlignedQuery<K, E, R>> aligned = new ArrayList<>();
    List<AlignedQuery<K, E, R>> global = new ArrayList<>();
    for (int i = 0; i < windows.size(); i++) {
      WindowCursor cursor = WindowCursor.of(windows.get(i));
      if (cursor != null) {
        // Global windows are in a group of their own: their slice is kept until the stream ends.
        List<AlignedQuery<K, E, R>> group =
            windows.get(i) instanceof WindowSpec.Global ? global : aligned;
        group.add(new AlignedQuery<>(i, group.size(), cursor));
      }
    }
    List<WindowGroup<K, E, R>> groups = new ArrayList<>();
    // 0 is reserved for sliding and cumulative windows: see KeyState.keySlices
    int groupIndex = 1;
    if (!aligned.isEmpty()) {
      groups.add(new AlignedWindows<>(context, 0, queryArray(aligned)));
    }
    if (!global.isEmpty()) {
      groups.add(new AlignedWindows<>(context, groupIndex++, queryArray(global)));
    }
    for (int i = 0; i < windows.size(); i++) {
      WindowSpec<? super E> window = windows.get(i);
      if (isSession(window)) {
        groups.add(new SessionWindows<>(context, groupIndex++, i, window));
      } else if (window instanceof WindowSpec.Count count) {
        groups.add(new CountWindows<>(context, groupIndex++, i, count));
      } else if (WindowCursor.of(window) == null) {
        groups.add(new TrailingWindows<>(context, groupIndex++, i, options.aggregate, window));
      }
    }
    this.groups = groupArray(groups);
    verdicts = new int[groups.size()];
    countsArrivals = groups.stream().anyMatch(WindowGroup::countsArrivals);
    emitsImmediately = groups.stream().anyMatch(WindowGroup::emitsImmediately);
    orderSensitive =
        emitsImmediately || windows.stream().anyMatch(w -> w instanceof WindowSpec.BoundedSession);
    maxKeys = options.maxKeys;
    operatorState =
        new OperatorStateIo(
            pool.name(),
            windows,
            options.lateness,
            mode,
            counters,
            context.expiresKeys() ? expiries : null);
  }

  private static boolean isSession(WindowSpec<?> window) {
    return window instanceof WindowSpec.Session
        || window instanceof WindowSpec.EventSession<?>
        || window instanceof WindowSpec.BoundedSession<?>;
  }

  @SuppressWarnings("unchecked") // a generic array, which contains only these elements
  private static <K, E, R> AlignedQuery<K, E, R>[] queryArray(List<AlignedQuery<K, E, R>> queries) {
    return queries.toArray(AlignedQuery[]::new);
  }

  @SuppressWarnings("unchecked")
  private static <K, E, R> WindowGroup<K, E, R>[] groupArray(List<WindowGroup<K, E, R>> groups) {
    return groups.toArray(WindowGroup[]::new);
  }

  /**
   * Returns a builder of an operator.
   *
   * @param aggregate the aggregate to compute over each window
   * @param window the first query
   * @param more further queries over the same events; a result names its query by position, from 0
   * @param <E> the type of the events
   * @param <R> the type of the results
   * @return a builder without lateness or maximum number of keys
   */
  @SafeVarargs
  public static <E, R> Builder<E, R> of(
      Aggregate<E, ?, R> aggregate, WindowSpec<? super E> window, WindowSpec<? super E>... more) {
    List<WindowSpec<? super E>> windows = new ArrayList<>();
    windows.add(window);
    for (WindowSpec<? super E> another : more) {
      windows.add(another);
    }
    return of(aggregate, windows);
  }

  /**
   * Returns a builder of an operator.
   *
   * @param aggregate the aggregate to compute over each window
   * @param windows the queries, at least one; a result names its query by position, from 0
   * @param <E> the type of the events
   * @param <R> the type of the results
   * @return a builder without lateness or maximum number of keys
   * @throws IllegalArgumentException if there is no query
   */
  public static <E, R> Builder<E, R> of(
      Aggregate<E, ?, R> aggregate, List<? extends WindowSpec<? super E>> windows) {
    return new Builder<>(aggregate, windows);
  }

  /**
   * Builder of an operator.
   *
   * @param <E> the type of the events
   * @param <R> the type of the results
   */
  public static final class Builder<E, R> {
    private final Aggregate<E, ?, R> aggregate;
    private final List<WindowSpec<? super E>> windows;
    private long lateness;
    private AccumulationMode mode;
    private int maxKeys = Integer.MAX_VALUE;
    private long idle = Long.MAX_VALUE;

    private Builder(Aggregate<E, ?, R> aggregate, List<? extends WindowSpec<? super E>> windows) {
      this.aggregate = requireNonNull(aggregate, "aggregate");
      this.windows = List.copyOf(windows);
      if (windows.isEmpty()) {
        throw new IllegalArgumentException("an operator needs at least one window: []");
      }
    }

    /**
     * Sets the time after the end of a window during which it accepts events. The default is zero.
     *
     * @param lateness the time, in whole milliseconds, not negative
     * @return this builder
     * @throws IllegalArgumentException if the lateness is negative
     */
    public Builder<E, R> lateness(Duration lateness) {
      this.lateness = Milliseconds.notNegative("lateness", lateness);
      return this;
    }

    /**
     * Sets the relation of a result to the previous results of its window. The default is {@link
     * AccumulationMode#RETRACTING} if a query has sessions, since a session that merges into a
     * larger one leaves an obsolete result; otherwise {@link AccumulationMode#ACCUMULATING}.
     *
     * @param mode the mode
     * @return this builder
     */
    public Builder<E, R> mode(AccumulationMode mode) {
      this.mode = requireNonNull(mode, "mode");
      return this;
    }

    /**
     * Sets the maximum number of keys held at once. An event of a further key is rejected; no key
     * is evicted. The default is no limit.
     *
     * @param maxKeys the maximum, positive
     * @return this builder
     * @throws IllegalArgumentException if the maximum is not positive
     */
    public Builder<E, R> maxKeys(int maxKeys) {
      if (maxKeys <= 0) {
        throw new IllegalArgumentException("maxKeys must be positive: " + maxKeys);
      }
      this.maxKeys = maxKeys;
      return this;
    }

    /**
     * Sets the time after which the keys of windows without an end expire. The default is never: a
     * key of a count window, of trailing windows by count or of a global window is held until the
     * stream ends. Windows with an end do not need it.
     *
     * <p>A key expires once the watermark reaches the timestamp of its newest event plus this time.
     * Then its state is removed, and it is counted in {@code expiredKeys}. An incomplete count
     * window emits a last result over the events that no result contains; its bounds show that it
     * has fewer than {@code n} events. If the key has further events, it starts anew, with arrival
     * number 0. A global window that ends after an idle time is a session: it is evaluated as
     * {@link Windows#session(Duration)} with this time as its gap, and has the bounds of that
     * session.
     *
     * <p>The time may differ when a state is restored, except for global windows. A key that was
     * saved without the option counts as idle from the first watermark after the restore.
     *
     * @param idle the time, in whole milliseconds, positive
     * @return this builder
     * @throws IllegalArgumentException if the time is not positive, or every window has an end
     */
    public Builder<E, R> idle(Duration idle) {
      long millis = Milliseconds.positive("idle", idle);
      if (windows.stream().noneMatch(Builder::isWithoutEnd)) {
        throw new IllegalArgumentException(
            "idle is for count, global and trailingCount windows, whose keys would be held until"
                + " the stream ends; leave it out for: "
                + windows);
      }
      this.idle = millis;
      return this;
    }

    private static boolean isWithoutEnd(WindowSpec<?> window) {
      return window instanceof WindowSpec.Count
          || window instanceof WindowSpec.TrailingCount
          || window instanceof WindowSpec.Global;
    }

    /** Returns the windows to evaluate: with an idle time, a global window is a session. */
    private List<WindowSpec<? super E>> windows() {
      List<WindowSpec<? super E>> evaluated = new ArrayList<>();
      for (WindowSpec<? super E> window : windows) {
        boolean ends = window instanceof WindowSpec.Global && idle < Long.MAX_VALUE;
        evaluated.add(ends ? new WindowSpec.Session(idle) : window);
      }
      return evaluated;
    }

    /**
     * Creates the operator. The type of the variable or parameter that receives it fixes the type
     * of the keys. Where there is none, as with {@code var} or in a chain of calls, the compiler
     * infers {@code Object}: use {@link #build(Class)} there.
     *
     * @param <K> the type of the keys
     * @param <F> the type of the events, that of the aggregate or a subtype
     * @return an operator without state
     */
    public <K, F extends E> WindowedAggregator<K, F, R> build() {
      @SuppressWarnings("unchecked") // the aggregate and the windows only consume events
      Builder<F, R> narrowed = (Builder<F, R>) this;
      return new WindowedAggregator<>(narrowed);
    }

    /**
     * Creates the operator for keys of a class:
     *
     * <pre>{@code
     * var operator = WindowedAggregator.of(average, tumbling).build(String.class);
     * }</pre>
     *
     * @param keys the class of the keys
     * @param <K> the type of the keys
     * @param <F> the type of the events, that of the aggregate or a subtype
     * @return an operator without state
     */
    public <K, F extends E> WindowedAggregator<K, F, R> build(Class<K> keys) {
      requireNonNull(keys, "keys");
      return build();
    }
  }

  @Override
  protected void apply(K key, E event, long timestamp, Output<K, R> out) {
    String refusal = refusal(key, event, timestamp);
    if (refusal != null) {
      rejected.increment();
      out.reject(key, event, timestamp, refusal);
      return;
    }
    KeyState<K> keyState = keyTable.get(key);
    int verdict = 0;
    for (int i = 0; i < groups.length; i++) {
      verdicts[i] = groups[i].judge(keyState, event, timestamp);
      verdict |= verdicts[i];
    }
    boolean open = (verdict & WindowGroup.ACCEPTED) != 0;
    if (keyState == null && (open || countsArrivals)) {
      if (keyTable.size() >= maxKeys) {
        rejected.increment();
        out.reject(key, event, timestamp, "at most " + maxKeys + " keys are held: " + key);
        return;
      }
      keyState = keyTable.create(key);
    }
    if (open) {
      admitted.increment();
      if (verdict != WindowGroup.ACCEPTED) {
        partiallyLate.increment();
      }
    } else if (verdict == WindowGroup.FORGOTTEN) {
      late.increment();
      out.late(key, event, timestamp, context.watermark);
    } else {
      unassigned.increment();
    }
    if (open || countsArrivals) {
      for (int i = 0; i < groups.length; i++) {
        groups[i].admit(keyState, event, timestamp, verdicts[i]);
      }
      if (emitsImmediately) {
        context.immediateResults.emit(out);
      }
    }
  }

  private String refusal(K key, E event, long timestamp) {
    if (timestamp == Long.MIN_VALUE || timestamp == Long.MAX_VALUE) {
      return "timestamp is reserved: " + timestamp;
    }
    try {
      for (int i = 0; i < groups.length; i++) {
        String refusal = groups[i].refusal(event);
        if (refusal != null) {
          return refusal;
        }
      }
      pool.check(event);
    } catch (Exception e) {
      return FailStop.reason(key, e);
    }
    return null;
  }

  @Override
  protected void moveWatermark(long watermark, Output<K, R> out) {
    long from = context.watermark;
    // Also if the watermark goes back: windows that delayed events changed fire again.
    if (watermark < from) {
      backwardAdvances.increment();
    } else {
      context.watermark = watermark;
    }
    for (int i = 0; i < groups.length; i++) {
      groups[i].prepare(from);
    }
    fireDue(out);
    for (int i = 0; i < groups.length; i++) {
      groups[i].forget();
    }
    if (context.expiresKeys()) {
      expireKeys(out);
    }
  }

  private void expireKeys(Output<K, R> out) {
    int count = 0;
    for (int i = 0; i < groups.length; i++) {
      // Windows without an end have the same keys in each group, since they admit every event.
      count = Math.max(count, groups[i].expireKeys());
    }
    for (; count > 0; count--) {
      expiredKeys.increment();
    }
    context.immediateResults.emit(out);
  }

  @Override
  protected void emitEarly(Output<K, R> out) {
    for (int i = 0; i < groups.length; i++) {
      groups[i].prepareEarly();
    }
    fireDue(out);
    for (int i = 0; i < groups.length; i++) {
      groups[i].finishEarly();
    }
  }

  /** Emits the results of a due window. An exception names the window in a suppressed one. */
  private void fire(WindowGroup<K, E, R> group, Output<K, R> out) {
    long start = group.dueStart();
    long end = group.dueEnd();
    try {
      group.fire(out);
    } catch (RuntimeException e) {
      e.addSuppressed(
          new IllegalStateException("results of the window from " + start + " to " + end));
      throw e;
    }
  }

  /** Emits the due results of all groups, in order of window end, then start. */
  private void fireDue(Output<K, R> out) {
    while (true) {
      WindowGroup<K, E, R> next = null;
      for (int i = 0; i < groups.length; i++) {
        WindowGroup<K, E, R> group = groups[i];
        if (group.isDue() && (next == null || isBefore(group, next))) {
          next = group;
        }
      }
      if (next == null) {
        return;
      }
      fire(next, out);
    }
  }

  private static boolean isBefore(WindowGroup<?, ?, ?> a, WindowGroup<?, ?, ?> b) {
    return a.dueEnd() < b.dueEnd() || a.dueEnd() == b.dueEnd() && a.dueStart() < b.dueStart();
  }

  /**
   * Returns whether the results depend on the order of arrival: those of count windows, trailing
   * windows and sessions with a largest length or an end event do.
   *
   * @return true if there is such a query
   */
  @Override
  public boolean orderSensitive() {
    return orderSensitive;
  }

  /**
   * Returns whether the results of sessions are retracted when the sessions merge into larger ones.
   *
   * @return false for sessions in another mode than {@link AccumulationMode#RETRACTING}
   */
  @Override
  public boolean replacesObsoleteResults() {
    return replacesObsoleteResults;
  }

  @Override
  protected void write(StateWriter<K> to) {
    for (WindowGroup<K, E, R> group : groups) {
      group.save(to);
    }
    to.putOperatorState(operatorState.encode(context.watermark, context.forgottenUpTo));
  }

  @Override
  protected void writeChanges(StateWriter<K> to) {
    for (WindowGroup<K, E, R> group : groups) {
      group.saveChanges(to);
    }
    to.putOperatorState(operatorState.encode(context.watermark, context.forgottenUpTo));
  }

  @Override
  protected void markSaved() {
    context.tracksChanges = true;
    for (WindowGroup<K, E, R> group : groups) {
      group.startTrackingChanges();
    }
  }

  @Override
  protected void read(StateReader<K> shard) {
    byte[] bytes = shard.operatorState();
    if (bytes == null) {
      FailStop.requireEmpty("thalweg.window", shard);
      return;
    }
    OperatorStateIo.OperatorState saved = operatorState.decode(bytes);
    List<Runnable> steps = new ArrayList<>();
    for (WindowGroup<K, E, R> group : groups) {
      group.read(new NewKeys<>(shard, keyTable), saved, steps);
    }
    long watermark =
        FailStop.restoredWatermark(
            context.watermark, keyTable.size() > 0, saved.watermark(), !steps.isEmpty());
    long forgottenUpTo = saved.forgottenUpTo(context.lateness);
    if (forgottenUpTo != context.forgottenUpTo && keyTable.size() > 0 && !steps.isEmpty()) {
      throw new IllegalArgumentException(
          "shards must have forgotten the same windows; change the lateness and the number of shards one after"
              + " the other, the second once the watermark has moved by the difference: windows up to "
              + context.forgottenUpTo
              + " and "
              + forgottenUpTo);
    }
    context.forgottenUpTo = Math.max(context.forgottenUpTo, forgottenUpTo);
    context.watermark = watermark;
    steps.forEach(Runnable::run);
    if (shard.ownsCounters()) {
      counters.addAll(saved.counters());
      if (saved.expiries() != null) {
        expiries.addAll(saved.expiries());
      }
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>Numbers of events: {@code offered = admitted + late + unassigned + rejected}; {@code
   * partiallyLate} is a part of {@code admitted}. With {@link Builder#idle}: {@code expiredKeys},
   * the number of times that a key of count windows or of trailing windows by count expired. Held
   * at present: {@code keys}; {@code states} of aggregates; {@code openWindows}, which hold an
   * event and are not final (aligned windows are counted once for all keys, sessions for each key);
   * {@code slices}; {@code timers} of sessions and trailing windows. Of the watermark: {@code
   * watermark}, {@code Long.MIN_VALUE} before the first one, and {@code backwardAdvances}, the
   * number of attempts to move it back.
   */
  @Override
  public void counters(ObjLongConsumer<String> each) {
    each.accept("offered", admitted.value() + late.value() + unassigned.value() + rejected.value());
    counters.report(each);
    if (context.expiresKeys()) {
      expiries.report(each);
    }
    each.accept("keys", keyTable.size());
    each.accept("states", pool.held() + sum(WindowGroup::states));
    each.accept("openWindows", sum(WindowGroup::openWindows));
    each.accept("slices", sum(WindowGroup::slices));
    each.accept("timers", sum(WindowGroup::timers));
    each.accept("watermark", context.watermark);
  }

  private long sum(ToLongFunction<WindowGroup<K, E, R>> count) {
    return Arrays.stream(groups).mapToLong(count).sum();
  }
}
