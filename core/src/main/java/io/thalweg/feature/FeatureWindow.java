package io.thalweg.feature;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Milliseconds;
import io.thalweg.sketch.HeavyHittersSketch;
import io.thalweg.sketch.QuantileSketch;
import io.thalweg.stats.DecayedMomentsAccumulator;
import io.thalweg.stats.ExtremaAccumulator;
import io.thalweg.stats.OrderStatistics;
import io.thalweg.stats.SumAccumulator;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * Window of a feature, to be completed by a statistic of the events in it.
 *
 * <p><b>Error.</b> Exact are count, rate, extrema, ends, and in {@code last} quantiles, numbers of
 * distinct texts and top values. A sum is right to half a unit in its last place, and exact for
 * whole numbers below 2^53. The error of a mean is a few units in the last place of the largest
 * value in the window; that of a standard deviation and a deviation is relatively below 1e-12 as
 * long as the spread is not below 1e-12 of the offset. A decayed mean or sum has an error of 1e-12
 * of the largest value that was ever counted. A difference of two values beyond {@code
 * Double.MAX_VALUE} makes moments absent until they have left the window. Nothing is subtracted, so
 * a value that has left a window has no effect.
 *
 * <p><b>Memory</b> of a key and feature. In {@code last}, an event takes 8 bytes, 8 more for each
 * field, and for each window 16 for a sum or extrema, 24 for moments, 48 for a trend, about 20 for
 * a quantile and the reference of a text; up to twice that while the ring has free places. In the
 * other windows a state takes 90 to 130 bytes for a number, 1.8 to 5 kB for quantiles and 2.2 kB
 * for a top value; a tile that has events takes 60 to 110 bytes, and 2.2 kB for quantiles and top
 * values. Distinct texts take 20 to 40 bytes for each different text, at most 45 kB, whatever the
 * tiles. A key takes 130 bytes besides.
 *
 * <p><b>Cost</b>: O(1) an event, amortised, whatever the length of the window; a top value and a
 * quantile of a sketch cost the size of their state. An event behind the newest one of its key, and
 * the next one after it, cost O(events in the window).
 *
 * @param <E> the events
 */
public final class FeatureWindow<E> {

  /** Reads a number from the result of a statistic. */
  private interface View<S> {
    double of(S result, EventValues<?> at);
  }

  private final FeatureSet.Builder<E> set;
  private final String name;
  private final Predicate<? super E> where;
  private final boolean including;
  private final WindowSpan span;

  FeatureWindow(
      FeatureSet.Builder<E> set,
      String name,
      Predicate<? super E> where,
      boolean including,
      WindowSpan span) {
    this.set = set;
    this.name = name;
    this.where = where;
    this.including = including;
    this.span = span;
  }

  /** Returns the canonical description of a feature. */
  static String description(String kind, boolean where, boolean including) {
    return kind + (where ? ", where" : "") + (including ? ", including" : "");
  }

  /**
   * Keeps one state for each tile instead of each event: for each interval of a length, from a
   * multiple of it since the epoch. The window then covers the current tile up to the event and the
   * {@code size / hop} tiles before it: between {@code size} and {@code size + hop}. The statistic
   * is that of all events in these tiles.
   *
   * @param hop the length of a tile in whole milliseconds, positive; a divisor of the size
   * @return the window in tiles
   * @throws IllegalArgumentException if the hop is not positive, no whole number of milliseconds or
   *     no divisor of the size
   * @throws IllegalStateException if the window is not {@code last(Duration)}
   */
  public FeatureWindow<E> tiled(Duration hop) {
    long millis = Milliseconds.positive("hop", hop);
    if (span.kind() != WindowSpan.Kind.LAST) {
      throw new IllegalStateException(
          "only last(Duration) can be tiled: " + span.description() + " of feature " + name);
    }
    if (span.size() % millis != 0) {
      throw new IllegalArgumentException(
          "hop must be a divisor of the size, " + span.size() + " ms: " + millis + " ms");
    }
    return new FeatureWindow<>(
        set, name, where, including, new WindowSpan(WindowSpan.Kind.TILED, span.size(), millis));
  }

  /**
   * Adds the number of events; with {@code decayed} the sum of their weights.
   *
   * @return the builder of the set
   */
  public FeatureSet.Builder<E> count() {
    return count("count", 1);
  }

