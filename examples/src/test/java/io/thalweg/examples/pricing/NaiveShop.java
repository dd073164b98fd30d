package io.thalweg.examples.pricing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Proposals and recommendations computed from the list of all events, by loops over the past. */
final class NaiveShop {

  private static final long HOUR = 3_600_000;
  private static final long DAY = 24 * HOUR;

  private NaiveShop() {}

  /**
   * Returns all proposals as text.
   *
   * @param events the events in order of time
   */
  static List<String> proposals(List<ShopEvent> events) {
    List<String> all = new ArrayList<>();
    Map<String, Double> prices = new HashMap<>();
    Map<String, Long> changes = new HashMap<>();
    Map<String, List<ShopEvent>> histories = new HashMap<>();
    for (ShopEvent now : events) {
      List<ShopEvent> past = histories.computeIfAbsent(now.productId(), k -> new ArrayList<>());
      past.add(now);
      if (!now.isCart()) {
        continue;
      }
      double list = latest(past, ShopEvent.Kind.LISTED, Long.MIN_VALUE);
      double competitor = latest(past, ShopEvent.Kind.COMPETITOR, now.timestamp() - 6 * HOUR);
      double hour = carts(past, now.timestamp() - HOUR + 1);
      // Tiles of an hour: the current one and 168 whole ones before it.
      double week = carts(past, now.timestamp() / HOUR * HOUR - 7 * DAY);
      double velocity = hour / (week / 168);
      double before = prices.getOrDefault(now.productId(), list);
      Long changed = changes.get(now.productId());
      if (Double.isNaN(list) || changed != null && now.timestamp() - changed < HOUR / 2) {
        continue;
      }
      double wanted = list * (1 + 0.1 * clamp(log2(velocity), -1, 1));
      if (!Double.isNaN(competitor)) {
        wanted = Math.min(wanted, 1.02 * competitor);
      }
      double allowed = clamp(wanted, 0.8 * list, 1.2 * list);
      double after =
          Math.rint(100 * clamp(allowed, before - 0.05 * before, before + 0.05 * before)) / 100;
      if (Math.abs(after - before) >= 0.005 * before) {
        prices.put(now.productId(), after);
        changes.put(now.productId(), now.timestamp());
        all.add(text(now.productId(), now.timestamp(), before, after, velocity));
      }
    }
    return all;
  }

  static String text(String product, long time, double before, double after, double velocity) {
    return String.format(
        Locale.ROOT, "%d %s %.2f %.2f %.9g", time, product, before, after, velocity);
  }

  private static double log2(double of) {
    return Math.log(of) / Math.log(2);
  }

  private static double clamp(double value, double least, double most) {
    return Math.max(least, Math.min(most, value));
  }

  private static double latest(List<ShopEvent> past, ShopEvent.Kind kind, long after) {
    return past.stream()
        .filter(event -> event.kind() == kind && event.timestamp() > after)
        .reduce((a, b) -> b)
        .map(ShopEvent::price)
        .orElse(Double.NaN);
  }

  private static double carts(List<ShopEvent> past, long from) {
    return past.stream().filter(event -> event.isCart() && event.timestamp() >= from).count();
  }

  /** Returns all recommendations as text: time, user, product, and the recommended products. */
  static List<String> recommendations(List<ShopEvent> events) {
    List<String> all = new ArrayList<>();
    Map<String, ShopEvent> previous = new HashMap<>();
    Map<String, Map<String, List<Long>>> followed = new HashMap<>();
    for (ShopEvent now : events) {
      if (!now.isCart()) {
        continue;
      }
      ShopEvent before = previous.put(now.userId(), now);
      if (before != null
          && !before.productId().equals(now.productId())
          && now.timestamp() - before.timestamp() <= HOUR / 2) {
        followed
            .computeIfAbsent(before.productId(), k -> new LinkedHashMap<>())
            .computeIfAbsent(now.productId(), k -> new ArrayList<>())
            .add(now.timestamp());
      }
      Map<String, List<Long>> companions = followed.get(now.productId());
      if (companions != null) {
        List<String> best =
            companions.entrySet().stream()
                .sorted(
                    Comparator.<Map.Entry<String, List<Long>>>comparingDouble(
                            each -> -weight(each.getValue(), now.timestamp()))
                        .thenComparing(Map.Entry::getKey))
                .limit(3)
                .map(Map.Entry::getKey)
                .toList();
        all.add(now.timestamp() + " " + now.userId() + " " + now.productId() + " " + best);
      }
    }
    return all;
  }

  private static double weight(List<Long> times, long now) {
    return times.stream().mapToDouble(time -> Math.pow(2, -(double) (now - time) / DAY)).sum();
  }
}
