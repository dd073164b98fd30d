package io.thalweg.examples.pricing;

import io.thalweg.examples.pricing.ShopEvent.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Simulated shop. Users visit it for a few minutes, look at products, and put some into the cart:
 * after one product often its companion, the next one of its category. Each day one product is
 * wanted five times as much for six hours. A competitor states prices every few hours. The same
 * arguments give the same events.
 */
final class ShopSimulator {

  private static final String[] CATEGORIES = {"shoes", "shirts", "hats", "bags"};
  private static final String NOBODY = "-";
  private static final double VISITS_AN_HOUR = 24;
  private static final double COMPANION_SHARE = 0.6;

  private final int products;
  private final int users;
  private final int days;
  private final long start;
  private final SplittableRandom random;

  /**
   * Creates a simulation.
   *
   * @param products the number of products, at least 8
   * @param users the number of users
   * @param days the number of days
   * @param end the end of event time, in milliseconds since 1970
   * @param seed the seed of the random numbers
   */
  ShopSimulator(int products, int users, int days, long end, long seed) {
    this.products = products;
    this.users = users;
    this.days = days;
    this.start = end - Duration.ofDays(days).toMillis();
    this.random = new SplittableRandom(seed);
  }

  /**
   * Returns the name of a product.
   *
   * @param product its number, from 0
   * @return its category and number
   */
  static String name(int product) {
    return CATEGORIES[product % CATEGORIES.length] + "-" + product;
  }

  /**
   * Returns the product that often follows another one into the cart.
   *
   * @param product its number
   * @return the next product of the same category
   */
  int companion(int product) {
    return (product + CATEGORIES.length) % (products - products % CATEGORIES.length);
  }

  static double listPrice(int product) {
    return 20 + product * 7 % 60 + 0.9;
  }

  /**
   * Returns all events.
   *
   * @return the events in order of time
   */
  List<ShopEvent> events() {
    List<ShopEvent> events = new ArrayList<>();
    for (int product = 0; product < products; product++) {
      events.add(event(Kind.LISTED, product, NOBODY, listPrice(product), start + product));
    }
    long minutes = days * 24L * 60;
    for (long minute = 1; minute < minutes; minute++) {
      long time = start + minute * 60_000;
      if (minute % 40 == 0) {
        int product = random.nextInt(products);
        double price = Math.rint(listPrice(product) * random.nextDouble(88, 110)) / 100;
        events.add(event(Kind.COMPETITOR, product, NOBODY, price, time));
      }
      if (random.nextDouble() < VISITS_AN_HOUR / 60) {
        visit(events, time);
      }
    }
    events.sort((a, b) -> Long.compare(a.timestamp(), b.timestamp()));
    return events;
  }

  private void visit(List<ShopEvent> events, long time) {
    String user = "user-" + random.nextInt(users);
    long day = (time - start) / 86_400_000;
    long hour = (time - start) / 3_600_000 % 24;
    boolean rush = hour >= 12 && hour < 18 && random.nextDouble() < 0.4;
    int product = rush ? (int) (day * 5 % products) : random.nextInt(products);
    long at = time;
    for (int i = random.nextInt(3); i >= 0; i--) {
      at += 1_000 + random.nextInt(50_000);
      events.add(event(Kind.VIEWED, product, user, listPrice(product), at));
      if (random.nextDouble() < 0.6) {
        at += 1_000 + random.nextInt(20_000);
        events.add(event(Kind.CARTED, product, user, listPrice(product), at));
      }
      product =
          random.nextDouble() < COMPANION_SHARE ? companion(product) : random.nextInt(products);
    }
  }

  private static ShopEvent event(Kind kind, int product, String user, double price, long time) {
    return new ShopEvent(kind, name(product), user, price, time);
  }
}
