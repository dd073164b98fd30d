package io.thalweg.feature;

import static java.math.MathContext.DECIMAL128;

import io.thalweg.feature.Declared.Measure;
import io.thalweg.feature.Declared.Window;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Naive recomputation of features from the complete history of a key, in exact arithmetic.
 *
 * <p>Errors that an answer may have, in units in the last place (ulp): count, rate, min, max,
 * oldest, newest, latest, texts, hour and weekday none; a mean and a standard deviation 4, if the
 * spread is not below 1e-12 of the largest value, and in buffered windows 4 of the largest value
 * and 1e-13; a sum 4 of the sum of the absolute values; a quantile 4 of the largest value; a slope
 * 1e-11 of the spread of the values over that of the times; a decayed mean 1e-12 of the largest
 * value; a distance a millimetre. Answers of sketches may have an error of one in a distinct count,
 * and of one rank in a quantile.
 */
final class FeatureOracle {

  private static final MathContext DIGITS = new MathContext(60);

  /** Error of decayed statistics that have become so small that they lose their digits. */
  private static final double SMALLEST = 1e-300;

  private static final double EARTH_RADIUS = 6371.0088;

  /** An event of the history of a key. */
  record Past(long time, Act act) {}

  /** Set of the answers that are right. */
  interface Expected {
    boolean allows(Object actual);
  }

  private record Near(double value, double error) implements Expected {
    @Override
    public boolean allows(Object actual) {
      return actual instanceof Double number
          && (number == value || Math.abs(number - value) <= error);
    }
  }

  private record Between(double least, double most) implements Expected {
    @Override
    public boolean allows(Object actual) {
      return actual instanceof Double number && number >= least && number <= most;
    }
  }

  private record Text(String text) implements Expected {
    @Override
    public boolean allows(Object actual) {
      return text.equals(actual);
    }
  }

  private record Absent(boolean text) implements Expected {
    @Override
    public boolean allows(Object actual) {
      return text ? actual == null : actual instanceof Double number && number.isNaN();
    }
  }

  private record Anything() implements Expected {
    @Override
    public boolean allows(Object actual) {
      return true;
    }
  }

  private static final Expected NO_NUMBER = new Absent(false);
  private static final Expected NO_TEXT = new Absent(true);

  private final List<Declared> features;
  private final long lateness;

  /** Time without an event after which a key is forgotten; Long.MAX_VALUE for ever. */
  private final long memory;

  /** In order of arrival. */
  private final Map<String, List<Past>> histories = new HashMap<>();

  private final Map<String, Long> newest = new HashMap<>();
  private long watermark = Long.MIN_VALUE;

  FeatureOracle(List<Declared> features, long lateness, long idle) {
    this.features = features;
    this.lateness = lateness;
    this.memory =
        Math.max(idle, features.stream().mapToLong(Declared::horizon).max().orElseThrow());
  }

  /** Outcome of an event. */
  enum Outcome {
    REJECTED,
    LATE,
    NOT_ASKED,
    ANSWERED
  }

  static boolean isAskedFor(Act act) {
    return act.kind() != Act.Kind.PROFILE;
  }

  /** Returns the outcome of an event, before it is added. */
  Outcome outcome(String key, Act act, long time) {
    if (time == Long.MIN_VALUE || time == Long.MAX_VALUE || cannotBeRead(act)) {
      return Outcome.REJECTED;
    }
    Long last = newest.get(key);
    if (isBefore(time, lateness, watermark) || last != null && time < last - lateness) {
      return Outcome.LATE;
    }
    return isAskedFor(act) ? Outcome.ANSWERED : Outcome.NOT_ASKED;
  }

  private static boolean isBefore(long time, long lateness, long watermark) {
    return watermark > Long.MIN_VALUE
        && BigDecimal.valueOf(time)
                .add(BigDecimal.valueOf(lateness))
                .compareTo(BigDecimal.valueOf(watermark))
            < 0;
  }

