package io.thalweg.examples.fraud;

import io.thalweg.Codec;
import io.thalweg.feature.FeatureRow;

/** Bytes of rows between the bolts. */
final class CardRows {

  /** Codec of complete rows, with the features of customer and terminal. */
  static final Codec<FeatureRow<CardEvent>> COMPLETE =
      FeatureRow.codec(CardEvents.CODEC, FraudFeatures.SCHEMA);

  private static final Codec<FeatureRow<CardEvent>> OF_CUSTOMER =
      FeatureRow.codec(CardEvents.CODEC, FraudFeatures.customers().schema());

  private CardRows() {}

  /** Encodes a row with the features of the customer. */
  static byte[] ofCustomer(FeatureRow<CardEvent> row) {
    return OF_CUSTOMER.encode(row);
  }

  /** Decodes a row with the features of the customer. */
  static FeatureRow<CardEvent> ofCustomer(byte[] bytes) {
    return OF_CUSTOMER.decode(bytes);
  }

  /** Encodes a complete row. */
  static byte[] complete(FeatureRow<CardEvent> row) {
    return COMPLETE.encode(row);
  }
}
