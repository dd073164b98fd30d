package io.thalweg.testing;

import static java.util.Objects.requireNonNull;

import io.thalweg.Milliseconds;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Processor;
import io.thalweg.ProcessorFactory;
import io.thalweg.Snapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * Checker of the laws of {@link Processor}, for processors of the library and of users.
 *
 * <pre>{@code
 * ProcessorLaws.of(
 *         () -> ZScore.trailing(Duration.ofSeconds(10), Reading::value),
 *         random -> "pump-" + random.nextInt(3),
 *         random -> new Reading(random.nextGaussian()))
 *     .check(42);
 * }</pre>
 *
 * <p>The laws, by their names in the message of a failure:
 *
 * <dl>
 *   <dt>repeatable
 *   <dd>the same calls give the same results.
 *   <dt>rejection
 *   <dd>a rejected event changes no other result; a null key or event throws {@link
 *       NullPointerException} and changes nothing.
 *   <dt>save and restore
 *   <dd>a processor gives the same results after it was saved, and a new one gives them from the
 *       saved state on: of {@code save}, and of all {@code saveChanges} so far.
 *   <dt>failing writer
 *   <dd>the same, if some calls of {@code saveChanges} fail half-way, and the store keeps the
 *       records of such a call in part or not at all.
 *   <dt>failing output
 *   <dd>an exception of the output propagates; every later call throws {@link
 *       IllegalStateException}.
 *   <dt>re-entrancy
 *   <dd>each call from inside an output throws {@link IllegalStateException} and has no effect.
 *   <dt>refused state
 *   <dd>a processor refuses, and is unchanged by, the state of another processor, damaged records,
 *       a state without its operator state, a second restore of the same keys, and any restore
 *       after its first event. Processors without a saved state are exempt.
 * </dl>
 *
 * <p>Each law is checked on random sequences of events, watermarks and early results, with events
 * out of order, late and at equal times. All random choices depend on the seed, so a failure is
 * reproducible. A failure is an {@link AssertionError} that names the law, the seed and the values.
 * Results are compared by {@code equals}, in order for each key.
 *
 * <p>Not thread-safe.
 *
 * @param <K> the keys
 * @param <E> the events
 * @param <O> the results, immutable, with {@code equals} by value
 */
public final class ProcessorLaws<K, E, O> {

  private final ProcessorFactory<K, E, O> factory;
  private final Function<? super RandomGenerator, ? extends K> keys;
  private final Function<? super RandomGenerator, ? extends E> events;
  private long spacing = 1000;
  private int runs = 50;
  private int longest = 60;

  private ProcessorLaws(
      ProcessorFactory<K, E, O> factory,
      Function<? super RandomGenerator, ? extends K> keys,
      Function<? super RandomGenerator, ? extends E> events) {
    this.factory = requireNonNull(factory, "factory");
    this.keys = requireNonNull(keys, "keys");
    this.events = requireNonNull(events, "events");
  }

  /**
   * Returns a checker for a processor.
   *
   * @param factory creates a new processor at each call
   * @param keys draws a key, best one of a few
   * @param events draws an event; it should draw edge cases often, and may draw events to be
   *     rejected
   * @param <K> the keys
   * @param <E> the events
   * @param <O> the results
   * @return the laws; {@link #check} runs them
   */
  public static <K, E, O> ProcessorLaws<K, E, O> of(
      ProcessorFactory<K, E, O> factory,
      Function<? super RandomGenerator, ? extends K> keys,
      Function<? super RandomGenerator, ? extends E> events) {
    return new ProcessorLaws<>(factory, keys, events);
  }

  /**
   * Sets the largest time between an event and the next one. The default is a second.
   *
   * @param spacing the time, in whole milliseconds: in proportion to windows and idle times
   * @return this
   * @throws IllegalArgumentException if it is not a positive whole number of milliseconds
   */
  public ProcessorLaws<K, E, O> spacing(Duration spacing) {
    this.spacing = Milliseconds.positive("spacing", spacing);
    return this;
  }