  /**
   * Adds the number of events a second: their number by the length of the window, also of a tiled
   * or current one; with {@code decayed} the sum of their weights by {@code halfLife / ln 2}.
   *
   * @return the builder of the set
   * @throws IllegalStateException if the window has no length in time
   */
  public FeatureSet.Builder<E> rate() {
    return switch (span.kind()) {
      case COUNT, ALL -> throw refusal("rate");
      case DECAYED -> count("rate", 1000 * Math.log(2) / span.size());
      default -> count("rate", 1000.0 / span.size());
    };
  }

  private FeatureSet.Builder<E> count(String description, double factor) {
    if (isDecayed()) {
      return number(
          description,
          plan -> decayed(-1),
          (DecayedMomentsAccumulator sum, EventValues<?> at) -> factor * sum.sum(at.clock()));
    }
    // Division keeps the quotient of whole numbers exact.
    double divisor = factor == 1 ? 1 : span.size() / 1000.0;
    return number(
        description,
        plan -> Statistic.of(Statistic.Kind.COUNT, -1),
        (long[] count, EventValues<?> at) -> count[0] / divisor);
  }

  /**
   * Adds the sum of a field; with {@code decayed} the sum of the weighted values.
   *
   * @param field reads the number; NaN if it is absent
   * @return the builder of the set
   */
  public FeatureSet.Builder<E> sum(ToDoubleFunction<? super E> field) {
    return isDecayed()
        ? number(
            "sum",
            field,
            this::decayed,
            (DecayedMomentsAccumulator sum, EventValues<?> at) -> sum.sum(at.clock()))
        : number(
            "sum",
            field,
            of(Statistic.Kind.SUM),
            (SumAccumulator sum, EventValues<?> at) -> sum.value());
  }

  /**
   * Adds the mean of a field.
   *
   * @param field reads the number; NaN if it is absent
   * @return the builder of the set
   */
  public FeatureSet.Builder<E> mean(ToDoubleFunction<? super E> field) {
    return number(
        "mean", field, this::moments, (MomentsResult moments, EventValues<?> at) -> moments.mean());
  }

  /**
   * Adds the sample standard deviation of a field; with {@code decayed} the root of the weighted
   * mean of the squared deviations. It is absent for less than two values.
   *
   * @param field reads the number; NaN if it is absent
   * @return the builder of the set
   */
  public FeatureSet.Builder<E> sd(ToDoubleFunction<? super E> field) {
    return number(
        "sd", field, this::moments, (MomentsResult moments, EventValues<?> at) -> moments.sd());
  }

  /**
   * Adds the deviation of the event from the others: {@code (value - mean) / sd}, with the sample
   * standard deviation. It is absent if the event has no value, or the standard deviation is absent
   * or 0. The field of an event to be answered is read even if the predicate does not accept it.
   *
   * @param field reads the number; NaN if it is absent
   * @return the builder of the set
   */
  public FeatureSet.Builder<E> deviation(ToDoubleFunction<? super E> field) {
    requireNonNull(field, "field");
    return add(
        FeatureType.NUMBER,
        "deviation",
        plan -> {
          EventValues<E> values = plan.values();
          int accepted = values.where(where);
          int number = values.number(name, field, accepted);
          values.number(name, field, EventValues.asked(values.where(null)));
          FeaturePlan.Slot slot = plan.slot(accepted, span, moments(number));
          return (states, at, row) ->
              FeatureWindow.<MomentsResult>result(slot, states, at).deviation(at.number(number));
        });
  }

  /**
   * Adds the smallest value of a field.
   *
   * @param field reads the number; NaN if it is absent
   * @return the builder of the set
   * @throws IllegalStateException if the window is decayed
   */
  public FeatureSet.Builder<E> min(ToDoubleFunction<? super E> field) {
    return extrema("min", field, (extrema, at) -> extrema.min());
  }

  /**
   * Adds the largest value of a field.
   *
   * @param field reads the number; NaN if it is absent
   * @return the builder of the set
   * @throws IllegalStateException if the window is decayed
   */
  public FeatureSet.Builder<E> max(ToDoubleFunction<? super E> field) {
    return extrema("max", field, (extrema, at) -> extrema.max());
  }

  private FeatureSet.Builder<E> extrema(
      String description, ToDoubleFunction<? super E> field, View<ExtremaAccumulator> view) {
    refuseDecayed(description);
    return number(description, field, of(Statistic.Kind.EXTREMA), view);
  }

