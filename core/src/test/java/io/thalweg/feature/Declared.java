package io.thalweg.feature;

import static java.time.Duration.ofMillis;

import io.thalweg.stats.Moments;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * Feature as a value, from which both the declaration under test and the oracle are made.
 *
 * @param name its name
 * @param where the counted events
 * @param including true if the event counts itself
 * @param window the window; null for a feature without one
 * @param measure the measure
 * @param field the field; null for a measure without one
 * @param size the size of the window, or the validity, in milliseconds or events
 * @param hop the hop of a tiled window
 * @param share the share of a quantile
 * @param a the first of two features to combine
 * @param b the second
 */
record Declared(
    String name,
    Where where,
    boolean including,
    Window window,
    Measure measure,
    Field field,
    long size,
    long hop,
    double share,
    String a,
    String b) {

  static final ZoneId ZONE = ZoneId.of("America/St_Johns");

  enum Where {
    ANY(act -> true),
    DECLINED(Act::isDeclined),
    PROFILE(Act::isProfile),
    LARGE(Act::isLarge);

    final Predicate<Act> test;

    Where(Predicate<Act> test) {
      this.test = test;
    }
  }

  enum Field {
    AMOUNT(Act::readAmount),
    LATITUDE(Act::readLatitude);

    final ToDoubleFunction<Act> read;

    Field(ToDoubleFunction<Act> read) {
      this.read = read;
    }
  }

  enum Window {
    LAST,
    LAST_COUNT,
    TILED,
    TUMBLING,
    DECAYED,
    ALL_TIME;

    boolean isBounded() {
      return this == LAST || this == TILED || this == TUMBLING;
    }
  }

  enum Measure {
    COUNT,
    RATE,
    SUM,
    MEAN,
    SD,
    MIN,
    MAX,
    QUANTILE,
    DISTINCT,
    TOP_VALUE,
    TREND,
    OLDEST,
    NEWEST,
    DEVIATION,
    AGGREGATE,
    /** The first measure of an event or of the one before, without a window. */
    VALUE,
    TEXT,
    SINCE_LAST,
    LATEST,
    LATEST_VALID,
    LATEST_TEXT,
    DISTANCE,
    SPEED,
    HOUR,
    WEEKDAY,
    RATIO,
    COMBINE;

    boolean isWindowed() {
      return compareTo(VALUE) < 0;
    }

    boolean isText() {
      return this == TOP_VALUE || this == TEXT || this == LATEST_TEXT;
    }

    boolean readsText() {
      return isText() || this == DISTINCT;
    }

    boolean readsNumber() {
      return switch (this) {
        case SUM, MEAN, SD, MIN, MAX, QUANTILE, TREND, OLDEST, NEWEST, DEVIATION, AGGREGATE -> true;
        case VALUE, LATEST, LATEST_VALID -> true;
        default -> false;
      };
    }
  }

  /** True if the state of a key must not expire before an idle time that the user gives. */
  boolean needsIdle() {
    return switch (measure) {
      case VALUE, TEXT, HOUR, WEEKDAY, RATIO, COMBINE, LATEST_VALID -> false;
      case SINCE_LAST, LATEST, LATEST_TEXT, DISTANCE, SPEED -> true;
      default -> !window.isBounded();
    };
  }

  /** Returns the time for which an event has an effect, or 0 if it has one for ever. */
  long horizon() {
    if (measure == Measure.LATEST_VALID) {
      return size;
    }
    if (window == null || !window.isBounded()) {
      return 0;
    }
    return window == Window.TILED ? size + hop : size;
  }

  /** True if the design promises an exact answer also for events out of order. */
  boolean isExactOutOfOrder() {
    return window == Window.LAST
        || measure == Measure.VALUE
        || measure == Measure.TEXT
        || measure == Measure.HOUR
        || measure == Measure.WEEKDAY;
  }

  /** True if the library has this combination. */
  boolean isSupported() {
    if (measure == Measure.RATE && (window == Window.LAST_COUNT || window == Window.ALL_TIME)) {
      return false;
    }
    if (window == Window.DECAYED) {
      return switch (measure) {
        case COUNT, RATE, SUM, MEAN, SD, DEVIATION -> true;
        default -> false;
      };
    }
    return true;
  }

  /** Adds this feature to a set. */
  FeatureSet.Builder<Act> addTo(FeatureSet.Builder<Act> set) {
    FeatureDefinition<Act> feature = set.feature(name);
    if (where != Where.ANY) {
      feature = feature.where(where.test);
    }
    if (including) {
      feature = feature.including();
    }
    if (measure.isWindowed()) {
      return addTo(
          switch (window) {
            case LAST -> feature.last(ofMillis(size));
            case LAST_COUNT -> feature.last((int) size);
            case TILED -> feature.last(ofMillis(size)).tiled(ofMillis(hop));
            case TUMBLING -> feature.tumbling(ofMillis(size));
            case DECAYED -> feature.decayed(ofMillis(size));
            case ALL_TIME -> feature.allTime();
          });
    }
    return switch (measure) {
      case VALUE -> feature.value(field.read);
      case TEXT -> feature.text(Act::readShop);
      case SINCE_LAST -> feature.sinceLast();
      case LATEST -> feature.latest(field.read);
      case LATEST_VALID -> feature.latest(field.read, ofMillis(size));
      case LATEST_TEXT -> feature.latestText(Act::readShop);
      case DISTANCE -> feature.distance(Act::readLatitude, Act::readLongitude);
      case SPEED -> feature.speed(Act::readLatitude, Act::readLongitude);
      case HOUR -> feature.hour(ZONE);
      case WEEKDAY -> feature.weekday(ZONE);
      case RATIO -> feature.ratio(a, b);
      case COMBINE -> feature.combine(a, b, (x, y) -> x - y);
      default -> throw new AssertionError(measure);
    };
  }

  private FeatureSet.Builder<Act> addTo(FeatureWindow<Act> of) {
    return switch (measure) {
      case COUNT -> of.count();
      case RATE -> of.rate();
      case SUM -> of.sum(field.read);
      case MEAN -> of.mean(field.read);
      case SD -> of.sd(field.read);
      case MIN -> of.min(field.read);
      case MAX -> of.max(field.read);
      case QUANTILE -> of.quantile(field.read, share);
      case DISTINCT -> of.distinct(Act::readShop);
      case TOP_VALUE -> of.topValue(Act::readShop);
      case TREND -> of.trend(field.read);
      case OLDEST -> of.oldest(field.read);
      case NEWEST -> of.newest(field.read);
      case DEVIATION -> of.deviation(field.read);
      case AGGREGATE -> of.aggregate(Moments.over(field.read), Moments::sum);
      default -> throw new AssertionError(measure);
    };
  }

  /** Draws the features of a set. Features that need an idle time only if allowed. */
  static List<Declared> draw(SplittableRandom random, int most, boolean needsIdle) {
    List<Declared> all = new ArrayList<>();
    int count = 1 + random.nextInt(most);
    long unit = random.nextInt(2) == 0 ? 1 : 1000;
    while (all.size() < count) {
      Declared next = drawOne(random, all, unit);
      if (next != null && next.isSupported() && (needsIdle || !next.needsIdle())) {
        all.add(next);
      }
    }
    return all;
  }

  private static <T> T choose(SplittableRandom random, T[] of) {
    return of[random.nextInt(of.length)];
  }

  private static Declared drawOne(SplittableRandom random, List<Declared> before, long unit) {
    Measure measure = choose(random, Measure.values());
    Window window = choose(random, Window.values());
    Where where = random.nextBoolean() ? Where.ANY : choose(random, Where.values());
    boolean including = measure.isWindowed() && random.nextInt(3) == 0;
    long hop = unit * (1 + random.nextInt(12));
    long size =
        switch (window) {
          case LAST_COUNT -> 1 + random.nextInt(9);
          case TILED -> hop * (1 + random.nextInt(5));
          default -> unit * (1 + random.nextInt(60));
        };
    if (!measure.isWindowed()) {
      size = unit * (1 + random.nextInt(60));
    }
    switch (measure) {
      case RATIO, COMBINE -> where = Where.ANY;
      default -> {}
    }
    String a = null;
    String b = null;
    if (measure == Measure.RATIO || measure == Measure.COMBINE) {
      List<String> numbers =
          before.stream().filter(each -> !each.measure.isText()).map(Declared::name).toList();
      if (numbers.isEmpty()) {
        return null;
      }
      a = numbers.get(random.nextInt(numbers.size()));
      b = numbers.get(random.nextInt(numbers.size()));
    }
    return new Declared(
        "f" + before.size(),
        where,
        including,
        measure.isWindowed() ? window : null,
        measure,
        measure.readsNumber() ? choose(random, Field.values()) : null,
        size,
        hop,
        random.nextInt(5) * 0.25,
        a,
        b);
  }

  static Declared windowed(String name, Window window, Measure measure, long size) {
    return new Declared(
        name, Where.ANY, false, window, measure, Field.AMOUNT, size, 1, 0.5, null, null);
  }
}