  private boolean cannotBeRead(Act act) {
    for (Declared feature : features) {
      try {
        boolean counted = feature.where().test.test(act);
        if (counted && feature.measure().readsNumber()) {
          boolean read = feature.measure() != Measure.VALUE || isAskedFor(act);
          if (read && Double.isInfinite(feature.field().read.applyAsDouble(act))) {
            return true;
          }
          if (feature.measure() == Measure.AGGREGATE
              && Double.isNaN(feature.field().read.applyAsDouble(act))) {
            return true;
          }
        }
        if (feature.measure() == Measure.DEVIATION
            && isAskedFor(act)
            && Double.isInfinite(feature.field().read.applyAsDouble(act))) {
          return true;
        }
        if (counted && feature.measure().readsText()) {
          boolean read = feature.measure() != Measure.TEXT || isAskedFor(act);
          if (read) {
            Act.readShop(act);
          }
        }
      } catch (RuntimeException e) {
        return true;
      }
    }
    return false;
  }

  /** Returns the answers to an event that is about to be added. */
  List<Expected> answers(String key, Act act, long time) {
    forget(key, time);
    List<Past> history = histories.getOrDefault(key, List.of());
    Past now = new Past(time, act);
    List<Expected> all = new ArrayList<>();
    for (Declared feature : features) {
      all.add(answer(feature, history, now));
    }
    return all;
  }

  void add(String key, Act act, long time) {
    forget(key, time);
    histories.computeIfAbsent(key, k -> new ArrayList<>()).add(new Past(time, act));
    newest.merge(key, time, Math::max);
  }

  void advance(long to) {
    if (to <= watermark) {
      return;
    }
    watermark = to;
  }

  private void forget(String key, long time) {
    Long last = newest.get(key);
    if (last != null && memory < Long.MAX_VALUE && time - last >= memory) {
      histories.remove(key);
    }
  }

  private Expected answer(Declared of, List<Past> history, Past now) {
    List<Past> counted = history.stream().filter(past -> of.where().test.test(past.act())).toList();
    boolean counts = of.where().test.test(now.act());
    return switch (of.measure()) {
      case VALUE -> counts ? number(of.field().read.applyAsDouble(now.act())) : NO_NUMBER;
      case TEXT -> counts ? text(now.act().shop()) : NO_TEXT;
      case HOUR -> counts ? number(local(now).getHour()) : NO_NUMBER;
      case WEEKDAY -> counts ? number(local(now).getDayOfWeek().getValue()) : NO_NUMBER;
      case SINCE_LAST ->
          counted.isEmpty()
              ? NO_NUMBER
              : near((now.time() - counted.get(counted.size() - 1).time()) / 1000.0, 1);
      case LATEST -> number(last(counted, past -> of.field().read.applyAsDouble(past.act())));
      case LATEST_VALID ->
          number(
              last(
                  counted.stream().filter(past -> past.time() > now.time() - of.size()).toList(),
                  past -> of.field().read.applyAsDouble(past.act())));
      case LATEST_TEXT -> {
        List<Past> known = counted.stream().filter(past -> past.act().shop() != null).toList();
        yield text(known.isEmpty() ? null : known.get(known.size() - 1).act().shop());
      }
      case DISTANCE, SPEED -> counts ? movement(of, counted, now) : NO_NUMBER;
      case RATIO, COMBINE -> new Anything(); // of the actual parts: see combined
      default -> windowed(of, window(of, counted, now), now);
    };
  }

  private static ZonedDateTime local(Past now) {
    return Instant.ofEpochMilli(now.time()).atZone(Declared.ZONE);
  }

  private static double last(List<Past> of, Function<Past, Double> field) {
    double last = Double.NaN;
    for (Past past : of) {
      double value = field.apply(past);
      if (!Double.isNaN(value)) {
        last = value;
      }
    }
    return last;
  }

  private static Expected movement(Declared of, List<Past> counted, Past now) {
    List<Past> placed = counted.stream().filter(past -> isPlaced(past.act())).toList();
    if (placed.isEmpty() || !isPlaced(now.act())) {
      return NO_NUMBER;
    }
    Past last = placed.get(placed.size() - 1);
    double distance = distance(last.act(), now.act());
    if (of.measure() == Measure.DISTANCE) {
      return new Near(distance, 1e-6);
    }
    double hours = (now.time() - last.time()) / 3.6e6;
    return hours <= 0 ? NO_NUMBER : new Near(distance / hours, 1e-6 / hours);
  }

  private static boolean isPlaced(Act act) {
    return !Double.isNaN(act.latitude()) && !Double.isNaN(act.longitude());
  }

