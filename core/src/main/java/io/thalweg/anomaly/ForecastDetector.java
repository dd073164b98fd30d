package io.thalweg.anomaly;

/**
 * Detector with a forecast: {@code score = |value - forecast| / max(scale, floor)}, and 0 for a
 * deviation within the {@linkplain Resolution#floor floor}.
 */
abstract class ForecastDetector implements Detector {

  /** Returns the expected value, at most {@link Resolution#LIMIT}; NaN while it is unknown. */
  abstract double forecast(long timestamp);

  /** Returns the unit of the score, finite and not negative. Called if there is a forecast. */
  abstract double scale(long timestamp);

  /** Returns the name of the forecast, such as {@code "mean"}. */
  abstract String forecastName();

  @Override
  public final double score(double value, long timestamp) {
    double forecast = forecast(timestamp);
    if (Double.isNaN(forecast)) {
      return Double.NaN;
    }
    double deviation = Math.abs(Resolution.limit(value) - forecast);
    double floor = Resolution.floor(forecast);
    return deviation <= floor ? 0 : deviation / Math.max(scale(timestamp), floor);
  }

  @Override
  public final void expect(long timestamp, double score, ExpectedRange range) {
    double forecast = forecast(timestamp);
    if (Double.isNaN(forecast)) {
      range.clear();
      return;
    }
    double floor = Resolution.floor(forecast);
    double deviation = Math.max(floor, score * Math.max(scale(timestamp), floor));
    Resolution.expect(forecast, forecast - deviation, forecast + deviation, range);
  }

  @Override
  public final String evidence(double value, long timestamp) {
    return Evidence.deviations(
        score(value, timestamp), value > forecast(timestamp), forecastName());
  }
}
