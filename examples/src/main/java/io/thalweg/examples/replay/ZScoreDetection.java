package io.thalweg.examples.replay;

import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.anomaly.Anomaly;
import io.thalweg.anomaly.Detection;
import io.thalweg.anomaly.Incident;
import io.thalweg.anomaly.Score;
import io.thalweg.anomaly.ZScore;
import io.thalweg.file.Reading;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Detection by a fixed threshold of {@link ZScore}, as the sensors example has it: each reading
 * above the threshold opens an incident. There is no probability.
 */
final class ZScoreDetection implements Processor<String, Reading, Detection> {

  private static final int WINDOW = 100;
  private static final int BOOK_MIN_VALUES = 5;

  private final Formula formula;
  private final ZScore<String, Reading> scores;
  private final Map<String, long[]> readings = new HashMap<>();
  private final Answer answer = new Answer();

  ZScoreDetection(Formula formula) {
    this.formula = formula;
    this.scores = formula.builder.build();
  }

  /**
   * Formula with its parameters.
   *
   * @param builder creates the formula without a threshold
   * @param threshold the score above which a reading alerts
   * @param judgedFrom the number of readings from which each is judged; 0 if the window is a time
   */
  record Formula(ZScore.Builder<Reading> builder, double threshold, long judgedFrom) {

    static Formula of(Settings set, boolean book) {
      ZScore.Builder<Reading> builder = ZScore.over(Reading::number);
      boolean isTime = set.isDuration("window");
      if (isTime) {
        builder.last(set.duration("window", ""));
      } else {
        builder.last(set.whole("window", WINDOW));
      }
      if (book && isTime) {
        builder.bookCompatible();
      } else if (book) {
        builder.includingEvent().populationDeviation().floor(0);
      }
      int minValues = set.whole("min-values", book ? BOOK_MIN_VALUES : ZScore.MIN_VALUES);
      builder.minValues(minValues).threshold(Double.MIN_NORMAL);
      double threshold = set.number("threshold", ZScore.THRESHOLD);
      set.require(threshold > 0, "threshold", "above 0");
      return new Formula(builder, threshold, isTime ? 0 : book ? minValues : minValues + 1L);
    }
  }

  /** Receives the score of one reading. */
  private final class Answer implements Output<String, Anomaly> {
    private Output<String, Detection> out;
    private Anomaly anomaly;
    private boolean refused;

    @Override
    public void emit(String key, Anomaly value) {
      anomaly = value;
    }

    @Override
    public void late(String key, Object event, long timestamp, long watermark) {
      refused = true;
      out.late(key, event, timestamp, watermark);
    }

    @Override
    public void reject(String key, Object event, long timestamp, String reason) {
      refused = true;
      out.reject(key, event, timestamp, reason);
    }
  }

  @Override
  public void process(String key, Reading event, long timestamp, Output<String, Detection> out) {
    if (!Double.isFinite(event.number())) {
      out.emit(key, score(event, Double.NaN, null, Score.Status.NOT_FINITE));
      return;
    }
    answer.out = out;
    answer.anomaly = null;
    answer.refused = false;
    scores.process(key, event, timestamp, answer);
    if (answer.refused) {
      return;
    }
    long count = ++readings.computeIfAbsent(key, k -> new long[1])[0];
    Anomaly anomaly = answer.anomaly;
    if (anomaly != null) {
      out.emit(key, score(event, anomaly.score(), anomaly, Score.Status.JUDGED));
      if (anomaly.score() > formula.threshold) {
        out.emit(key, incident(anomaly));
      }
    } else if (formula.judgedFrom > 0 && count >= formula.judgedFrom) {
      out.emit(key, score(event, 0, null, Score.Status.JUDGED)); // at the mean
    } else {
      out.emit(key, score(event, Double.NaN, null, Score.Status.LEARNING));
    }
  }

  private Score score(Reading event, double score, Anomaly anomaly, Score.Status status) {
    double centre = anomaly == null ? Double.NaN : anomaly.expected();
    double reach = anomaly == null ? Double.NaN : formula.threshold * anomaly.scale();
    return new Score(
        event.timestamp(),
        event.number(),
        score,
        Double.NaN,
        centre,
        centre - reach,
        centre + reach,
        status,
        score > formula.threshold);
  }

  private Incident incident(Anomaly anomaly) {
    double reach = formula.threshold * anomaly.scale();
    return new Incident(
        Incident.Kind.VALUE,
        Incident.State.OPENED,
        anomaly.timestamp(),
        anomaly.timestamp(),
        1,
        anomaly.timestamp(),
        anomaly.value(),
        anomaly.score(),
        Double.NaN,
        anomaly.expected(),
        anomaly.expected() - reach,
        anomaly.expected() + reach,
        String.format(Locale.ROOT, "%.1f standard deviations from the mean", anomaly.score()),
        "an alert of one reading",
        List.copyOf(anomaly.recent()));
  }

  @Override
  public void advance(long watermark, Output<String, Detection> out) {
    scores.advance(watermark, answer);
  }
}
