package io.thalweg.benchmarks;

import io.thalweg.Output;
import io.thalweg.feature.FeatureDefinition;
import io.thalweg.feature.FeatureOperator;
import io.thalweg.feature.FeatureSet;
import io.thalweg.feature.FeatureWindow;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Memory of a key for each kind of feature: prints the heap in use by keys of one feature, with 4,
 * 32 and 256 events each in a window of 30 days, divided by the number of keys and without the
 * memory of a key of a set that has no state. Tiles are of 6 hours.
 *
 * <p>{@code java -Xmx2g -cp benchmarks/target/thalweg-benchmarks.jar
 * io.thalweg.benchmarks.FeatureMemory}
 */
public final class FeatureMemory {

  private static final int[] EVENTS = {4, 32, 256};
  private static final int[] KEYS = {20_000, 10_000, 2_000};
  private static final Duration WINDOW = Duration.ofDays(30);
  private static final ToDoubleFunction<Event> AMOUNT = Event::amount;
  private static final Function<Event, String> NAME = Event::name;

  private record Event(double amount, String name) {}

  /** Adds the features of a set. */
  private interface Features {
    FeatureSet.Builder<Event> add(FeatureSet.Builder<Event> set);
  }

  private FeatureMemory() {}

  /**
   * Prints the table.
   *
   * @param args a part of the names of the features to print; all by default
   */
  public static void main(String[] args) {
    double[] none = new double[EVENTS.length];
    bytes(set -> set.feature("f").value(AMOUNT), 0); // loads the classes
    for (int i = 0; i < EVENTS.length; i++) {
      none[i] = bytes(set -> set.feature("f").value(AMOUNT), i);
    }
    System.out.printf(Locale.ROOT, "a key without state: %.0f bytes%n", none[0]);
    System.out.println("| window | statistic | 4 events | 32 events | 256 events |");
    System.out.println("|---|---|---|---|---|");
    features()
        .forEach(
            (name, features) -> {
              if (args.length > 0 && !name.contains(args[0])) {
                return;
              }
              StringBuilder line = new StringBuilder("| " + name);
              for (int i = 0; i < EVENTS.length; i++) {
                line.append(String.format(Locale.ROOT, " | %,.0f", bytes(features, i) - none[i]));
              }
              System.out.println(line.append(" |"));
            });
  }

  private static Map<String, Features> features() {
    Map<String, Features> all = new LinkedHashMap<>();
    all.put("event | time since last", set -> set.feature("f").sinceLast());
    add(all, "last(30 d)", definition -> definition.last(WINDOW));
    add(all, "tiled(6 h)", definition -> definition.last(WINDOW).tiled(Duration.ofHours(6)));
    add(all, "all time", FeatureDefinition::allTime);
    all.put("decayed | mean", set -> set.feature("f").decayed(WINDOW).mean(AMOUNT));
    return all;
  }

  private static void add(
      Map<String, Features> all,
      String name,
      Function<FeatureDefinition<Event>, FeatureWindow<Event>> window) {
    all.put(name + " | count", set -> window.apply(set.feature("f")).count());
    all.put(name + " | sum", set -> window.apply(set.feature("f")).sum(AMOUNT));
    all.put(name + " | mean, sd", set -> window.apply(set.feature("f")).mean(AMOUNT));
    all.put(name + " | min, max", set -> window.apply(set.feature("f")).max(AMOUNT));
    all.put(name + " | quantile", set -> window.apply(set.feature("f")).quantile(AMOUNT, 0.5));
    all.put(name + " | distinct", set -> window.apply(set.feature("f")).distinct(NAME));
    all.put(name + " | top value", set -> window.apply(set.feature("f")).topValue(NAME));
    all.put(name + " | trend", set -> window.apply(set.feature("f")).trend(AMOUNT));
    all.put(name + " | oldest, newest", set -> window.apply(set.feature("f")).oldest(AMOUNT));
  }

  private static double bytes(Features features, int size) {
    int events = EVENTS[size];
    FeatureSet<Event> set =
        features.add(FeatureSet.<Event>named("memory")).idle(Duration.ofDays(60)).build();
    String[] keys = new String[KEYS[size]];
    String[] names = new String[16];
    for (int i = 0; i < names.length; i++) {
      names[i] = "name_" + i;
    }
    for (int i = 0; i < keys.length; i++) {
      keys[i] = "key_" + i;
    }
    long before = used();
    FeatureOperator<String, Event> operator = set.operator();
    Output<String, Object> side = Output.strict((key, value) -> {});
    double[] row = new double[1];
    long step = WINDOW.toMillis() / events;
    for (int i = 0; i < events * 5 / 4; i++) {
      for (String key : keys) {
        Event event = new Event(i * 7 % 31, names[i % names.length]);
        operator.answer(key, event, i * step, side, row);
      }
    }
    double bytes = (double) (used() - before) / keys.length;
    Reference.reachabilityFence(operator);
    Reference.reachabilityFence(keys);
    return bytes;
  }

  /** Returns the bytes in use, by the collection that leaves the fewest dead objects in place. */
  private static long used() {
    Runtime runtime = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }
}
