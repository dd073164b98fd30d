package io.thalweg.examples.pricing;

import io.thalweg.Codec;
import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.examples.pricing.PriceProposal.Limit;
import io.thalweg.feature.FeatureRow;
import io.thalweg.feature.FeatureVector;
import java.time.Duration;

/**
 * Decision by product. The target is the list price, 10 % higher for twice the usual demand and 10
 * % lower for half of it, and at most 2 % above the competitor. Guard rails in this order: a price
 * is at least {@value #LOWEST} and at most {@value #HIGHEST} times the list price; a step is at
 * most {@value #LARGEST_STEP} of the price before; after a proposal there is none for half an hour;
 * a change below {@value #SMALLEST_STEP} is not proposed.
 */
final class PriceProposals {

  static final double LOWEST = 0.8;
  static final double HIGHEST = 1.2;
  static final double LARGEST_STEP = 0.05;
  static final double SMALLEST_STEP = 0.005;
  static final Duration COOL_DOWN = Duration.ofMinutes(30);

  private static final double DEMAND_EFFECT = 0.1;
  private static final double ABOVE_COMPETITOR = 1.02;
  private static final Duration IDLE = Duration.ofDays(60);

  /** Price of a product. */
  private static final class State {
    static final Codec<State> CODEC =
        Codec.of(
            "example.price",
            (state, out) -> {
              out.writeDouble(state.price);
              out.writeLong(state.changed);
            },
            in -> {
              State state = new State();
              state.price = in.readDouble();
              state.changed = in.readLong();
              return state;
            });

    double price = Double.NaN;
    long changed = Long.MIN_VALUE;
  }

  private PriceProposals() {}

  /**
   * Returns the processor. Its keys are products.
   *
   * @return a processor without state
   */
  static Processor<String, FeatureRow<ShopEvent>, PriceProposal> create() {
    return Processor.keyed(State::new, State.CODEC, IDLE, PriceProposals::propose);
  }

  private static void propose(
      State state,
      String product,
      FeatureRow<ShopEvent> row,
      long time,
      Output<String, PriceProposal> out) {
    FeatureVector features = row.vector();
    double listPrice = features.number("list_price");
    if (Double.isNaN(listPrice)
        || state.changed > Long.MIN_VALUE && time < state.changed + COOL_DOWN.toMillis()) {
      return;
    }
    double before = Double.isNaN(state.price) ? listPrice : state.price;
    double velocity = features.number("velocity");
    double competitor = features.number("competitor_price");
    double target = target(listPrice, velocity, competitor);
    double inRange = Math.max(LOWEST * listPrice, Math.min(HIGHEST * listPrice, target));
    double step = LARGEST_STEP * before;
    double after = cents(Math.max(before - step, Math.min(before + step, inRange)));
    if (Math.abs(after - before) < SMALLEST_STEP * before) {
      return;
    }
    Limit limit =
        after != cents(inRange) ? Limit.STEP : inRange != target ? Limit.RANGE : Limit.NONE;
    state.price = after;
    state.changed = time;
    out.emit(product, new PriceProposal(before, after, listPrice, velocity, competitor, limit));
  }

  private static double target(double listPrice, double velocity, double competitor) {
    double doublings = Math.max(-1, Math.min(1, Math.log(velocity) / Math.log(2)));
    double byDemand = listPrice * (1 + DEMAND_EFFECT * doublings);
    return Double.isNaN(competitor) ? byDemand : Math.min(byDemand, ABOVE_COMPETITOR * competitor);
  }

  private static double cents(double price) {
    return Math.rint(100 * price) / 100;
  }
}
