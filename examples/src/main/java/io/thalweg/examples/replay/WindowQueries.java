package io.thalweg.examples.replay;

import io.thalweg.Aggregate;
import io.thalweg.Aggregates;
import io.thalweg.file.Reading;
import io.thalweg.sketch.DistinctCount;
import io.thalweg.sketch.Quantiles;
import io.thalweg.stats.Extrema;
import io.thalweg.stats.Moments;
import io.thalweg.stats.Sum;
import io.thalweg.window.WindowSpec;
import io.thalweg.window.Windows;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Windows and aggregates by the names that the command line has for them. */
final class WindowQueries {

  private WindowQueries() {}

  /**
   * Returns the window of a text such as {@code sliding:60s/1s}.
   *
   * @throws IllegalArgumentException if it is none
   */
  static WindowSpec<Object> window(String text) {
    String[] parts = text.split(":", 2);
    String[] times = parts.length < 2 ? new String[0] : parts[1].split("/");
    String kind = parts[0].toLowerCase(Locale.ROOT);
    boolean hasTwo = kind.equals("sliding") || kind.equals("cumulative");
    if (times.length != (hasTwo ? 2 : 1)
        || !hasTwo && !kind.equals("tumbling") && !kind.equals("session")) {
      throw new IllegalArgumentException(
          "must be tumbling:SIZE, sliding:SIZE/SLIDE, cumulative:LARGEST/STEP or session:GAP, such"
              + " as tumbling:5m: "
              + text);
    }
    Duration size = TimeSpan.parse(times[0]);
    return switch (kind) {
      case "tumbling" -> Windows.tumbling(size);
      case "session" -> Windows.session(size);
      case "sliding" -> Windows.sliding(size, TimeSpan.parse(times[1]));
      default -> Windows.cumulative(size, TimeSpan.parse(times[1]));
    };
  }

  /**
   * Returns the aggregates of several names, over the same windows.
   *
   * @throws IllegalArgumentException if a name is unknown
   */
  static Aggregate<Reading, ?, List<Number>> aggregates(List<String> names) {
    return Aggregates.all(names.stream().map(WindowQueries::aggregate).toList());
  }

  private static Aggregate<Reading, ?, Number> aggregate(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return switch (lower) {
      case "count" -> Aggregates.<Reading>count().map(n -> n);
      case "sum" -> Sum.over(Reading::number).map(Sum::value);
      case "mean" -> Moments.over(Reading::number).map(Moments::mean);
      case "stddev" -> Moments.over(Reading::number).map(Moments::sampleStandardDeviation);
      case "min" -> Extrema.over(Reading::number).map(Extrema::min);
      case "max" -> Extrema.over(Reading::number).map(Extrema::max);
      case "median" -> quantile(0.5);
      case "distinct" ->
          DistinctCount.ofLongs((Reading each) -> Double.doubleToLongBits(each.number() + 0.0))
              .map(distinct -> Math.round(distinct.estimate()));
      default -> {
        if (!lower.matches("p\\d{1,2}(\\.\\d{1,3})?")) {
          throw new IllegalArgumentException(
              "must be count, sum, mean, stddev, min, max, median, distinct or a quantile such as"
                  + " p99 or p99.9: "
                  + name);
        }
        yield quantile(Double.parseDouble(lower.substring(1)) / 100);
      }
    };
  }

  private static Aggregate<Reading, ?, Number> quantile(double q) {
    return Quantiles.over(Reading::number).map(quantiles -> quantiles.quantile(q));
  }
}
