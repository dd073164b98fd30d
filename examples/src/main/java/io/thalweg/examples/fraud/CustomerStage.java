package io.thalweg.examples.fraud;

import io.thalweg.Codec;
import io.thalweg.Operator;
import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.feature.FeatureRow;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.ObjLongConsumer;

/**
 * First stage of the pipeline, by customer: rejects reports of unknown transactions, adds the
 * features of the customer, and passes transactions and reports on under the key of their terminal.
 *
 * <p>A report must follow its transaction within {@link #MEMORY}, be of the same terminal, and be
 * the first one of it.
 */
final class CustomerStage extends Operator<String, CardEvent, FeatureRow<CardEvent>> {

  /** Time for which a transaction can be reported. */
  static final Duration MEMORY = Duration.ofDays(14);

  /**
   * Transactions of a customer that can be reported: number, time and hash of the terminal of each,
   * in the order of arrival.
   */
  private static final class Reportable {

    private static final Codec<Reportable> CODEC =
        Codec.of(
            "thalweg.examples.reportable",
            (value, out) -> {
              out.writeInt(value.paid.size());
              for (Paid each : value.paid) {
                out.writeLong(each.id);
                out.writeLong(each.timestamp);
                out.writeInt(each.terminal);
              }
            },
            in -> {
              Reportable value = new Reportable();
              for (int left = in.readInt(); left > 0; left--) {
                value.paid.add(new Paid(in.readLong(), in.readLong(), in.readInt()));
              }
              return value;
            });

    private record Paid(long id, long timestamp, int terminal) {
      static Paid of(CardEvent event) {
        return new Paid(event.id(), event.timestamp(), event.terminal().hashCode());
      }
    }

    private final Deque<Paid> paid = new ArrayDeque<>();

    /** Returns null if an event is accepted, else the reason to reject it. */
    String accept(CardEvent event) {
      Paid next = Paid.of(event);
      while (!paid.isEmpty() && paid.peek().timestamp < next.timestamp - MEMORY.toMillis()) {
        paid.remove();
      }
      Paid known = null;
      for (Paid each : paid) {
        known = each.id == next.id ? each : known;
      }
      if (event instanceof Transaction) {
        if (known != null) {
          return "id of a transaction must be new: " + next.id;
        }
        paid.add(next);
        return null;
      }
      boolean valid =
          known != null && known.terminal == next.terminal && known.timestamp <= next.timestamp;
      return valid && paid.remove(known)
          ? null
          : "a report must follow a transaction of its customer and terminal within "
              + MEMORY.toDays()
              + " days, and be the first one: "
              + next.id;
    }
  }

  private final Processor<String, CardEvent, CardEvent> reports =
      Processor.keyed(
          Reportable::new,
          Reportable.CODEC,
          MEMORY.multipliedBy(2),
          (state, customer, event, timestamp, out) -> {
            String reason = state.accept(event);
            if (reason == null) {
              out.emit(customer, event);
            } else {
              out.reject(customer, event, timestamp, reason);
            }
          });

  private final Processor<String, CardEvent, FeatureRow<CardEvent>> features =
      FraudFeatures.customers().operator();

  @Override
  protected void apply(
      String customer, CardEvent event, long timestamp, Output<String, FeatureRow<CardEvent>> out) {
    reports.process(
        customer,
        event,
        timestamp,
        Output.of(
            (key, accepted) -> addFeatures(customer, event, timestamp, out),
            out::late,
            out::reject));
  }

  private void addFeatures(
      String customer, CardEvent event, long timestamp, Output<String, FeatureRow<CardEvent>> out) {
    features.process(
        customer,
        event,
        timestamp,
        Output.of((key, row) -> out.emit(event.terminal(), row), out::late, out::reject));
  }

  @Override
  protected void moveWatermark(long watermark, Output<String, FeatureRow<CardEvent>> out) {
    reports.advance(watermark, (customer, event) -> {});
    features.advance(watermark, out);
  }

  @Override
  protected void write(StateWriter<String> to) {
    reports.save(to.scope("reports"));
    features.save(to.scope("features"));
  }

  @Override
  protected void writeChanges(StateWriter<String> to) {
    reports.saveChanges(to.scope("reports"));
    features.saveChanges(to.scope("features"));
  }

  @Override
  protected void markSaved() {
    markSaved(reports);
    markSaved(features);
  }

  @Override
  protected void read(StateReader<String> shard) {
    reports.restore(shard.scope("reports"));
    features.restore(shard.scope("features"));
  }

  @Override
  public void counters(ObjLongConsumer<String> each) {
    features.counters(each);
  }
}