  /** Distance on the sphere by the angle between two vectors, another formula than haversine. */
  private static double distance(Act from, Act to) {
    double[] a = vector(from);
    double[] b = vector(to);
    double x = a[1] * b[2] - a[2] * b[1];
    double y = a[2] * b[0] - a[0] * b[2];
    double z = a[0] * b[1] - a[1] * b[0];
    double cosine = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    return EARTH_RADIUS * Math.atan2(Math.sqrt(x * x + y * y + z * z), cosine);
  }

  private static double[] vector(Act at) {
    double latitude = Math.toRadians(at.latitude());
    double longitude = Math.toRadians(at.longitude());
    return new double[] {
      Math.cos(latitude) * Math.cos(longitude),
      Math.cos(latitude) * Math.sin(longitude),
      Math.sin(latitude)
    };
  }

  /** Returns the events of a window, by time and then arrival if it is one by time. */
  private static List<Past> window(Declared of, List<Past> counted, Past now) {
    List<Past> candidates = new ArrayList<>(counted);
    if (of.including() && of.where().test.test(now.act())) {
      candidates.add(now);
    }
    if (of.window() == Window.LAST_COUNT) {
      int size = candidates.size();
      return candidates.subList(Math.max(0, size - (int) of.size()), size);
    }
    if (of.window() == Window.LAST) {
      candidates.sort((a, b) -> Long.compare(a.time(), b.time()));
    }
    long after =
        switch (of.window()) {
          case LAST -> now.time() - of.size();
          case TILED -> Math.floorDiv(now.time(), of.hop()) * of.hop() - of.size() - 1;
          case TUMBLING -> Math.floorDiv(now.time(), of.size()) * of.size() - 1;
          default -> Long.MIN_VALUE;
        };
    return candidates.stream()
        .filter(past -> past.time() > after && past.time() <= now.time())
        .toList();
  }

  private static Expected windowed(Declared of, List<Past> window, Past now) {
    if (of.measure() == Measure.COUNT && of.window() != Window.DECAYED) {
      return number(window.size());
    }
    if (of.measure() == Measure.RATE && of.window() != Window.DECAYED) {
      return near(window.size() / (of.size() / 1000.0), 2);
    }
    if (of.measure().readsText()) {
      return texts(of, window);
    }
    List<Past> valued =
        of.measure() == Measure.COUNT || of.measure() == Measure.RATE
            ? window
            : window.stream()
                .filter(past -> !Double.isNaN(of.field().read.applyAsDouble(past.act())))
                .toList();
    if (of.window() == Window.DECAYED) {
      return decayed(of, valued, now);
    }
    double[] values =
        valued.stream().mapToDouble(past -> of.field().read.applyAsDouble(past.act())).toArray();
    return switch (of.measure()) {
      case SUM -> sum(values);
      case AGGREGATE -> values.length == 0 ? new Anything() : sum(values);
      case MEAN -> mean(values, isBuffered(of));
      case SD -> sd(values, isBuffered(of));
      case MIN -> extreme(values, 0);
      case MAX -> extreme(values, values.length - 1);
      case OLDEST -> values.length == 0 ? NO_NUMBER : number(values[0]);
      case NEWEST -> values.length == 0 ? NO_NUMBER : number(values[values.length - 1]);
      case QUANTILE -> quantile(of, values);
      case TREND -> trend(valued, values);
      case DEVIATION -> deviation(values, of.field().read.applyAsDouble(now.act()), isBuffered(of));
      default -> throw new AssertionError(of);
    };
  }

  private static Expected texts(Declared of, List<Past> window) {
    Map<String, Long> counts =
        window.stream()
            .filter(past -> past.act().shop() != null)
            .collect(Collectors.groupingBy(past -> past.act().shop(), Collectors.counting()));
    if (of.measure() == Measure.DISTINCT) {
      boolean exact = of.window() == Window.LAST || of.window() == Window.LAST_COUNT;
      return new Near(counts.size(), exact ? 0 : 1);
    }
    if (counts.isEmpty()) {
      return NO_TEXT;
    }
    long most = counts.values().stream().max(Long::compare).orElseThrow();
    return text(
        counts.keySet().stream()
            .filter(shop -> counts.get(shop) == most)
            .min(String::compareTo)
            .orElseThrow());
  }

