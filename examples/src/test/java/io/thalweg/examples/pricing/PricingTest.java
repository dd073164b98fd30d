package io.thalweg.examples.pricing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.feature.FeatureRow;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proposals and recommendations in a plain program, without Kafka and Storm. */
class PricingTest {

  static final long END = 1_795_000_000_000L;

  private static List<ShopEvent> events(long seed) {
    return new ShopSimulator(16, 60, 9, END, seed).events();
  }

  static List<String> proposals(List<ShopEvent> events) {
    List<String> lines = new ArrayList<>();
    Processor<String, ShopEvent, FeatureRow<ShopEvent>> features = ShopFeatures.PRODUCT.operator();
    Processor<String, FeatureRow<ShopEvent>, PriceProposal> proposals = PriceProposals.create();
    for (ShopEvent event : events) {
      long time = event.timestamp();
      features.process(
          event.productId(),
          event,
          time,
          Output.strict(
              (product, row) ->
                  proposals.process(
                      product,
                      row,
                      time,
                      Output.strict(
                          (key, proposal) ->
                              lines.add(
                                  NaiveShop.text(
                                      key,
                                      time,
                                      proposal.before(),
                                      proposal.after(),
                                      proposal.velocity()))))));
      features.advance(time, Output.strict((product, row) -> {}));
    }
    return lines;
  }

  @Test
  void proposals_simulatedShop_equalTheNaiveOnes() {
    for (long seed = 1; seed <= 3; seed++) {
      List<String> expected = NaiveShop.proposals(events(seed));
      assertThat(expected).hasSizeGreaterThan(100);
      assertThat(proposals(events(seed))).as("seed %d", seed).isEqualTo(expected);
    }
  }

  static List<String> recommendations(List<ShopEvent> events) {
    List<String> lines = new ArrayList<>();
    Processor<String, ShopEvent, FeatureRow<ShopEvent>> features = ShopFeatures.USER.operator();
    Processor<String, CompanionInput, Recommendation> companions = Companions.create();
    for (ShopEvent event : events) {
      long time = event.timestamp();
      Output<String, Recommendation> out =
          Output.strict(
              (product, recommendation) ->
                  lines.add(
                      time
                          + " "
                          + recommendation.user()
                          + " "
                          + product
                          + " "
                          + recommendation.products()));
      features.process(
          event.userId(),
          event,
          time,
          Output.strict(
              (user, row) ->
                  Companions.inputs(
                      row, (product, input) -> companions.process(product, input, time, out))));
    }
    return lines;
  }

  @Test
  void recommendations_simulatedShop_equalTheNaiveOnes() {
    for (long seed = 1; seed <= 3; seed++) {
      List<String> expected = NaiveShop.recommendations(events(seed));
      assertThat(expected).hasSizeGreaterThan(1_000);
      assertThat(recommendations(events(seed))).as("seed %d", seed).isEqualTo(expected);
    }
  }

  /** The simulation has companions, so most last recommendations begin with them. */
  @Test
  void recommendations_simulatedShop_beginWithTheCompanion() {
    ShopSimulator shop = new ShopSimulator(16, 60, 9, END, 5);
    List<String> lines = recommendations(shop.events());
    List<String> last = lines.subList(lines.size() - 200, lines.size());
    long first =
        last.stream()
            .filter(
                line -> {
                  String[] parts = line.split(" ", 4);
                  int product = Integer.parseInt(parts[2].substring(parts[2].indexOf('-') + 1));
                  return parts[3].startsWith("[" + ShopSimulator.name(shop.companion(product)));
                })
            .count();
    assertThat(first).isGreaterThan(160);
  }

  @Test
  void proposals_everyProposal_keepsTheGuardRails() {
    List<ShopEvent> events = events(7);
    double highest = 0;
    for (String line : proposals(events)) {
      String[] parts = line.split(" ");
      int product = Integer.parseInt(parts[1].substring(parts[1].indexOf('-') + 1));
      double before = Double.parseDouble(parts[2]);
      double after = Double.parseDouble(parts[3]);
      double listPrice = ShopSimulator.listPrice(product);
      assertThat(after).isBetween(0.8 * listPrice - 0.01, 1.2 * listPrice + 0.01);
      assertThat(Math.abs(after - before)).isLessThanOrEqualTo(0.05 * before + 0.01);
      highest = Math.max(highest, after / listPrice);
    }
    assertThat(highest).isGreaterThan(1.05);
  }

  @Test
  void parse_writtenEvent_isTheSame() {
    ShopEvent event = new ShopEvent(ShopEvent.Kind.CARTED, "hats-1", "user \"1\"", 12.5, END);
    assertThat(ShopEvent.parse(event.toJson())).isEqualTo(event);
    assertThat(ShopEvent.CODEC.decode(ShopEvent.CODEC.encode(event))).isEqualTo(event);
    assertThat(event.category()).isEqualTo("hats");
    byte[] unknown =
        "{\"kind\":\"sold\",\"product_id\":\"hats-1\",\"user_id\":\"u\",\"timestamp\":1,\"price\":1}"
            .getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> ShopEvent.parse(unknown))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("kind must be listed, competitor, viewed or carted: sold");
  }
}
