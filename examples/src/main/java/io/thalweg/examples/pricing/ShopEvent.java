package io.thalweg.examples.pricing;

import io.thalweg.Codec;
import io.thalweg.examples.runtime.JsonFields;
import java.util.Locale;

/**
 * Event of a shop. As JSON: {@code {"kind":"carted","product_id":"shoes-7","user_id":"user-12",
 * "timestamp":1735689600000,"price":49.9}}.
 *
 * @param kind the kind
 * @param productId the product: its category, a dash and a number
 * @param userId the user of a view or cart, else {@code -}
 * @param price the list price, the price of the competitor, or the price seen by the user
 * @param timestamp the event time, in milliseconds since 1970
 */
record ShopEvent(Kind kind, String productId, String userId, double price, long timestamp) {

  enum Kind {
    /** The list price of a product is set. */
    LISTED,
    /** A competitor offers the product. */
    COMPETITOR,
    VIEWED,
    /** A user puts the product into the cart. */
    CARTED
  }

  static final Codec<ShopEvent> CODEC =
      Codec.of(
          "example.shop_event",
          (event, out) -> {
            out.writeByte(event.kind.ordinal());
            out.writeUTF(event.productId);
            out.writeUTF(event.userId);
            out.writeDouble(event.price);
            out.writeLong(event.timestamp);
          },
          in ->
              new ShopEvent(
                  Kind.values()[Math.floorMod(in.readByte(), Kind.values().length)],
                  in.readUTF(),
                  in.readUTF(),
                  in.readDouble(),
                  in.readLong()));

  /**
   * Parses a payload.
   *
   * @param payload JSON, may be null
   * @return the event
   * @throws IllegalArgumentException if it is not a valid event; the message names the rule
   */
  static ShopEvent parse(byte[] payload) {
    JsonFields fields = JsonFields.parse(payload);
    String kind = fields.text("kind");
    for (Kind each : Kind.values()) {
      if (each.name().toLowerCase(Locale.ROOT).equals(kind)) {
        return new ShopEvent(
            each,
            fields.text("product_id"),
            fields.text("user_id"),
            fields.number("price", 0.01),
            fields.timestamp("timestamp"));
      }
    }
    throw new IllegalArgumentException(
        "kind must be listed, competitor, viewed or carted: " + kind);
  }

  byte[] toJson() {
    return JsonFields.write(
        "kind", kind.name().toLowerCase(Locale.ROOT),
        "product_id", productId,
        "user_id", userId,
        "timestamp", timestamp,
        "price", price);
  }

  boolean isListing() {
    return kind == Kind.LISTED;
  }

  boolean isCompetitor() {
    return kind == Kind.COMPETITOR;
  }

  boolean isView() {
    return kind == Kind.VIEWED;
  }

  boolean isCart() {
    return kind == Kind.CARTED;
  }

  /**
   * Returns the category of the product.
   *
   * @return the product id up to its dash
   */
  String category() {
    int dash = productId.indexOf('-');
    return dash < 0 ? productId : productId.substring(0, dash);
  }
}
