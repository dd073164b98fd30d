package io.thalweg.testing;

import io.thalweg.Pane;
import io.thalweg.stats.Moments;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Comparison of the results of two processors in one call. */
public final class ResultComparison {

  private ResultComparison() {}

  /** Comparison of values. */
  public enum Values {
    /** Bit for bit. */
    SAME,
    /** Lists as bags, moments within their rounding error. */
    EQUIVALENT
  }

  private static final Comparator<RecordedResult<String, Object>> BY_WINDOW =
      Comparator.<RecordedResult<String, Object>>comparingLong(e -> pane(e).end())
          .thenComparingLong(e -> pane(e).start());
  private static final Comparator<RecordedResult<String, Object>> ANY =
      BY_WINDOW
          .thenComparingInt(e -> pane(e).query())
          .thenComparing(e -> e.key())
          .thenComparing(e -> e.getClass().getName());

  /**
   * Returns the difference, or empty if there is none. The order within one window is not compared.
   */
  public static Optional<String> difference(
      List<RecordedResult<String, Object>> expected,
      List<RecordedResult<String, Object>> actual,
      Values values) {
    List<RecordedResult<String, Object>> wanted = results(expected);
    List<RecordedResult<String, Object>> got = results(actual);
    if (wanted.stream().anyMatch(ResultComparison::isBare)
        || got.stream().anyMatch(ResultComparison::isBare)) {
      return wanted.equals(got) && rest(expected).equals(rest(actual))
          ? Optional.empty()
          : Optional.of("expected " + expected + "\n but got " + actual);
    }
    for (int i = 1; i < got.size(); i++) {
      boolean expired = // results by arrival number follow those by time
          got.get(i) instanceof RecordedResult.Answer
              && !(got.get(i - 1) instanceof RecordedResult.Answer);
      if (!expired && BY_WINDOW.compare(got.get(i - 1), got.get(i)) > 0) {
        return Optional.of("out of order: " + got.get(i) + " after " + got.get(i - 1));
      }
    }
    wanted.sort(ANY);
    got.sort(ANY);
    for (int i = 0; i < Math.max(wanted.size(), got.size()); i++) {
      if (i >= got.size()) {
        return Optional.of("missing: " + wanted.get(i));
      }
      if (i >= wanted.size()) {
        return Optional.of("too much: " + got.get(i));
      }
      if (!same(wanted.get(i), got.get(i), values)) {
        return Optional.of("expected " + wanted.get(i) + "\n but got " + got.get(i));
      }
    }
    List<Object> wantedRest = rest(expected);
    List<Object> gotRest = rest(actual);
    return wantedRest.equals(gotRest)
        ? Optional.empty()
        : Optional.of("expected " + wantedRest + "\n but got " + gotRest);
  }

  public static List<RecordedResult<String, Object>> results(
      List<RecordedResult<String, Object>> result) {
    return new ArrayList<>(
        result.stream()
            .filter(
                e ->
                    !(e instanceof RecordedResult.Late) && !(e instanceof RecordedResult.Rejection))
            .toList());
  }

  /**
   * Returns late and rejected events in their order, the latter without the reason, which is not
   * compared.
   */
  private static List<Object> rest(List<RecordedResult<String, Object>> result) {
    List<Object> rest = new ArrayList<>();
    for (RecordedResult<String, Object> each : result) {
      if (each instanceof RecordedResult.Late) {
        rest.add(each);
      } else if (each instanceof RecordedResult.Rejection<String, Object> rejection) {
        rest.add(
            new RecordedResult.Rejection<>(
                rejection.key(), rejection.event(), rejection.timestamp(), "any"));
      }
    }
    return rest;
  }

  /** Returns whether a result has no window; the order of such results is compared. */
  private static boolean isBare(RecordedResult<String, Object> result) {
    return result instanceof RecordedResult.Answer<String, Object> answer && answer.at() == null;
  }

  public static Pane pane(RecordedResult<String, Object> result) {
    if (result instanceof RecordedResult.Update<String, Object> update) {
      return update.at();
    }
    if (result instanceof RecordedResult.Retraction<String, Object> retraction) {
      return retraction.at();
    }
    if (result instanceof RecordedResult.Answer<String, Object> answer && answer.at() != null) {
      return answer.at();
    }
    throw new AssertionError("not the result of a window: " + result);
  }

  private static boolean same(
      RecordedResult<String, Object> a, RecordedResult<String, Object> b, Values values) {
    if (a.getClass() != b.getClass() || !a.key().equals(b.key())) {
      return false;
    }
    if (a instanceof RecordedResult.Retraction<String, Object> x) {
      Pane p = pane(a);
      Pane q = pane(b);
      return p.query() == q.query()
          && p.start() == q.start()
          && p.end() == q.end()
          && same(x.previous(), ((RecordedResult.Retraction<String, Object>) b).previous(), values);
    }
    if (!pane(a).equals(pane(b))) {
      return false;
    }
    if (a instanceof RecordedResult.Update<String, Object> x) {
      RecordedResult.Update<String, Object> y = (RecordedResult.Update<String, Object>) b;
      return same(x.value(), y.value(), values) && same(x.previous(), y.previous(), values);
    }
    return same(
        ((RecordedResult.Answer<String, Object>) a).value(),
        ((RecordedResult.Answer<String, Object>) b).value(),
        values);
  }

  private static boolean same(Object a, Object b, Values values) {
    if (a == null || b == null || values == Values.SAME) {
      return a == null ? b == null : a.equals(b);
    }
    if (a instanceof Moments x && b instanceof Moments y) {
      return near(x, y);
    }
    if (a instanceof List<?> x && b instanceof List<?> y) {
      if (x.size() != y.size()) {
        return false;
      }
      if (x.stream().allMatch(Double.class::isInstance)
          && y.stream().allMatch(Double.class::isInstance)) {
        return x.stream().sorted().toList().equals(y.stream().sorted().toList());
      }
      for (int i = 0; i < x.size(); i++) {
        if (!same(x.get(i), y.get(i), values)) {
          return false;
        }
      }
      return true;
    }
    return a.equals(b);
  }

  /**
   * Both come from sums that are never subtracted, in another order. The mean is off by some
   * roundings of its size, the squares by that error times the deviations: relative n·κ·2⁻⁵³ with κ
   * = |mean| / sd (Chan, Golub, LeVeque 1983).
   */
  private static boolean near(Moments x, Moments y) {
    if (x.count() != y.count()) {
      return false;
    }
    double n = x.count();
    double ulp = Math.ulp(Math.abs(x.mean()) + x.populationStandardDeviation());
    double m2 = Math.max(x.sumOfSquaredDeviations(), y.sumOfSquaredDeviations());
    return Math.abs(x.mean() - y.mean()) <= 4 * n * ulp
        && Math.abs(x.sumOfSquaredDeviations() - y.sumOfSquaredDeviations())
            <= 8 * n * (ulp * Math.sqrt(n * m2) + n * ulp * ulp + m2 * 0x1p-52);
  }
}