  /**
   * Sets the number and length of the sequences. The default is 50 sequences of at most 60 calls;
   * the first are the shortest.
   *
   * @param runs the number of sequences
   * @param longest the maximum number of calls in a sequence
   * @return this
   * @throws IllegalArgumentException if either is not positive
   */
  public ProcessorLaws<K, E, O> sequences(int runs, int longest) {
    if (runs < 1 || longest < 1) {
      throw new IllegalArgumentException(
          "runs and longest must be positive: " + runs + ", " + longest);
    }
    this.runs = runs;
    this.longest = longest;
    return this;
  }

  /**
   * Checks all laws.
   *
   * @param seed the seed of all random choices
   * @throws AssertionError if a law is broken; the message names it, the seed and the values
   */
  public void check(long seed) {
    SplittableRandom seeds = new SplittableRandom(seed);
    for (int run = 0; run < runs; run++) {
      new Run(seed, run, seeds.split()).check();
    }
  }

  /** Call of a processor. */
  private interface Call<K, E, O> {
    void on(Processor<K, E, O> processor, Output<K, O> out);
  }

  private record Process<K, E, O>(K key, E event, long timestamp) implements Call<K, E, O> {
    @Override
    public void on(Processor<K, E, O> processor, Output<K, O> out) {
      processor.process(key, event, timestamp, out);
    }
  }

  private record Advance<K, E, O>(long watermark) implements Call<K, E, O> {
    @Override
    public void on(Processor<K, E, O> processor, Output<K, O> out) {
      processor.advance(watermark, out);
    }
  }

  private record Early<K, E, O>() implements Call<K, E, O> {
    @Override
    public void on(Processor<K, E, O> processor, Output<K, O> out) {
      processor.early(out);
    }
  }

  /** Check of all laws on one sequence of calls. */
  private final class Run {

    private final long seed;
    private final int number;
    private final SplittableRandom random;
    private final List<Call<K, E, O>> calls = new ArrayList<>();
    private String law = "";

    Run(long seed, int number, SplittableRandom random) {
      this.seed = seed;
      this.number = number;
      this.random = random;
      int length = Math.min(number < 8 ? number : random.nextInt(longest + 1), longest);
      long time = 0;
      for (int i = 0; i < length; i++) {
        time += random.nextInt(8) == 0 ? 0 : random.nextLong(spacing) + 1;
        long past = time - random.nextLong(3 * spacing);
        calls.add(
            switch (random.nextInt(10)) {
              case 0, 1 -> new Advance<>(past);
              case 2 -> new Early<>();
              default ->
                  new Process<>(
                      keys.apply(random), events.apply(random), random.nextBoolean() ? time : past);
            });
      }
      calls.add(new Advance<>(Long.MAX_VALUE));
    }

    void check() {
      try {
        List<RecordedResult<K, O>> expected = results(factory.create(), calls);
        law = "repeatable";
        same(results(factory.create(), calls), expected);
        law = "rejection";
        rejection(expected);
        law = "save and restore";
        saveAndRestore();
        law = "failing writer";
        changes(true);
        law = "failing output";
        failingOutput(expected.size());
        law = "re-entrancy";
        reentrancy(expected);
        law = "refused state";
        refusedState();
      } catch (RuntimeException e) {
        throw new AssertionError(where() + ": " + e, e);
      }
    }

    private List<RecordedResult<K, O>> results(
        Processor<K, E, O> processor, List<Call<K, E, O>> made) {
      Recording<K, O> out = new Recording<>();
      made.forEach(call -> call.on(processor, out));
      return out.drain();
    }

    private void rejection(List<RecordedResult<K, O>> all) {
      List<RecordedResult<K, O>> expected = new ArrayList<>();
      List<Call<K, E, O>> accepted = new ArrayList<>(calls);
      for (RecordedResult<K, O> each : all) {
        if (each instanceof RecordedResult.Rejection<K, O> rejected) {
          accepted.removeIf(
              call ->
                  call instanceof Process<K, E, O> process
                      && process.event == rejected.event()
                      && process.timestamp == rejected.timestamp()
                      && process.key.equals(rejected.key()));
        } else {
          expected.add(each);
        }
      }
      Processor<K, E, O> processor = factory.create();
      Output<K, O> none = new Recording<>();
      Class<NullPointerException> type = NullPointerException.class;
      throwsFrom("null key", type, () -> processor.process(null, events.apply(random), 0, none));
      throwsFrom("null event", type, () -> processor.process(keys.apply(random), null, 0, none));
      same(results(processor, accepted), expected);
    }

