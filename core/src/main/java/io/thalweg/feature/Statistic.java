package io.thalweg.feature;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.sketch.HeavyHitters;
import io.thalweg.sketch.HeavyHittersSketch;
import io.thalweg.sketch.QuantileSketch;
import io.thalweg.sketch.Quantiles;
import io.thalweg.stats.DecayedMoments;
import io.thalweg.stats.DecayedMomentsAccumulator;
import io.thalweg.stats.Extrema;
import io.thalweg.stats.ExtremaAccumulator;
import io.thalweg.stats.Moments;
import io.thalweg.stats.MomentsAccumulator;
import io.thalweg.stats.Sum;
import io.thalweg.stats.SumAccumulator;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.ObjDoubleConsumer;
import java.util.function.ToDoubleFunction;

/**
 * Statistic of the events in a window. Equal statistics of one window are kept once.
 *
 * @param kind the kind
 * @param a the number of its field; -1 if it reads none
 * @param b the number of its second field; -1 if it reads none
 * @param halfLife the half-life of a decayed statistic in milliseconds, otherwise 0
 * @param own the aggregate of a user, otherwise null
 */
record Statistic(Kind kind, int a, int b, long halfLife, Aggregate<EventValues<?>, ?, ?> own) {

  /** Kind of a statistic, with the type of its result. */
  enum Kind {
    /** A {@code long[1]}. */
    COUNT,
    /** A {@link MomentsResult}. */
    MOMENTS,
    /** A {@link io.thalweg.stats.ExtremaAccumulator}. */
    EXTREMA,
    /** A {@link io.thalweg.stats.SumAccumulator}. */
    SUM,
    /** An {@link io.thalweg.stats.OrderStatistics}, in buffers only. */
    ORDER,
    /** A {@link ValueCounts}, in buffers only. */
    TEXTS,
    /** An {@link Ends}. */
    ENDS,
    /** A {@link Trend}. */
    TREND,
    /** A {@link io.thalweg.sketch.QuantileSketch}, in tiles only. */
    QUANTILES,
    /** A {@link DistinctTexts}, in tiles only. */
    DISTINCT,
    /** A {@link io.thalweg.sketch.HeavyHittersSketch} of strings, in tiles only. */
    TOP,
    /** A {@link MomentsResult}, in a single tile. */
    DECAYED_MOMENTS,
    /** A {@link io.thalweg.stats.DecayedMomentsAccumulator}, in a single tile. */
    DECAYED,
    /** A {@link LastEvent}, in a single tile. */
    LAST_TIME,
    /** A {@link LastEvent}, in a single tile. */
    LAST_NUMBER,
    /** A {@link LastEvent}, in a single tile. */
    LAST_PAIR,
    /** A {@link LastEvent}, in a single tile. */
    LAST_TEXT,
    /** The result of the aggregate of a user. */
    OWN
  }

  /** Values of a sketch of quantiles: a rank error of 1.3 %. */
  static final int QUANTILE_SIZE = 200;

  /** Tracked texts of a sketch of the most frequent one. */
  static final int TOP_CAPACITY = 32;

  /** A field that is not read. */
  private static final ToDoubleFunction<EventValues<?>> ANY = values -> 0;

  private static final Codec<long[]> COUNT_CODEC =
      Codec.of(
          "thalweg.feature.count",
          (count, out) -> out.writeLong(count[0]),
          in -> new long[] {in.readLong()});

  /** Returns the statistic of a field. */
  static Statistic of(Kind kind, int field) {
    return new Statistic(kind, field, -1, 0, null);
  }

