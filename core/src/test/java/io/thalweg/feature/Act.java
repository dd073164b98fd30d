package io.thalweg.feature;

import io.thalweg.Codec;
import java.util.SplittableRandom;

/**
 * Event of the tests of features: a payment, a profile update, or one that cannot be read.
 *
 * @param kind the kind
 * @param amount a number; NaN for none
 * @param shop a text; null for none
 * @param latitude degrees; NaN for none
 * @param longitude degrees; NaN for none
 */
record Act(Kind kind, double amount, String shop, double latitude, double longitude) {

  enum Kind {
    PAID,
    DECLINED,
    /** A profile update, for which no vector is asked for. */
    PROFILE,
    /** An event whose amount and shop cannot be read. */
    UNREADABLE,
    /** An event for which the condition "large" cannot be evaluated. */
    UNDECIDABLE
  }

  static final Codec<Act> CODEC =
      Codec.of(
          "test.act",
          (act, out) -> {
            out.writeByte(act.kind.ordinal());
            out.writeDouble(act.amount);
            out.writeBoolean(act.shop != null);
            out.writeUTF(act.shop == null ? "" : act.shop);
            out.writeDouble(act.latitude);
            out.writeDouble(act.longitude);
          },
          in -> {
            Kind kind = Kind.values()[Math.floorMod(in.readByte(), Kind.values().length)];
            double amount = in.readDouble();
            boolean hasShop = in.readBoolean();
            String shop = in.readUTF();
            return new Act(kind, amount, hasShop ? shop : null, in.readDouble(), in.readDouble());
          });

  static Act paid(double amount) {
    return new Act(Kind.PAID, amount, "a", Double.NaN, Double.NaN);
  }

  static double readAmount(Act act) {
    if (act.kind == Kind.UNREADABLE) {
      throw new IllegalArgumentException("amount must be readable: " + act.amount);
    }
    return act.amount;
  }

  static double readLatitude(Act act) {
    return act.latitude;
  }

  static double readLongitude(Act act) {
    return act.longitude;
  }

  static String readShop(Act act) {
    if (act.kind == Kind.UNREADABLE) {
      throw new NullPointerException("shop");
    }
    return act.shop;
  }

  static boolean isDeclined(Act act) {
    return act.kind == Kind.DECLINED;
  }

  static boolean isProfile(Act act) {
    return act.kind == Kind.PROFILE;
  }

  static boolean isLarge(Act act) {
    if (act.kind == Kind.UNDECIDABLE) {
      throw new IllegalStateException("undecidable");
    }
    return act.amount >= 4;
  }

  /** Values of one stream: of a few scales, with ties, NaN, and infinite ones when asked for. */
  static Act draw(SplittableRandom random, int scale, boolean harsh) {
    double amount =
        switch (scale) {
          case 0 -> random.nextInt(8);
          case 1 -> random.nextInt(100) * 0.1 - 3;
          case 2 -> 1e9 + random.nextInt(1000) * 0.01;
          default -> (random.nextDouble() - 0.5) * Math.pow(10, random.nextInt(9) - 2);
        };
    if (random.nextInt(12) == 0) {
      amount = Double.NaN;
    } else if (harsh && random.nextInt(40) == 0) {
      amount = random.nextBoolean() ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
    }
    Kind kind = Kind.PAID;
    int draw = random.nextInt(harsh ? 22 : 16);
    if (draw < 4) {
      kind = Kind.DECLINED;
    } else if (draw < 7) {
      kind = Kind.PROFILE;
    } else if (draw == 20) {
      kind = Kind.UNREADABLE;
    } else if (draw == 21) {
      kind = Kind.UNDECIDABLE;
    }
    String shop = random.nextInt(10) == 0 ? null : "shop " + random.nextInt(5);
    boolean placed = random.nextInt(6) > 0;
    double latitude = placed ? random.nextInt(-89, 90) + random.nextInt(4) * 0.25 : Double.NaN;
    double longitude = placed ? random.nextInt(-180, 180) + random.nextInt(4) * 0.25 : Double.NaN;
    if (placed && random.nextInt(3) == 0) {
      latitude = 48.25;
      longitude = 16.5;
    }
    return new Act(kind, amount, shop, latitude, longitude);
  }
}