    private void saveAndRestore() {
      int cut = random.nextInt(calls.size() + 1);
      Processor<K, E, O> saved = factory.create();
      results(saved, calls.subList(0, cut));
      Snapshot<K> snapshot = new Snapshot<>();
      saved.save(snapshot);
      Processor<K, E, O> restored = factory.create();
      restored.restore(snapshot);
      sameFrom(cut, restored, saved);
      changes(false);
    }

    /** Saves changes several times, and restores them. */
    private void changes(boolean failures) {
      int last = random.nextInt(calls.size() + 1);
      Processor<K, E, O> saved = factory.create();
      Snapshot<K> store = new Snapshot<>();
      for (int i = 0; i < last; i++) {
        results(saved, calls.subList(i, i + 1));
        if (random.nextInt(4) == 0) {
          saveChanges(saved, store, failures);
        }
      }
      saveChanges(saved, store, failures);
      Processor<K, E, O> restored = factory.create();
      restored.restore(store);
      sameFrom(last, restored, saved);
    }

    private void saveChanges(Processor<K, E, O> processor, Snapshot<K> store, boolean failures) {
      while (failures && random.nextBoolean()) {
        UnreliableStore<K> writer = new UnreliableStore<>(random.nextInt(1 + random.nextInt(12)));
        try {
          processor.saveChanges(writer.writer(store));
          writer.commit(Integer.MAX_VALUE);
          return;
        } catch (UnreliableStore.Failure e) {
          // Some records of the failed call stay, or none.
          writer.commit(random.nextBoolean() ? 0 : random.nextInt(12));
        }
      }
      processor.saveChanges(store);
    }

    private void failingOutput(int outputs) {
      if (outputs == 0) {
        return;
      }
      Processor<K, E, O> processor = factory.create();
      IllegalArgumentException failure = new IllegalArgumentException("the output fails");
      int[] left = {random.nextInt(outputs)};
      Output<K, O> failing =
          new WatchedOutput<>(
              new Recording<>(),
              () -> {
                if (left[0]-- == 0) {
                  throw failure;
                }
              });
      Throwable thrown = null;
      for (int i = 0; i < calls.size() && thrown == null; i++) {
        try {
          calls.get(i).on(processor, failing);
        } catch (RuntimeException e) {
          thrown = e;
        }
      }
      if (thrown == null || !hasCause(thrown, failure)) {
        fail("a call whose output fails", thrown, failure);
      }
      refusesCalls(processor, failing);
    }

    private boolean hasCause(Throwable thrown, Throwable failure) {
      return thrown == failure || thrown.getCause() != null && hasCause(thrown.getCause(), failure);
    }

    private void reentrancy(List<RecordedResult<K, O>> expected) {
      Processor<K, E, O> processor = factory.create();
      Recording<K, O> recording = new Recording<>();
      Output<K, O> calling =
          new WatchedOutput<>(recording, () -> refusesCalls(processor, new Recording<>()));
      calls.forEach(call -> call.on(processor, calling));
      same(recording.drain(), expected);
    }

    /** Requires that every call throws, or has no effect because the processor has none of it. */
    private void refusesCalls(Processor<K, E, O> processor, Output<K, O> out) {
      K key = keys.apply(random);
      E event = events.apply(random);
      throwsFrom(
          "process", IllegalStateException.class, () -> processor.process(key, event, 0, out));
      Recording<K, O> results = new Recording<>();
      UnreliableStore<K> store = new UnreliableStore<>(Integer.MAX_VALUE);
      refuses(() -> processor.advance(Long.MAX_VALUE, results));
      refuses(() -> processor.early(results));
      refuses(() -> processor.save(store.writer(new Snapshot<>())));
      refuses(() -> processor.saveChanges(store.writer(new Snapshot<>())));
      refuses(() -> processor.restore(new Snapshot<>()));
      same(results.drain(), List.of());
      if (store.records() > 0) {
        fail("records saved", store.records(), 0);
      }
    }

    private void refuses(Runnable call) {
      try {
        call.run();
      } catch (IllegalStateException refused) {
        // as required
      }
    }