  /**
   * Returns the statistic as an aggregate. Its result is the state itself, except that of the
   * aggregate of a user.
   */
  @SuppressWarnings("unchecked") // states are created, and only touched, by their aggregate
  Aggregate<EventValues<?>, Object, Object> aggregate() {
    return (Aggregate<EventValues<?>, Object, Object>)
        switch (kind) {
          case COUNT ->
              Aggregate.<EventValues<?>, long[], Object>of(
                  () -> new long[1],
                  (count, event) -> count[0]++,
                  (target, source) -> target[0] += source[0],
                  count -> count[0] = 0,
                  count -> count,
                  COUNT_CODEC);
          case MOMENTS -> {
            MomentsResult result = new MomentsResult();
            yield ofNumber(Moments.over(ANY), MomentsAccumulator::add, result::set);
          }
          case EXTREMA -> ofNumber(Extrema.over(ANY), ExtremaAccumulator::add, state -> state);
          case SUM -> ofNumber(Sum.over(ANY), SumAccumulator::add, state -> state);
          case ENDS -> Ends.of(a);
          case TREND -> Trend.of(a);
          case QUANTILES ->
              ofNumber(Quantiles.over(ANY, QUANTILE_SIZE), QuantileSketch::add, state -> state);
          case TOP ->
              ofText(
                  HeavyHitters.<EventValues<?>, String>over(v -> "", Codec.STRING, TOP_CAPACITY),
                  HeavyHittersSketch::add);
          case DECAYED -> decayed(state -> state);
          case DECAYED_MOMENTS -> {
            MomentsResult result = new MomentsResult();
            yield decayed(result::set);
          }
          case LAST_TIME -> LastEvent.ofTime();
          case LAST_NUMBER -> LastEvent.ofNumber(a);
          case LAST_PAIR -> LastEvent.ofPair(a, b);
          case LAST_TEXT -> LastEvent.ofText(a);
          case OWN -> own;
          case ORDER, TEXTS, DISTINCT ->
              throw new IllegalStateException("a state of its own: " + kind);
        };
  }

  /** Returns an aggregate of the events themselves. */
  @SuppressWarnings("unchecked") // the values of a set are of events of its type
  static <E, A, R> Aggregate<EventValues<?>, A, R> ofEvents(Aggregate<? super E, A, R> of) {
    return ((Aggregate<E, A, R>) of).<EventValues<?>>on(values -> (E) values.event());
  }

  /**
   * Returns the most frequent text of a sketch; of equally frequent ones the first by {@link
   * String#compareTo}; null if there is none.
   */
  static String top(HeavyHittersSketch<String> sketch) {
    String top = null;
    long most = 0;
    for (HeavyHitters.Counter<String> each : sketch.toHeavyHitters().counters()) {
      if (each.most() > most || each.most() == most && each.key().compareTo(top) < 0) {
        top = each.key();
        most = each.most();
      }
    }
    return top;
  }

  /** Returns an aggregate of the field that takes all but the events from another one. */
  private <A> Aggregate<EventValues<?>, A, Object> ofNumber(
      Aggregate<EventValues<?>, A, ?> of, ObjDoubleConsumer<A> add, Function<A, Object> result) {
    return Aggregate.of(
        of::create,
        (state, event) -> {
          double value = event.number(a);
          if (!Double.isNaN(value)) {
            add.accept(state, value);
          }
        },
        of::merge,
        of::clear,
        result,
        of.codec());
  }

  private <A> Aggregate<EventValues<?>, A, Object> ofText(
      Aggregate<EventValues<?>, A, ?> of, BiConsumer<A, String> add) {
    return Aggregate.of(
        of::create,
        (state, event) -> {
          if (event.text(a) != null) {
            add.accept(state, event.text(a));
          }
        },
        of::merge,
        of::clear,
        state -> state,
        of.codec());
  }

  /** Returns an aggregate of the decayed field, or of the number 1 if there is none. */
  private Aggregate<EventValues<?>, DecayedMomentsAccumulator, Object> decayed(
      Function<DecayedMomentsAccumulator, Object> result) {
    Aggregate<EventValues<?>, DecayedMomentsAccumulator, ?> of =
        DecayedMoments.over(ANY, EventValues::clock, Duration.ofMillis(halfLife));
    return Aggregate.of(
        of::create,
        (state, event) -> {
          double value = a < 0 ? 1 : event.number(a);
          if (!Double.isNaN(value)) {
            state.add(value, event.clock());
          }
        },
        of::merge,
        of::clear,
        result,
        of.codec());
  }
}
