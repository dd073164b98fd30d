package io.thalweg.benchmarks.anomaly;

import io.thalweg.Output;
import io.thalweg.anomaly.AlertPolicy;
import io.thalweg.anomaly.AnomalyDetection;
import io.thalweg.anomaly.Detection;
import io.thalweg.anomaly.DetectorSpec;
import io.thalweg.anomaly.Incident;
import io.thalweg.anomaly.Score;
import io.thalweg.evaluation.ScoredSeries;
import io.thalweg.testing.SeriesGenerator;

/** A generated series through detector, calibration and policy, with the watermark behind it. */
final class AlertRun implements Output<String, Detection> {

  private static final String KEY = "series";

  private final AnomalyDetection<String, double[]> detection;
  private final double[] event = new double[1];
  private boolean alert;
  private double score;
  private long last = Long.MIN_VALUE;

  AlertRun(DetectorSpec spec, double rate, boolean scores) {
    AnomalyDetection.Builder<double[]> builder =
        AnomalyDetection.of(spec, (double[] reading) -> reading[0]).rate(rate);
    detection = (scores ? builder : builder.incidentsOnly()).build();
  }

  @Override
  public void emit(String key, Detection result) {
    if (result instanceof Score judged) {
      alert |= judged.anomalous();
      score = judged.score();
    } else if (result instanceof Incident incident) {
      alert |= incident.state() == Incident.State.OPENED;
    }
  }

  private void step(SeriesGenerator series) {
    series.next();
    long time = series.timestamp();
    // the watermark passes the times at which readings are absent
    long missing = last == Long.MIN_VALUE ? time : last + SeriesGenerator.INTERVAL;
    while (missing < time) {
      detection.advance(missing, this);
      missing += SeriesGenerator.INTERVAL;
    }
    last = time;
    event[0] = series.value();
    detection.process(KEY, event, time, this);
  }

  /** The alerts of a series and its labels, for {@link io.thalweg.evaluation.AlertSummary}. */
  record Result(ScoredSeries alerts, ScoredSeries scores) {}

  /** Runs a number of readings, with the first ones as probation. */
  Result run(SeriesGenerator series, int rows, int probation) {
    double[] alerts = new double[rows];
    double[] scores = new double[rows];
    boolean[] labels = new boolean[rows];
    for (int row = 0; row < rows; row++) {
      alert = false;
      step(series);
      alerts[row] = alert ? 1 : 0;
      scores[row] = score;
      labels[row] = series.anomalous();
    }
    return new Result(
        ScoredSeries.of(alerts, labels).withProbation(probation),
        ScoredSeries.of(scores, labels).withProbation(probation));
  }

  /** Runs a number of readings. */
  void run(SeriesGenerator series, long rows) {
    for (long row = 0; row < rows; row++) {
      step(series);
    }
  }

  /** Returns a counter of the processor. */
  long count(String name) {
    long[] count = new long[1];
    detection.counters(
        (each, value) -> {
          if (each.equals(name)) {
            count[0] = value;
          }
        });
    return count[0];
  }

  static double standardRate() {
    return AlertPolicy.RATE;
  }
}
