package io.thalweg.join;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Codec;
import io.thalweg.Output;
import io.thalweg.Processor;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The code of docs/joins.md. */
class JoinsGuideTest {

  private record Order(String id, double amount) {
    static final Codec<Order> CODEC = Codec.of("guide.order", Order::write, Order::read);

    void write(DataOutput out) throws IOException {
      out.writeUTF(id);
      out.writeDouble(amount);
    }

    static Order read(DataInput in) throws IOException {
      return new Order(in.readUTF(), in.readDouble());
    }
  }

  private final List<String> lines = new ArrayList<>();

  @Test
  void guide_intervalJoin_runs() {
    Output<String, String> out = (id, line) -> lines.add(line);
    // region interval
    IntervalJoin<String, Order, Double, String> payments =
        IntervalJoin.leftOuter(
                Order.CODEC,
                Codec.DOUBLE,
                (order, payment) ->
                    payment
                        .map(paid -> order.id() + " paid " + paid + " of " + order.amount())
                        .orElse(order.id() + " not paid in time"))
            .between(Duration.ZERO, ofMinutes(15))
            .build();

    payments.process("a", JoinInput.left(new Order("a", 20)), 0, out);
    payments.process("b", JoinInput.left(new Order("b", 30)), 60_000, out);
    payments.process("a", JoinInput.right(20.0), 120_000, out); // a paid 20.0 of 20.0
    payments.advance(960_001, out); // b not paid in time
    // endregion
    assertThat(lines).containsExactly("a paid 20.0 of 20.0", "b not paid in time");
  }

  @Test
  void guide_asOfJoin_runs() {
    Output<String, Double> out = (symbol, euros) -> lines.add(symbol + " " + euros);
    // region asof
    AsOfJoin<String, Order, Double, Double> inEuros =
        AsOfJoin.inner(Codec.DOUBLE, (Order order, Double rate) -> order.amount() * rate)
            .validity(ofHours(1))
            .build();

    inEuros.process("usd", JoinInput.right(0.5), 0, out);
    inEuros.process("usd", JoinInput.right(0.25), 1_000, out);
    inEuros.process("usd", JoinInput.left(new Order("a", 20)), 999, out); // 10.0
    inEuros.process("usd", JoinInput.left(new Order("b", 20)), 1_000, out); // 5.0
    inEuros.process("usd", JoinInput.left(new Order("c", 20)), 3_601_000, out); // no valid rate
    // endregion
    assertThat(lines).containsExactly("usd 10.0", "usd 5.0");
  }

  @Test
  void guide_deduplicated_runs() {
    Output<String, Order> out = (shop, order) -> lines.add(order.id());
    // region deduplicated
    Processor<String, Order, Order> orders =
        Deduplicated.by(Order::id, Codec.STRING, ofHours(1)).build();

    orders.process("shop", new Order("a", 20), 0, out);
    orders.process("shop", new Order("a", 20), 5_000, out); // a duplicate
    // endregion
    assertThat(lines).containsExactly("a");
  }
}
