package io.thalweg.testing;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Checker of the laws of {@link Aggregate}, for aggregates of the library and of users.
 *
 * <pre>{@code
 * AggregateLaws.of(Moments.over(Reading::value), random -> new Reading(random.nextGaussian()))
 *     .cutsAgree((merged, whole) -> Math.abs(merged.mean() - whole.mean()) < 1e-12)
 *     .check(42);
 * }</pre>
 *
 * <p>The laws, by their names in the message of a failure:
 *
 * <dl>
 *   <dt>created alone
 *   <dd>two created states share nothing.
 *   <dt>identity
 *   <dd>merging with an empty state, from either side, changes no result: exactly.
 *   <dt>any cut
 *   <dd>a sequence cut anywhere into runs, empty ones among them, folded apart and merged in order,
 *       in any bracketing, gives the result of the whole: exactly, or as defined by {@link
 *       #cutsAgree}.
 *   <dt>source unharmed
 *   <dd>a merge leaves its source as it was, bit for bit, and keeps no reference to it.
 *   <dt>clear equals create
 *   <dd>a cleared state has the same results as a created one, empty and after the same events:
 *       exactly.
 *   <dt>result twice
 *   <dd>the second result equals the first, and a result does not change with its state.
 *   <dt>codec round trip
 *   <dd>a state that was read is written in the same bytes and has the same result; this still
 *       holds after the same events and states are added to both.
 *   <dt>save after query
 *   <dd>a state is written in the same bytes before and after its result was read.
 * </dl>
 *
 * <p>Events that {@link Aggregate#check} rejects are left out, as in an operator; an accepted event
 * must be added without an exception. All random choices depend on the seed, so a failure is
 * reproducible. A failure is an {@link AssertionError} that names the law, the seed and the values.
 *
 * <p>Not thread-safe.
 *
 * @param <E> the events
 * @param <R> the results; compared by {@link Objects#deepEquals} unless {@link #resultsEqual} is
 *     called
 */
public final class AggregateLaws<E, R> {

  private static final int EVENTS_IN_MESSAGE = 40;

  private final Aggregate<E, Object, R> aggregate;
  private final Function<? super RandomGenerator, ? extends E> events;
  private BiPredicate<? super R, ? super R> equal = Objects::deepEquals;
  private BiPredicate<? super R, ? super R> agree;
  private int runs = 100;
  private int longest = 200;

  @SuppressWarnings("unchecked") // only the aggregate creates and uses the states
  private AggregateLaws(
      Aggregate<E, ?, R> aggregate, Function<? super RandomGenerator, ? extends E> events) {
    this.aggregate = (Aggregate<E, Object, R>) requireNonNull(aggregate, "aggregate");
    this.events = requireNonNull(events, "events");
  }

  /**
   * Returns a checker for an aggregate.
   *
   * @param aggregate the aggregate
   * @param events draws an event; it should draw edge cases often, and may draw events to be
   *     rejected
   * @param <E> the events
   * @param <R> the results
   * @return the laws; {@link #check} runs them
   */
  public static <E, R> AggregateLaws<E, R> of(
      Aggregate<E, ?, R> aggregate, Function<? super RandomGenerator, ? extends E> events) {
    return new AggregateLaws<>(aggregate, events);
  }

  /**
   * Sets the equality of results, bit for bit, for results without a suitable {@code equals}.
   *
   * @param equal true for results that are identical
   * @return this
   */
  public AggregateLaws<E, R> resultsEqual(BiPredicate<? super R, ? super R> equal) {
    this.equal = requireNonNull(equal, "equal");
    return this;
  }

  /**
   * Sets the permitted difference between a merged result and the result of the whole, for floating
   * point and for sketches. By default they must be equal. Equal results always agree, even if they
   * are NaN.
   *
   * @param agree receives the merged result and the result of the whole, if they are not equal
   * @return this
   */
  public AggregateLaws<E, R> cutsAgree(BiPredicate<? super R, ? super R> agree) {
    this.agree = requireNonNull(agree, "agree");
    return this;
  }

  /**
   * Sets the number and length of the sequences. The default is 100 sequences of at most 200
   * events; the first are the shortest.
   *
   * @param runs the number of sequences
   * @param longest the maximum number of events in a sequence
   * @return this
   * @throws IllegalArgumentException if either is not positive
   */
  public AggregateLaws<E, R> sequences(int runs, int longest) {
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

  /** Check of all laws on one sequence of events. */
  private final class Run {

    private final long seed;
    private final int number;
    private final SplittableRandom random;
    private final List<E> sequence = new ArrayList<>();
    private String law = "";

    Run(long seed, int number, SplittableRandom random) {
      this.seed = seed;
      this.number = number;
      this.random = random;
      int length = Math.min(number < 8 ? number : random.nextInt(longest + 1), longest);
      for (int i = 0; i < length; i++) {
        E event = events.apply(random);
        if (accepted(event)) {
          sequence.add(event);
        }
      }
    }

    private boolean accepted(E event) {
      try {
        aggregate.check(event);
        return true;
      } catch (RuntimeException rejected) {
        return false;
      }
    }

    void check() {
      try {
        law = "created alone";
        createdAlone();
        law = "identity";
        identity();
        law = "any cut";
        anyCut();
        law = "source unharmed";
        sourceUnharmed();
        law = "clear equals create";
        clearEqualsCreate();
        law = "result twice";
        resultTwice();
        law = "codec round trip";
        codecRoundTrip();
        law = "save after query";
        saveAfterQuery();
      } catch (RuntimeException e) {
        throw new AssertionError(where() + ": " + e, e);
      }
    }

    private void createdAlone() {
      Object state = aggregate.create();
      Object other = aggregate.create();
      R empty = aggregate.result(other);
      addAll(state, sequence);
      same("an empty state after events went to another", aggregate.result(other), empty);
    }

    private void identity() {
      R whole = aggregate.result(folded(sequence));
      Object left = aggregate.create();
      aggregate.merge(left, folded(sequence));
      same("an empty state, then the events", aggregate.result(left), whole);
      Object right = folded(sequence);
      aggregate.merge(right, aggregate.create());
      same("the events, then an empty state", aggregate.result(right), whole);
    }

    private void anyCut() {
      R whole = aggregate.result(folded(sequence));
      List<Integer> cuts = new ArrayList<>();
      for (int i = random.nextInt(5); i >= 0; i--) {
        cuts.add(random.nextInt(sequence.size() + 1));
      }
      cuts.add(0);
      cuts.add(sequence.size());
      cuts.sort(null);
      List<Object> parts = new ArrayList<>();
      for (int i = 1; i < cuts.size(); i++) {
        parts.add(folded(sequence.subList(cuts.get(i - 1), cuts.get(i))));
      }
      while (parts.size() > 1) {
        int at = random.nextInt(parts.size() - 1);
        aggregate.merge(parts.get(at), parts.remove(at + 1));
      }
      R merged = aggregate.result(parts.get(0));
      boolean holds = equal.test(merged, whole) || (agree != null && agree.test(merged, whole));
      if (!holds) {
        fail("cut at " + cuts, merged, whole);
      }
    }

    private void sourceUnharmed() {
      int cut = random.nextInt(sequence.size() + 1);
      Object target = folded(sequence.subList(0, cut));
      Object source = folded(sequence.subList(cut, sequence.size()));
      byte[] before = bytes(source);
      aggregate.merge(target, source);
      sameBytes("the source of a merge", bytes(source), before);
      byte[] merged = bytes(target);
      addAll(source, sequence);
      aggregate.clear(source);
      addAll(source, sequence);
      sameBytes("the target after its source was changed", bytes(target), merged);
      byte[] untouched = bytes(source);
      addAll(target, sequence);
      aggregate.clear(target);
      sameBytes("the source after the target was changed", bytes(source), untouched);
    }

    private void clearEqualsCreate() {
      Object cleared = folded(sequence);
      aggregate.merge(cleared, folded(sequence));
      aggregate.clear(cleared);
      Object created = aggregate.create();
      same("a cleared state", aggregate.result(cleared), aggregate.result(created));
      List<E> some = sequence.subList(0, random.nextInt(sequence.size() + 1));
      addAll(cleared, some);
      addAll(created, some);
      aggregate.merge(cleared, folded(sequence));
      aggregate.merge(created, folded(sequence));
      same("a cleared state in new use", aggregate.result(cleared), aggregate.result(created));
    }

    private void resultTwice() {
      Object state = folded(sequence);
      R first = aggregate.result(state);
      same("the second result", aggregate.result(state), first);
      R apart = aggregate.result(folded(sequence));
      addAll(state, sequence);
      aggregate.merge(state, folded(sequence));
      aggregate.result(state);
      same("a result after its state went on", first, apart);
      aggregate.clear(state);
      same("a result after its state was cleared", first, apart);
    }

    private void codecRoundTrip() {
      Object state = folded(sequence);
      byte[] written = bytes(state);
      Object read = aggregate.codec().decode(written);
      sameBytes("a state read and written again", bytes(read), written);
      same("the result of a state read", aggregate.result(read), aggregate.result(state));
      addAll(state, sequence);
      addAll(read, sequence);
      sameBytes("a state read, then added to", bytes(read), bytes(state));
      aggregate.merge(state, folded(sequence));
      aggregate.merge(read, aggregate.codec().decode(written));
      sameBytes("a state read, then merged", bytes(read), bytes(state));
      same("its result", aggregate.result(read), aggregate.result(state));
    }

    private void saveAfterQuery() {
      Object state = folded(sequence);
      byte[] before = bytes(state);
      aggregate.result(state);
      sameBytes("a state whose result was read", bytes(state), before);
      Object asked = aggregate.create();
      for (E event : sequence) {
        aggregate.add(asked, event);
        aggregate.result(asked);
      }
      sameBytes("a state whose result was read after each event", bytes(asked), before);
    }

    private Object folded(List<E> part) {
      Object state = aggregate.create();
      addAll(state, part);
      return state;
    }

    private void addAll(Object state, List<E> part) {
      for (E event : part) {
        aggregate.add(state, event);
      }
    }

    private byte[] bytes(Object state) {
      return aggregate.codec().encode(state);
    }

    private void same(String subject, R actual, R expected) {
      if (!equal.test(actual, expected)) {
        fail(subject, actual, expected);
      }
    }

    private void sameBytes(String subject, byte[] actual, byte[] expected) {
      if (!Arrays.equals(actual, expected)) {
        fail(subject, HexFormat.of().formatHex(actual), HexFormat.of().formatHex(expected));
      }
    }

    private void fail(String subject, Object actual, Object expected) {
      throw new AssertionError(where() + ": " + subject + ": " + actual + ", expected " + expected);
    }

    private String where() {
      String shown =
          sequence.size() <= EVENTS_IN_MESSAGE
              ? sequence.toString()
              : sequence.subList(0, EVENTS_IN_MESSAGE) + " and more, " + sequence.size();
      return aggregate.codec().name()
          + ": law '"
          + law
          + "' is broken, seed "
          + seed
          + ", run "
          + number
          + ", events "
          + shown;
    }
  }
}
