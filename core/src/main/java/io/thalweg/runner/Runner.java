package io.thalweg.runner;

import static java.util.Objects.requireNonNull;

import io.thalweg.Codec;
import io.thalweg.FailStop;
import io.thalweg.Ordered;
import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.window.WatermarkEstimator;
import io.thalweg.window.Watermarks;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * Driver of processors in a program without an engine. It reads key and event time of each event,
 * passes the events to the processors, advances the watermark, and ends the stream.
 *
 * <pre>{@code
 * RunSummary summary =
 *     Runner.of(Reading::device, Reading::time, ofSeconds(2))
 *         .add(
 *             ZScore.trailing(ofSeconds(10), Reading::value),
 *             (device, anomaly) -> System.out.println(device + ": " + anomaly))
 *         .run(readings);
 * System.out.println(summary); // such as "40 events: 40 processed, 0 late, 0 rejected"
 * }</pre>
 *
 * <p>The watermark follows the largest timestamp at the distance of the disorder bound. If a
 * processor is {@linkplain Processor#orderSensitive order-sensitive}, events wait until the
 * watermark has passed them, and all processors receive them in the order of their timestamps, and
 * of their arrival for equal timestamps. The results are then those of the ordered stream, whatever
 * the disorder within the bound. An event behind the watermark is late for order-sensitive
 * processors; the others receive it at once, and admit it within their own lateness.
 *
 * <p>No event vanishes. A null event, a reader of key or time that throws an exception, a null key
 * and a reserved timestamp reject the event; the run goes on. The {@link RunSummary} counts every
 * event once, and shows the first late and rejected ones, also for outputs that ignore them. An
 * exception of a processor or an output ends the runner, as stated in {@link FailStop}; {@link
 * #summary} still works.
 *
 * <p>For a finite stream, call {@code run}. For a live one, call {@link #accept} for each event,
 * {@link #advance} when time passes without events, and {@link #finish} at the end. The runner has
 * no thread and no clock, and saves no state.
 *
 * <p>Cost: that of the processors, and O(log t) for an event that waits among t different
 * timestamps. Memory: the waiting events. Thread-safety: one thread at a time.
 *
 * @param <K> the keys
 * @param <E> the events
 */
public final class Runner<K, E> {

  private final FailStop calls = new FailStop();
  private final Function<? super E, ? extends K> key;
  private final ToLongFunction<? super E> time;
  private final Duration disorder;
  private final Outcomes outcomes = new Outcomes();
  private final List<Branch<K, E, ?>> branches = new ArrayList<>();
  private BiConsumer<Object, String> unreadable = (event, reason) -> {};
  private ToLongFunction<? super E> reference;
  private WatermarkEstimator watermarks;

  /** Holds events until the watermark has passed them; null if no processor needs an order. */
  private Ordered<K, E, Void> ordered;

  private long watermark = Long.MIN_VALUE;
  private long events;
  private boolean started;

  private Runner(
      Function<? super E, ? extends K> key, ToLongFunction<? super E> time, Duration disorder) {
    this.key = requireNonNull(key, "key");
    this.time = requireNonNull(time, "time");
    this.disorder = disorder;
    this.watermarks = Watermarks.lagging(disorder);
  }

  /**
   * Returns a runner without processors.
   *
   * @param key reads the key of an event
   * @param time reads the event time, by convention in epoch milliseconds
   * @param disorder the bound on the disorder of the events, in whole milliseconds, not negative:
   *     an event may be behind the largest timestamp by so much. It delays every result. With a
   *     bound beyond the length of a finite stream, all events wait until the end.
   * @param <K> the keys
   * @param <E> the events
   * @return a runner
   * @throws IllegalArgumentException if the bound is negative
   */
  public static <K, E> Runner<K, E> of(
      Function<? super E, ? extends K> key, ToLongFunction<? super E> time, Duration disorder) {
    return new Runner<>(key, time, disorder);
  }

  /**
   * Rejects events from the future: a single one would move the watermark, and all later events
   * would be late.
   *
   * @param reference reads a time that the sender of an event cannot set, such as the time it was
   *     received
   * @param bound the permitted distance of the event time after the reference, in whole
   *     milliseconds, not negative
   * @return this runner
   * @throws IllegalArgumentException if the bound is negative
   * @throws IllegalStateException if the runner has received an event
   */
  public Runner<K, E> maxFuture(ToLongFunction<? super E> reference, Duration bound) {
    requireNew();
    this.reference = requireNonNull(reference, "reference");
    this.watermarks = Watermarks.lagging(disorder, bound);
    return this;
  }

  /**
   * Sets a handler of the events and records that no processor receives, because their key or time
   * cannot be read, or because a {@link Source} cannot read the record. By default the summary
   * alone shows them.
   *
   * @param handler receives the event, or the text of the record, and the reason
   * @return this runner
   * @throws IllegalStateException if the runner has received an event
   */
  public Runner<K, E> onUnreadable(BiConsumer<Object, String> handler) {
    requireNew();
    this.unreadable = requireNonNull(handler, "handler");
    return this;
  }

  /**
   * Adds a processor.
   *
   * @param processor a processor that has received no event
   * @param output receives its results, and its late and rejected events, which the {@link
   *     RunSummary} counts also if the output ignores them
   * @param <O> the results
   * @return this runner
   * @throws IllegalStateException if the runner has received an event
   */
  public <O> Runner<K, E> add(Processor<K, E, O> processor, Output<K, O> output) {
    requireNew();
    Branch<K, E, O> branch = new Branch<>(processor, output, outcomes);
    branches.add(branch);
    if (branch.orderSensitive() && ordered == null) {
      ordered = new Ordered<>(new AllBranches(), unsaved());
    }
    return this;
  }

  private void requireNew() {
    if (started) {
      throw new IllegalStateException("a runner must be complete before its first event");
    }
  }

  private static <E> Codec<E> unsaved() {
    return Codec.of(
        "thalweg.runner.event",
        (event, out) -> {
          throw new UnsupportedOperationException("a runner saves no state");
        },
        in -> {
          throw new UnsupportedOperationException("a runner saves no state");
        });
  }

  /** Processor behind the order: passes each event to the processors of the runner. */
  private final class AllBranches implements Processor<K, E, Void> {

    @Override
    public void process(K key, E event, long timestamp, Output<K, Void> out) {
      deliver(key, event, timestamp);
    }

    @Override
    public void advance(long watermark, Output<K, Void> out) {
      branches.forEach(branch -> branch.advance(watermark));
    }
  }

  private void deliver(K key, E event, long timestamp) {
    outcomes.start();
    for (Branch<K, E, ?> branch : branches) {
      branch.process(key, event, timestamp);
    }
    outcomes.end();
  }

  /** Passes an event behind the watermark to the processors that admit it by their lateness. */
  private void deliverBehind(K key, E event, long timestamp) {
    outcomes.start();
    for (Branch<K, E, ?> branch : branches) {
      if (branch.orderSensitive()) {
        branch.late(key, event, timestamp, watermark);
      } else {
        branch.process(key, event, timestamp);
      }
    }
    outcomes.end();
  }

  /**
   * Receives an event, and advances the watermark if it is the newest.
   *
   * @param event the event; if it is null or cannot be read, it is rejected
   * @throws IllegalStateException if the stream or the runner has ended
   */
  public void accept(E event) {
    enter("accept");
    try {
      events++;
      process(event);
    } catch (Throwable e) {
      calls.fail(e);
      throw e;
    }
    calls.exit();
  }

  private void process(E event) {
    K eventKey = null;
    long timestamp = 0;
    boolean fromFuture = false;
    String reading = "event";
    try {
      requireNonNull(event, "event must not be null");
      reading = "key";
      eventKey = requireNonNull(key.apply(event), "key must not be null");
      reading = "event time";
      timestamp = time.applyAsLong(event);
      if (reference != null) {
        reading = "reference time";
        fromFuture = !watermarks.observe(timestamp, reference.applyAsLong(event));
      }
    } catch (RuntimeException e) {
      refuse(event, reading + " must be readable: " + e);
      return;
    }
    if (timestamp == Long.MIN_VALUE || timestamp == Long.MAX_VALUE) {
      refuse(event, "timestamp is reserved: " + timestamp);
    } else if (fromFuture) {
      refuse(event, "timestamp must not be beyond the bound on the future: " + timestamp);
    } else {
      processAt(timestamp, eventKey, event);
    }
  }

  private void processAt(long timestamp, K key, E event) {
    boolean behind = timestamp < watermark;
    if (behind) {
      deliverBehind(key, event, timestamp);
    } else if (ordered != null) {
      ordered.process(key, event, timestamp, (k, nothing) -> {});
    } else {
      deliver(key, event, timestamp);
    }
    long reached = reference == null ? watermarks.observe(timestamp) : watermarks.watermark();
    if (reached > watermark) {
      advanceTo(reached);
    } else if (behind) {
      advanceTo(watermark); // windows that it has changed fire again
    }
  }

  private void advanceTo(long reached) {
    watermark = reached;
    if (ordered != null) {
      ordered.advance(reached, (k, nothing) -> {});
    } else {
      branches.forEach(branch -> branch.advance(reached));
    }
  }

  /**
   * Counts a record that is no event as rejected, for a caller that reads records itself.
   *
   * @param record the record, such as its text
   * @param reason the rule, then the value that breaks it
   * @throws IllegalStateException if the stream or the runner has ended
   */
  public void reject(Object record, String reason) {
    enter("reject");
    try {
      events++;
      refuse(record, requireNonNull(reason, "reason"));
    } catch (Throwable e) {
      calls.fail(e);
      throw e;
    }
    calls.exit();
  }

  private void refuse(Object record, String reason) {
    outcomes.start();
    outcomes.rejected(record, reason);
    outcomes.end();
    unreadable.accept(record, reason);
  }

  /**
   * Advances the watermark while no events arrive, so that windows close and keys expire. A
   * watermark that is not greater than the current one has no effect.
   *
   * @param watermark the time before which no more events are expected; {@code Long.MAX_VALUE} ends
   *     the stream
   * @throws IllegalStateException if the stream or the runner has ended
   */
  public void advance(long watermark) {
    enter("advance");
    try {
      if (watermark > this.watermark) {
        advanceTo(watermark);
      }
    } catch (Throwable e) {
      calls.fail(e);
      throw e;
    }
    calls.exit();
  }

  /**
   * Emits early results of the events that wait no longer.
   *
   * @throws IllegalStateException if the stream or the runner has ended
   */
  public void early() {
    enter("early");
    try {
      branches.forEach(Branch::early);
    } catch (Throwable e) {
      calls.fail(e);
      throw e;
    }
    calls.exit();
  }

  private void enter(String call) {
    calls.enter(call);
    if (watermark == Long.MAX_VALUE) {
      calls.exit();
      throw new IllegalStateException("the stream has ended; create a new runner");
    }
    started = true;
  }

  /**
   * Ends the stream: all waiting events are processed, and all windows emit their results.
   *
   * @return the counts of the run
   * @throws IllegalStateException if the stream or the runner has ended
   */
  public RunSummary finish() {
    advance(Long.MAX_VALUE);
    return summary();
  }

  /**
   * Receives all events, and ends the stream.
   *
   * @param events the events
   * @return the counts of the run
   * @throws IllegalStateException if the stream or the runner has ended
   */
  public RunSummary run(Iterable<? extends E> events) {
    events.forEach(this::accept);
    return finish();
  }

  /**
   * Receives all events in their order, ends the stream, and closes the {@code Stream}.
   *
   * @param events the events
   * @return the counts of the run
   * @throws IllegalStateException if the stream or the runner has ended
   */
  public RunSummary run(Stream<? extends E> events) {
    try (events) {
      events.sequential().forEachOrdered(this::accept);
    }
    return finish();
  }

  /**
   * Receives all events of a source, and ends the stream. A record that is no event is counted as
   * rejected.
   *
   * @param events the source
   * @return the counts of the run
   * @throws IOException if the source fails; the stream has then not ended
   * @throws IllegalStateException if the stream or the runner has ended
   */
  public RunSummary run(Source<? extends E> events) throws IOException {
    events.read(this::accept, this::reject);
    return finish();
  }

  /**
   * Returns the counts so far. If a processor or an output has thrown an exception, the event in
   * process is counted in {@code events} only.
   *
   * @return the counts
   */
  public RunSummary summary() {
    long[] waiting = {0};
    if (ordered != null) {
      ordered.counters(
          (name, value) -> {
            if (name.equals("waiting")) {
              waiting[0] = value;
            }
          });
    }
    return outcomes.summary(events, waiting[0], branches.stream().map(Branch::summary).toList());
  }
}
