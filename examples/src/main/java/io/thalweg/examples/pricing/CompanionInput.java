package io.thalweg.examples.pricing;

import io.thalweg.Codec;
import java.io.IOException;
import java.io.StreamCorruptedException;

/** Input of {@link Companions}; its key is a product. */
sealed interface CompanionInput {

  /**
   * A user put another product into the cart after this one.
   *
   * @param product the other product
   */
  record Followed(String product) implements CompanionInput {}

  /**
   * A user put this product into the cart, and recommendations are asked for.
   *
   * @param user the user
   */
  record Asked(String user) implements CompanionInput {}

  /** Codec of inputs. */
  Codec<CompanionInput> CODEC =
      Codec.of(
          "example.companion_input",
          (input, out) -> {
            out.writeByte(input instanceof Followed ? 0 : 1);
            out.writeUTF(
                input instanceof Followed followed ? followed.product : ((Asked) input).user);
          },
          in -> read(in.readByte(), in.readUTF()));

  private static CompanionInput read(byte kind, String text) throws IOException {
    return switch (kind) {
      case 0 -> new Followed(text);
      case 1 -> new Asked(text);
      default -> throw new StreamCorruptedException("kind must be 0 or 1: " + kind);
    };
  }
}