  private static Expected decayed(Declared of, List<Past> valued, Past now) {
    if (valued.isEmpty()) {
      return of.measure() == Measure.MEAN
              || of.measure() == Measure.SD
              || of.measure() == Measure.DEVIATION
          ? NO_NUMBER
          : number(0);
    }
    double sum = 0;
    double weights = 0;
    double largest = 0;
    long newest = valued.get(valued.size() - 1).time();
    for (Past past : valued) {
      double weight = Math.pow(2, -(double) (newest - past.time()) / of.size());
      double value = of.field() == null ? 1 : of.field().read.applyAsDouble(past.act());
      weights += weight;
      sum += weight * value;
      largest = Math.max(largest, Math.abs(value));
    }
    double since = Math.pow(2, -(double) (now.time() - newest) / of.size());
    double error = 1e-12;
    if (of.measure() == Measure.COUNT) {
      return new Near(weights * since, weights * since * error + SMALLEST);
    }
    if (of.measure() == Measure.RATE) {
      double rate = weights * since * Math.log(2) / (of.size() / 1000.0);
      return new Near(rate, rate * error + SMALLEST);
    }
    if (of.measure() == Measure.SUM) {
      return new Near(sum * since, weights * since * largest * error + SMALLEST);
    }
    double mean = sum / weights;
    if (of.measure() == Measure.MEAN) {
      return new Near(mean, largest * error);
    }
    return decayedSpread(of, valued, now, mean, weights, largest * error);
  }

  /** The weighted mean of the squared deviations, as {@code DecayedMoments}; not of one value. */
  private static Expected decayedSpread(
      Declared of, List<Past> valued, Past now, double mean, double weights, double error) {
    long newest = valued.get(valued.size() - 1).time();
    double squares = 0;
    double largest = 0;
    boolean constant = true;
    double first = of.field().read.applyAsDouble(valued.get(0).act());
    for (Past past : valued) {
      double value = of.field().read.applyAsDouble(past.act());
      double weight = Math.pow(2, -(double) (newest - past.time()) / of.size());
      squares += weight * (value - mean) * (value - mean);
      largest = Math.max(largest, Math.abs(value));
      constant &= value == first;
    }
    double sd = Math.sqrt(squares / weights);
    if (valued.size() < 2) {
      return NO_NUMBER;
    }
    double near = 1e-6 * sd + 1e-9 * largest;
    if (of.measure() == Measure.SD) {
      return new Near(constant ? 0 : sd, near);
    }
    double value = of.field().read.applyAsDouble(now.act());
    if (Double.isNaN(value)) {
      return NO_NUMBER;
    }
    if (constant || sd < 1e-6 * largest) {
      return constant ? NO_NUMBER : new Anything();
    }
    double z = (value - mean) / sd;
    return new Near(z, (error + near * Math.abs(z)) / sd + 1e-9 * Math.abs(z));
  }

  private static BigDecimal total(double[] values) {
    BigDecimal sum = BigDecimal.ZERO;
    for (double value : values) {
      sum = sum.add(new BigDecimal(value));
    }
    return sum;
  }

  private static double largest(double[] values) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private static boolean isConstant(double[] values) {
    for (double value : values) {
      if (value != values[0]) {
        return false;
      }
    }
    return true;
  }

  private static Expected sum(double[] values) {
    double absolute = 0;
    for (double value : values) {
      absolute += Math.abs(value);
    }
    return new Near(total(values).doubleValue(), 4 * Math.ulp(absolute));
  }

  private static BigDecimal exactMean(double[] values) {
    return total(values).divide(BigDecimal.valueOf(values.length), DIGITS);
  }

  private static boolean isBuffered(Declared of) {
    return of.window() == Window.LAST || of.window() == Window.LAST_COUNT;
  }

  private static double meanError(double mean, double[] values, boolean buffered) {
    double largest = largest(values);
    return buffered ? 4 * Math.ulp(largest) : 4 * Math.ulp(mean) + 1e-28 * largest;
  }

  private static Expected mean(double[] values, boolean buffered) {
    if (values.length == 0) {
      return NO_NUMBER;
    }
    double mean = exactMean(values).doubleValue();
    return new Near(mean, meanError(mean, values, buffered));
  }

  private static BigDecimal exactSd(double[] values) {
    BigDecimal mean = exactMean(values);
    BigDecimal squares = BigDecimal.ZERO;
    for (double value : values) {
      squares = squares.add(new BigDecimal(value).subtract(mean).pow(2, DIGITS));
    }
    return squares.divide(BigDecimal.valueOf(values.length - 1L), DIGITS).sqrt(DECIMAL128);
  }

