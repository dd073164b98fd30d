package io.thalweg.feature;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.Codec;
import io.thalweg.Ordered;
import io.thalweg.Output;
import io.thalweg.Processor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/** The code of docs/features.md. */
class FeaturesGuideTest {

  // region events
  /** The streams of a card: payments, and the labels that arrive a week later. */
  sealed interface CardEvent {
    String card();

    long time();
  }

  record Payment(String card, String merchant, double amount, boolean declined, long time)
      implements CardEvent {}

  record Label(String card, boolean fraud, long time) implements CardEvent {}

  static final ToDoubleFunction<CardEvent> AMOUNT =
      event -> event instanceof Payment payment ? payment.amount() : Double.NaN;

  static final ToDoubleFunction<CardEvent> FRAUD =
      event -> event instanceof Label label && label.fraud() ? 1 : 0;

  static boolean isPayment(CardEvent event) {
    return event instanceof Payment;
  }

  // endregion

  private static FeatureSet<CardEvent> card() {
    // region declare
    FeatureSet<CardEvent> card =
        FeatureSet.<CardEvent>named("card")
            .answering(FeaturesGuideTest::isPayment)
            .feature("amount")
            .value(AMOUNT)
            .feature("avg_transaction_amount_1h")
            .last(ofHours(1))
            .mean(AMOUNT)
            .feature("transaction_rate_5m")
            .where(FeaturesGuideTest::isPayment)
            .last(ofMinutes(5))
            .rate()
            .feature("time_since_last_transaction")
            .where(FeaturesGuideTest::isPayment)
            .sinceLast()
            .feature("amount_z_30d")
            .last(ofDays(30))
            .tiled(ofHours(6))
            .deviation(AMOUNT)
            .feature("frauds_30d")
            .where(event -> event instanceof Label)
            .last(ofDays(30))
            .tiled(ofDays(1))
            .mean(FRAUD)
            .idle(ofDays(60))
            .build();
    // endregion
    return card;
  }

  private static FeatureSet<CardEvent> merchant() {
    return FeatureSet.<CardEvent>named("merchant")
        .feature("merchant_payments_1h")
        .last(ofHours(1))
        .count()
        .feature("merchant_max_1h")
        .including()
        .last(ofHours(1))
        .max(AMOUNT)
        .build();
  }

  private static List<CardEvent> events() {
    List<CardEvent> events = new ArrayList<>();
    events.add(new Payment("c1", "m1", 20, false, 0));
    events.add(new Payment("c1", "m2", 40, false, 60_000));
    events.add(new Payment("c2", "m1", 10, false, 90_000));
    events.add(new Label("c1", true, 100_000));
    events.add(new Payment("c1", "m1", 300, true, 120_000));
    return events;
  }

  @Test
  void vectors_ofPayments_areAsOfThePayment() {
    FeatureSet<CardEvent> card = card();
    List<FeatureVector> vectors = new ArrayList<>();
    // region answer
    FeatureOperator<String, CardEvent> operator = card.operator();
    Output<String, FeatureRow<CardEvent>> out =
        Output.strict((key, row) -> vectors.add(row.vector()));
    for (CardEvent event : events()) {
      operator.process(event.card(), event, event.time(), out);
    }
    // endregion
    assertThat(vectors).hasSize(4);
    FeatureVector last = vectors.get(3);
    assertThat(last.number("amount")).isEqualTo(300);
    assertThat(last.number("avg_transaction_amount_1h")).isEqualTo(30);
    assertThat(last.number("transaction_rate_5m")).isEqualTo(2 / 300.0);
    assertThat(last.number("time_since_last_transaction")).isEqualTo(60);
    assertThat(last.number("amount_z_30d")).isCloseTo(270 / Math.sqrt(200), within(1e-12));
    assertThat(last.number("frauds_30d")).isEqualTo(1);
    assertThat(vectors.get(0).isAbsent("avg_transaction_amount_1h")).isTrue();
  }

