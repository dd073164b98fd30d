package io.thalweg.examples.pricing;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;

import io.thalweg.Codec;
import io.thalweg.feature.FeatureRow;
import io.thalweg.feature.FeatureSet;
import java.util.function.Predicate;

/** Features of a product and of a user, when the user puts the product into the cart. */
final class ShopFeatures {

  /** By product: demand, the list price, and the competitor's price while it is recent. */
  static final FeatureSet<ShopEvent> PRODUCT = product();

  /** By user: recent activity, and the product in the cart before this one. */
  static final FeatureSet<ShopEvent> USER = user();

  private static final Codec<FeatureRow<ShopEvent>> PRODUCT_ROWS =
      FeatureRow.codec(ShopEvent.CODEC, PRODUCT.schema());
  private static final Codec<FeatureRow<ShopEvent>> USER_ROWS =
      FeatureRow.codec(ShopEvent.CODEC, USER.schema());

  private ShopFeatures() {}

  private static FeatureSet<ShopEvent> product() {
    // region product
    FeatureSet.Builder<ShopEvent> set =
        FeatureSet.<ShopEvent>named("product").answering(ShopEvent::isCart).idle(ofDays(60));
    set.feature("list_price").where(ShopEvent::isListing).latest(ShopEvent::price);
    set.feature("competitor_price")
        .where(ShopEvent::isCompetitor)
        .latest(ShopEvent::price, ofHours(6));
    Predicate<ShopEvent> cart = ShopEvent::isCart;
    set.feature("carts_1h").where(cart).including().last(ofHours(1)).rate();
    set.feature("carts_7d").where(cart).including().last(ofDays(7)).tiled(ofHours(1)).rate();
    set.feature("velocity").ratio("carts_1h", "carts_7d");
    return set.build();
    // endregion
  }

  private static FeatureSet<ShopEvent> user() {
    // region user
    FeatureSet.Builder<ShopEvent> set =
        FeatureSet.<ShopEvent>named("user").answering(ShopEvent::isCart).idle(ofDays(30));
    Predicate<ShopEvent> cart = ShopEvent::isCart;
    set.feature("previous").where(cart).latestText(ShopEvent::productId);
    set.feature("since_previous").where(cart).sinceLast();
    set.feature("carts_1d").where(cart).last(ofDays(1)).count();
    set.feature("views_1h").where(ShopEvent::isView).last(ofHours(1)).count();
    set.feature("favourite_7d").last(ofDays(7)).topValue(ShopEvent::category);
    return set.build();
    // endregion
  }

  static byte[] encodeProduct(FeatureRow<ShopEvent> row) {
    return PRODUCT_ROWS.encode(row);
  }

  static FeatureRow<ShopEvent> decodeProduct(byte[] bytes) {
    return PRODUCT_ROWS.decode(bytes);
  }

  static byte[] encodeUser(FeatureRow<ShopEvent> row) {
    return USER_ROWS.encode(row);
  }

  static FeatureRow<ShopEvent> decodeUser(byte[] bytes) {
    return USER_ROWS.decode(bytes);
  }
}