    private void refusedState() {
      int cut = random.nextInt(calls.size() + 1);
      Processor<K, E, O> saved = factory.create();
      results(saved, calls.subList(0, cut));
      Snapshot<K> snapshot = new Snapshot<>();
      saved.save(snapshot);
      ForgedState<K> whole = new ForgedState<>(-1, false);
      Processor<K, E, O> restored = factory.create();
      restored.restore(whole.reader(snapshot));
      if (whole.records() == 0) {
        return;
      }
      Class<RuntimeException> any = RuntimeException.class;
      boolean hasKeys = whole.records() > whole.operatorStates();
      boolean hasHead = whole.operatorStates() > 0;
      if (hasKeys) {
        throwsFrom("the same shard twice", any, () -> restored.restore(snapshot));
      }
      if (calls.subList(0, cut).stream().anyMatch(call -> call instanceof Process<K, E, O>)) {
        throwsFrom("restore after use", any, () -> saved.restore(snapshot));
      }
      sameFrom(cut, restored, saved);
      Processor<K, E, O> other = factory.create();
      Snapshot<K> foreign = new Snapshot<>();
      foreign.scope("foreign").putOperatorState(new byte[] {1, 2, 3});
      foreign.putOperatorState(new byte[] {1, 2, 3});
      Class<IllegalArgumentException> refused = IllegalArgumentException.class;
      throwsFrom("foreign state", refused, () -> other.restore(foreign));
      ForgedState<K> damaged = new ForgedState<>(random.nextInt(whole.records()), false);
      throwsFrom("damaged record", refused, () -> other.restore(damaged.reader(snapshot)));
      ForgedState<K> headless = new ForgedState<>(-1, true);
      if (hasKeys && hasHead) {
        throwsFrom(
            "missing operator state", refused, () -> other.restore(headless.reader(snapshot)));
      }
      other.restore(snapshot);
      Processor<K, E, O> again = factory.create();
      again.restore(snapshot);
      sameFrom(cut, other, again);
    }

    private void throwsFrom(String subject, Class<? extends Throwable> type, Runnable call) {
      Throwable thrown = null;
      try {
        call.run();
      } catch (RuntimeException e) {
        thrown = e;
      }
      if (!type.isInstance(thrown)) {
        fail(subject, thrown, type.getSimpleName());
      }
    }

    /** Compares two processors in the calls from an index on. */
    private void sameFrom(int index, Processor<K, E, O> actual, Processor<K, E, O> expected) {
      List<Call<K, E, O>> rest = calls.subList(index, calls.size());
      List<RecordedResult<K, O>> results = results(expected, rest);
      same(results(actual, rest), results);
    }

    private void same(List<RecordedResult<K, O>> actual, List<RecordedResult<K, O>> expected) {
      if (!byKey(actual).equals(byKey(expected))) {
        fail("results", actual, expected);
      }
    }

    private Map<K, List<RecordedResult<K, O>>> byKey(List<RecordedResult<K, O>> results) {
      return results.stream().collect(Collectors.groupingBy(RecordedResult::key));
    }

    private void fail(String subject, Object actual, Object expected) {
      throw new AssertionError(where() + ": " + subject + ": " + actual + ", expected " + expected);
    }

    private String where() {
      return "law '" + law + "' is broken, seed " + seed + ", run " + number + ", calls " + calls;
    }
  }

  /** Output that runs an action before each call. */
  private record WatchedOutput<K, O>(Output<K, O> to, Runnable action) implements Output<K, O> {

    @Override
    public void emit(K key, O value) {
      action.run();
      to.emit(key, value);
    }

    @Override
    public void emit(K key, Pane at, O value) {
      action.run();
      to.emit(key, at, value);
    }

    @Override
    public void update(K key, Pane at, O value, O previous) {
      action.run();
      to.update(key, at, value, previous);
    }

    @Override
    public void retract(K key, Pane at, O previous) {
      action.run();
      to.retract(key, at, previous);
    }

    @Override
    public void late(K key, Object event, long timestamp, long watermark) {
      action.run();
      to.late(key, event, timestamp, watermark);
    }

    @Override
    public void reject(K key, Object event, long timestamp, String reason) {
      action.run();
      to.reject(key, event, timestamp, reason);
    }
  }
}