  /**
   * Adds a quantile of a field: exact in {@code last}, with linear interpolation between the order
   * statistics; in the other windows by a sketch with a rank error of at most 1.3 % with
   * probability 0.99, exact up to 200 values.
   *
   * @param field reads the number; NaN if it is absent
   * @param p the probability, from 0 to 1
   * @return the builder of the set
   * @throws IllegalArgumentException if the probability is out of range
   * @throws IllegalStateException if the window is decayed
   */
  public FeatureSet.Builder<E> quantile(ToDoubleFunction<? super E> field, double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException("p must be from 0 to 1: " + p);
    }
    refuseDecayed("quantile");
    return span.isBuffered()
        ? number(
            "quantile " + p,
            field,
            of(Statistic.Kind.ORDER),
            (OrderStatistics order, EventValues<?> at) -> order.quantile(p))
        : number(
            "quantile " + p + " with rank error 0.0133",
            field,
            of(Statistic.Kind.QUANTILES),
            (QuantileSketch sketch, EventValues<?> at) -> sketch.toQuantiles().quantile(p));
  }

  /**
   * Adds the number of different texts: exact in {@code last}; in the other windows by a sketch
   * with a standard error of 3.3 %.
   *
   * @param field reads the text; null if it is absent
   * @return the builder of the set
   * @throws IllegalStateException if the window is decayed
   */
  public FeatureSet.Builder<E> distinct(Function<? super E, String> field) {
    requireNonNull(field, "field");
    refuseDecayed("distinct");
    return span.isBuffered()
        ? number(
            "distinct",
            plan -> Statistic.of(Statistic.Kind.TEXTS, text(plan, field)),
            (ValueCounts counts, EventValues<?> at) -> counts.distinct())
        : number(
            "distinct, exact up to " + DistinctTexts.MOST,
            plan -> Statistic.of(Statistic.Kind.DISTINCT, text(plan, field)),
            (DistinctTexts texts, EventValues<?> at) -> texts.estimate());
  }

  /**
   * Adds the most frequent text; of equally frequent ones the first by {@link String#compareTo}. It
   * is exact in {@code last}, in time proportional to the number of different texts; in the other
   * windows by a sketch that is exact up to 32 different texts in the window.
   *
   * @param field reads the text; null if it is absent
   * @return the builder of the set
   * @throws IllegalStateException if the window is decayed
   */
  public FeatureSet.Builder<E> topValue(Function<? super E, String> field) {
    requireNonNull(field, "field");
    refuseDecayed("top value");
    boolean buffered = span.isBuffered();
    return add(
        FeatureType.TEXT,
        buffered ? "top value" : "top value of 32 tracked",
        plan -> {
          Statistic.Kind kind = buffered ? Statistic.Kind.TEXTS : Statistic.Kind.TOP;
          FeaturePlan.Slot slot = slot(plan, Statistic.of(kind, text(plan, field)));
          FeatureReader.OfText reader =
              buffered
                  ? (states, at) -> FeatureWindow.<ValueCounts>result(slot, states, at).top()
                  : (states, at) ->
                      Statistic.top(
                          FeatureWindow.<HeavyHittersSketch<String>>result(slot, states, at));
          return reader;
        });
  }

  /**
   * Adds the slope of the least-squares line of a field over the time of the events, in units a
   * second. It is absent unless there are values at two different times.
   *
   * @param field reads the number; NaN if it is absent
   * @return the builder of the set
   * @throws IllegalStateException if the window is decayed
   */
  public FeatureSet.Builder<E> trend(ToDoubleFunction<? super E> field) {
    refuseDecayed("trend");
    return number(
        "trend",
        field,
        of(Statistic.Kind.TREND),
        (Trend trend, EventValues<?> at) -> trend.slope());
  }

  /**
   * Adds the oldest value of a field that is not absent.
   *
   * @param field reads the number; NaN if it is absent
   * @return the builder of the set
   * @throws IllegalStateException if the window is decayed
   */
  public FeatureSet.Builder<E> oldest(ToDoubleFunction<? super E> field) {
    refuseDecayed("oldest");
    return number(
        "oldest", field, of(Statistic.Kind.ENDS), (Ends ends, EventValues<?> at) -> ends.first());
  }

  /**
   * Adds the newest value of a field that is not absent.
   *
   * @param field reads the number; NaN if it is absent
   * @return the builder of the set
   * @throws IllegalStateException if the window is decayed
   */
  public FeatureSet.Builder<E> newest(ToDoubleFunction<? super E> field) {
    refuseDecayed("newest");
    return number(
        "newest", field, of(Statistic.Kind.ENDS), (Ends ends, EventValues<?> at) -> ends.last());
  }

  /**
   * Adds a number read from the result of an aggregate. In {@code last} the window merges states of
   * one event each, in the other windows states of tiles. The result of an empty window is that of
   * an empty state.
   *
   * @param aggregate the statistic; its check rejects events
   * @param view reads the number, NaN if it is absent, from the result; an infinite one is absent
   * @param <A> the state
   * @param <R> the result
   * @return the builder of the set
   * @throws IllegalStateException if the window is decayed
   */
  public <A, R> FeatureSet.Builder<E> aggregate(
      Aggregate<? super E, A, R> aggregate, ToDoubleFunction<? super R> view) {
    requireNonNull(aggregate, "aggregate");
    requireNonNull(view, "view");
    String description = "aggregate " + aggregate.codec().name();
    refuseDecayed(description);
    Aggregate<EventValues<?>, A, R> ofValues = Statistic.ofEvents(aggregate);
    return add(
        FeatureType.NUMBER,
        description,
        plan -> {
          int accepted = plan.values().where(where);
          plan.values().check(name, ofValues::check, accepted);
          FeaturePlan.Slot slot =
              plan.slot(accepted, span, new Statistic(Statistic.Kind.OWN, -1, -1, 0, ofValues));
          return (states, at, row) -> view.applyAsDouble(result(slot, states, at));
        });
  }

  @SuppressWarnings("unchecked") // the caller names the type of the result of the statistic
  private static <S> S result(FeaturePlan.Slot slot, FeatureState[] states, EventValues<?> at) {
    return (S) slot.result(states, at);
  }

  private boolean isDecayed() {
    return span.kind() == WindowSpan.Kind.DECAYED;
  }

  private void refuseDecayed(String statistic) {
    if (isDecayed()) {
      throw refusal(statistic);
    }
  }

  private IllegalStateException refusal(String statistic) {
    return new IllegalStateException(
        "a window "
            + span.description()
            + " has no "
            + statistic
            + "; use another window: "
            + name);
  }

  private Statistic decayed(int field) {
    return new Statistic(Statistic.Kind.DECAYED, field, -1, span.size(), null);
  }

  private Statistic moments(int field) {
    return isDecayed()
        ? new Statistic(Statistic.Kind.DECAYED_MOMENTS, field, -1, span.size(), null)
        : Statistic.of(Statistic.Kind.MOMENTS, field);
  }

  private static IntFunction<Statistic> of(Statistic.Kind kind) {
    return field -> Statistic.of(kind, field);
  }

  private int text(FeaturePlan<E> plan, Function<? super E, String> field) {
    return plan.values().text(name, field, plan.values().where(where));
  }

  private FeaturePlan.Slot slot(FeaturePlan<E> plan, Statistic statistic) {
    return plan.slot(plan.values().where(where), span, statistic);
  }

  private <S> FeatureSet.Builder<E> number(
      String description,
      ToDoubleFunction<? super E> field,
      IntFunction<Statistic> statistic,
      View<S> view) {
    requireNonNull(field, "field");
    return number(
        description,
        plan -> statistic.apply(plan.values().number(name, field, plan.values().where(where))),
        view);
  }

  private <S> FeatureSet.Builder<E> number(
      String description, Function<FeaturePlan<E>, Statistic> statistic, View<S> view) {
    return add(
        FeatureType.NUMBER,
        description,
        plan -> {
          FeaturePlan.Slot slot = slot(plan, statistic.apply(plan));
          return (states, at, row) -> view.of(FeatureWindow.<S>result(slot, states, at), at);
        });
  }

  private FeatureSet.Builder<E> add(
      FeatureType type, String statistic, Function<FeaturePlan<E>, FeatureReader> compile) {
    return set.add(
        new FeatureSpec<>(
            new FeatureSchema.Feature(
                name,
                type,
                description(span.description() + ": " + statistic, where != null, including)),
            including ? FeatureSpec.Phase.AFTER : FeatureSpec.Phase.BEFORE,
            span.horizon(),
            compile));
  }
}