  private static Expected sd(double[] values, boolean buffered) {
    if (values.length < 2) {
      return NO_NUMBER;
    }
    if (isConstant(values)) {
      return number(0);
    }
    double sd = exactSd(values).doubleValue();
    return sd < 1e-12 * largest(values)
        ? new Anything()
        : new Near(sd, buffered ? 1e-13 * sd : 4 * Math.ulp(sd));
  }

  private static Expected deviation(double[] values, double value, boolean buffered) {
    if (values.length < 2 || Double.isNaN(value) || isConstant(values)) {
      return NO_NUMBER;
    }
    BigDecimal sd = exactSd(values);
    double spread = sd.doubleValue();
    if (spread < 1e-12 * largest(values)) {
      return new Anything();
    }
    BigDecimal mean = exactMean(values);
    double z = new BigDecimal(value).subtract(mean).divide(sd, DIGITS).doubleValue();
    double sdError = buffered ? 1e-13 * Math.abs(z) : 8 * Math.ulp(z);
    return new Near(
        z, sdError + (meanError(mean.doubleValue(), values, buffered) + Math.ulp(value)) / spread);
  }

  private static Expected extreme(double[] values, int rank) {
    if (values.length == 0) {
      return NO_NUMBER;
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return number(sorted[rank]);
  }

  private static Expected quantile(Declared of, double[] values) {
    if (values.length == 0) {
      return NO_NUMBER;
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    BigDecimal place = new BigDecimal(of.share()).multiply(BigDecimal.valueOf(values.length - 1L));
    int rank = place.intValue();
    int next = Math.min(rank + 1, sorted.length - 1);
    if (of.window() == Window.LAST || of.window() == Window.LAST_COUNT) {
      BigDecimal lower = new BigDecimal(sorted[rank]);
      BigDecimal step = new BigDecimal(sorted[next]).subtract(lower);
      BigDecimal share = place.subtract(BigDecimal.valueOf(rank));
      double exact = lower.add(step.multiply(share)).doubleValue();
      return new Near(exact, 4 * Math.ulp(largest(values)));
    }
    double least = sorted[Math.max(0, rank - 1)];
    double most = sorted[Math.min(next + 1, sorted.length - 1)];
    double error = 0.02 * largest(values);
    return new Between(least - error, most + error);
  }

  private static Expected trend(List<Past> valued, double[] values) {
    int n = values.length;
    double[] seconds = new double[n];
    for (int i = 0; i < n; i++) {
      // Differences of milliseconds are exact; the quotient is not, so it is taken at the end.
      seconds[i] = valued.get(i).time() - valued.get(0).time();
    }
    if (n < 2 || isConstant(seconds)) {
      return NO_NUMBER;
    }
    BigDecimal count = BigDecimal.valueOf(n);
    BigDecimal products = BigDecimal.ZERO;
    BigDecimal squares = BigDecimal.ZERO;
    for (int i = 0; i < n; i++) {
      BigDecimal time = new BigDecimal(seconds[i]);
      products = products.add(time.multiply(new BigDecimal(values[i])));
      squares = squares.add(time.multiply(time));
    }
    BigDecimal times = total(seconds);
    BigDecimal covariance = products.multiply(count).subtract(times.multiply(total(values)));
    BigDecimal variance = squares.multiply(count).subtract(times.multiply(times));
    double slope =
        covariance.divide(variance, DIGITS).multiply(BigDecimal.valueOf(1000)).doubleValue();
    double timeSpread = Math.sqrt(variance.doubleValue()) / n / 1000;
    return new Near(slope, 1e-11 * largest(values) / timeSpread + 1e-12 * Math.abs(slope));
  }

  /** Returns the answer of a combination of two features, of their actual values. */
  static Expected combined(Declared of, double a, double b) {
    if (Double.isNaN(a) || Double.isNaN(b) || of.measure() == Measure.RATIO && b == 0) {
      return NO_NUMBER;
    }
    double value = of.measure() == Measure.RATIO ? a / b : a - b;
    return Double.isFinite(value) ? number(value) : NO_NUMBER;
  }

  private static Expected number(double value) {
    return Double.isNaN(value) ? NO_NUMBER : new Near(value, 0);
  }

  private static Expected near(double value, int ulps) {
    return new Near(value, ulps * Math.ulp(value));
  }

  private static Expected text(String value) {
    return value == null ? NO_TEXT : new Text(value);
  }
}
