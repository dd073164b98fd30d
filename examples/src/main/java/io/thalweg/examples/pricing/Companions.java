package io.thalweg.examples.pricing;

import io.thalweg.Codec;
import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.examples.pricing.CompanionInput.Asked;
import io.thalweg.examples.pricing.CompanionInput.Followed;
import io.thalweg.feature.FeatureRow;
import io.thalweg.feature.FeatureVector;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Recommendations by item-to-item co-occurrence: for each product, the products that users put into
 * the cart within half an hour after it. An occurrence loses half its weight each day. The best
 * {@value #RECOMMENDED} are recommended. At most {@value #KEPT} products are kept for each; the
 * lightest gives way.
 */
final class Companions {

  static final Duration SESSION = Duration.ofMinutes(30);
  static final Duration HALF_LIFE = Duration.ofDays(1);
  static final int RECOMMENDED = 3;
  static final int KEPT = 50;

  private static final Duration IDLE = Duration.ofDays(60);

  /**
   * Weight of a product.
   *
   * @param weight the weight at a time
   * @param time the time, in milliseconds
   */
  private record Weight(double weight, long time) {
    /** The logarithm of the weight at time 0: comparable among products without a time. */
    double order() {
      return Math.log(weight) / Math.log(2) + (double) time / HALF_LIFE.toMillis();
    }

    Weight plusOne(long now) {
      double decayed = weight * Math.pow(2, -(double) (now - time) / HALF_LIFE.toMillis());
      return new Weight(decayed + 1, now);
    }
  }

  /** Weights of the products that followed one product. */
  private static final class State {
    static final Codec<State> CODEC = Codec.of("example.companions", State::write, State::read);

    private static final Comparator<Map.Entry<String, Weight>> BEST_FIRST =
        Comparator.<Map.Entry<String, Weight>>comparingDouble(each -> -each.getValue().order())
            .thenComparing(Map.Entry::getKey);

    private final Map<String, Weight> weights = new HashMap<>();

    void add(String product, long time) {
      weights.merge(product, new Weight(1, time), (old, one) -> old.plusOne(time));
      if (weights.size() > KEPT) {
        weights.remove(ranked(KEPT + 1).get(KEPT));
      }
    }

    List<String> ranked(int most) {
      return weights.entrySet().stream()
          .sorted(BEST_FIRST)
          .limit(most)
          .map(Map.Entry::getKey)
          .toList();
    }

    static void write(State state, DataOutput out) throws IOException {
      out.writeInt(state.weights.size());
      for (Map.Entry<String, Weight> each : state.weights.entrySet()) {
        out.writeUTF(each.getKey());
        out.writeDouble(each.getValue().weight);
        out.writeLong(each.getValue().time);
      }
    }

    static State read(DataInput in) throws IOException {
      State state = new State();
      for (int left = in.readInt(); left > 0; left--) {
        state.weights.put(in.readUTF(), new Weight(in.readDouble(), in.readLong()));
      }
      return state;
    }
  }

  private Companions() {}

  /**
   * Returns the processor. Its keys are products.
   *
   * @return a processor without state
   */
  static Processor<String, CompanionInput, Recommendation> create() {
    return Processor.keyed(
        State::new,
        State.CODEC,
        IDLE,
        (state, product, input, time, out) -> {
          if (input instanceof Followed followed) {
            state.add(followed.product(), time);
          } else if (input instanceof Asked asked && !state.weights.isEmpty()) {
            out.emit(product, new Recommendation(asked.user(), state.ranked(RECOMMENDED)));
          }
        });
  }

  /**
   * Makes the inputs of {@link #create} of the features of a user.
   *
   * @param row the features of a user who put a product into the cart
   * @param out receives the inputs by product
   */
  static void inputs(FeatureRow<ShopEvent> row, Output<String, CompanionInput> out) {
    FeatureVector user = row.vector();
    String product = row.event().productId();
    String previous = user.text("previous");
    if (previous != null
        && !previous.equals(product)
        && user.number("since_previous") <= SESSION.toSeconds()) {
      out.emit(previous, new Followed(product));
    }
    out.emit(product, new Asked(row.event().userId()));
  }
}
