package io.thalweg.examples.pricing;

import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.feature.FeatureRow;
import java.util.function.ObjLongConsumer;

/**
 * Features of users, turned into the inputs of {@link Companions}. The answers have products as
 * keys.
 */
final class CompanionInputs implements Processor<String, ShopEvent, CompanionInput> {

  private final Processor<String, ShopEvent, FeatureRow<ShopEvent>> features =
      ShopFeatures.USER.operator();

  private static Output<String, FeatureRow<ShopEvent>> inputs(Output<String, CompanionInput> out) {
    return Output.of((user, row) -> Companions.inputs(row, out), out::late, out::reject);
  }

  @Override
  public void process(
      String user, ShopEvent event, long timestamp, Output<String, CompanionInput> out) {
    features.process(user, event, timestamp, inputs(out));
  }

  @Override
  public void advance(long watermark, Output<String, CompanionInput> out) {
    features.advance(watermark, inputs(out));
  }

  @Override
  public void save(StateWriter<String> to) {
    features.save(to);
  }

  @Override
  public void saveChanges(StateWriter<String> to) {
    features.saveChanges(to);
  }

  @Override
  public void restore(StateReader<String> shard) {
    features.restore(shard);
  }

  @Override
  public void counters(ObjLongConsumer<String> each) {
    features.counters(each);
  }
}