  @Test
  void row_ofAModel_isFilledWithoutAnAllocation() {
    FeatureSet<CardEvent> card = card();
    FeatureOperator<String, CardEvent> operator = card.operator();
    Output<String, Object> side = Output.strict((key, value) -> {});
    CardEvent event = events().get(0);
    // region row
    double[] row = new double[card.schema().size()];
    boolean isAnswered = operator.answer(event.card(), event, event.time(), side, row);
    // endregion
    assertThat(isAnswered).isTrue();
    assertThat(row[card.schema().index("amount")]).isEqualTo(20);
  }

  @Test
  void chainAndUnion_ofTwoKeys_giveTheSameVectors() {
    FeatureSet<CardEvent> merchant = merchant();
    FeatureSet<CardEvent> card =
        FeatureSet.<CardEvent>named("card")
            .feature("avg_transaction_amount_1h")
            .last(ofHours(1))
            .mean(AMOUNT)
            .build();
    List<FeatureVector> chained = new ArrayList<>();
    List<FeatureVector> united = new ArrayList<>();
    // region chain
    Processor<String, FeatureRow<CardEvent>, FeatureRow<CardEvent>> byCard =
        card.append(FeatureSchema.empty());
    Processor<String, FeatureRow<CardEvent>, FeatureRow<CardEvent>> byMerchant =
        merchant.append(card.schema());
    // endregion
    // region union
    FeatureUnion<Payment> both =
        FeatureUnion.<Payment>of(card, Payment::card).and(merchant, Payment::merchant).build();
    // endregion
    for (CardEvent event : events()) {
      if (event instanceof Payment payment) {
        byCard.process(
            payment.card(),
            FeatureRow.of(payment),
            payment.time(),
            Output.strict(
                (key, row) ->
                    byMerchant.process(
                        payment.merchant(),
                        row,
                        payment.time(),
                        Output.strict((name, complete) -> chained.add(complete.vector())))));
        both.process(
            payment.card(),
            payment,
            payment.time(),
            Output.strict((key, row) -> united.add(row.vector())));
      }
    }
    assertThat(chained).hasSize(4).isEqualTo(united);
    assertThat(united.get(3).toString())
        .isEqualTo(
            "{avg_transaction_amount_1h=30.0, merchant_payments_1h=2.0, merchant_max_1h=300.0}");
  }

  private static final Codec<CardEvent> EVENTS =
      Codec.of(
          "guide.cardevent",
          (event, out) -> {
            out.writeUTF(event.card());
            out.writeLong(event.time());
            out.writeDouble(AMOUNT.applyAsDouble(event));
          },
          in -> {
            String card = in.readUTF();
            long time = in.readLong();
            double amount = in.readDouble();
            return Double.isNaN(amount)
                ? new Label(card, true, time)
                : new Payment(card, "m", amount, false, time);
          });

  @Test
  void rows_loggedAndRead_areTheRowsThatWereServed() throws IOException {
    FeatureSet<CardEvent> card = card();
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    List<FeatureVector> served = new ArrayList<>();
    // region log
    Codec<FeatureRow<CardEvent>> rows = FeatureRow.codec(EVENTS, card.schema());
    DataOutputStream out = new DataOutputStream(log);
    Processor<String, CardEvent, FeatureRow<CardEvent>> features =
        new Ordered<>(card.<String>operator(), EVENTS);
    // endregion
    Output<String, FeatureRow<CardEvent>> serve =
        Output.strict(
            (key, row) -> {
              served.add(row.vector());
              byte[] bytes = rows.encode(row);
              try {
                out.writeInt(bytes.length);
                out.write(bytes);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    for (CardEvent event : events()) {
      features.process(event.card(), event, event.time(), serve);
    }
    features.advance(ofMillis(200_000).toMillis(), serve);
    List<FeatureVector> read = new ArrayList<>();
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(log.toByteArray()));
    while (in.available() > 0) {
      read.add(rows.decode(in.readNBytes(in.readInt())).vector());
    }
    assertThat(read).hasSize(4).isEqualTo(served);
  }
}
