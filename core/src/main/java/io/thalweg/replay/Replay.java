package io.thalweg.replay;

import static java.util.Objects.requireNonNull;

import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.anomaly.Detection;
import io.thalweg.anomaly.Incident;
import io.thalweg.anomaly.Score;
import io.thalweg.file.Reading;
import io.thalweg.replay.ScoredReading.Outcome;
import io.thalweg.runner.Source;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Run of anomaly detection over recorded readings. It answers every record of the source with one
 * {@link ScoredReading}, in the order of the source, and so shows the alerts that the detection
 * would have raised.
 *
 * <pre>{@code
 * Replay replay = Replay.of(AnomalyDetection.of(Detectors.standard(), Reading::number).build());
 * replay.run(
 *     ReadingFile.of(Path.of("cpu.csv")),
 *     row -> System.out.println(row.reading().time() + " " + row.isAlert()));
 * }</pre>
 *
 * <p>The readings are processed as they come, and never wait: a reading before the last one of its
 * key is late and has no score. The watermark does not advance, so that files ordered by key and
 * then by time can be read; a silence is reported at the reading that ends it, and no state
 * expires.
 *
 * <p>Cost: that of the detection, and about 100 bytes of garbage a record. Not thread-safe.
 */
public final class Replay {

  private final Processor<String, Reading, Detection> detection;
  private final Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
  private final List<Incident> incidents = new ArrayList<>();
  private final Answer answer = new Answer();
  private long alerts;

  // the answer to the reading in process
  private Score score;
  private Outcome outcome;
  private String reason;

  private Replay(Processor<String, Reading, Detection> detection) {
    this.detection = detection;
  }

  /** Receives the answer to one reading. */
  private final class Answer implements Output<String, Detection> {

    @Override
    public void emit(String key, Detection value) {
      if (value instanceof Score judgement) {
        score = judgement;
        outcome =
            switch (judgement.status()) {
              case JUDGED -> Outcome.JUDGED;
              case NOT_FINITE -> Outcome.NOT_FINITE;
              default -> Outcome.LEARNING;
            };
      } else {
        incidents.add((Incident) value);
      }
    }

    @Override
    public void late(String key, Object event, long timestamp, long watermark) {
      outcome = Outcome.LATE;
      reason =
          line(event)
              + "time must not be before that of an earlier record: "
              + ((Reading) event).time();
    }

    private static String line(Object event) {
      Reading reading = (Reading) event;
      return "line " + reading.line() + ": ";
    }

    @Override
    public void reject(String key, Object event, long timestamp, String why) {
      outcome = Outcome.REJECTED;
      reason = line(event) + why;
    }
  }

  /**
   * Returns a replay through a detection.
   *
   * @param detection a processor without state, which emits a score for each reading
   * @return a replay
   */
  public static Replay of(Processor<String, Reading, Detection> detection) {
    return new Replay(requireNonNull(detection, "detection"));
  }

  /**
   * Answers all records of a source. Another call continues the series.
   *
   * @param readings the source; its rejected records are answered as unreadable
   * @param rows receives one answer for each record, in the order of the source
   * @throws IOException if the source fails
   */
  public void run(Source<Reading> readings, Consumer<? super ScoredReading> rows)
      throws IOException {
    requireNonNull(rows, "rows");
    readings.read(reading -> process(reading, rows), (record, why) -> refuse(record, why, rows));
  }

  private void process(Reading reading, Consumer<? super ScoredReading> rows) {
    incidents.clear();
    score = null;
    reason = null;
    outcome = Outcome.LEARNING;
    detection.process(reading.key(), reading, reading.timestamp(), answer);
    answer(new ScoredReading(reading, outcome, score, List.copyOf(incidents), reason), rows);
  }

  private void refuse(Object record, String why, Consumer<? super ScoredReading> rows) {
    Reading reading =
        record instanceof Reading unreadable
            ? unreadable
            : new Reading(0, "", String.valueOf(record), "", "", 0, Double.NaN, why);
    answer(new ScoredReading(reading, Outcome.UNREADABLE, null, List.of(), why), rows);
  }

  private void answer(ScoredReading row, Consumer<? super ScoredReading> rows) {
    outcomes.merge(row.outcome(), 1L, Long::sum);
    alerts += row.isAlert() ? 1 : 0;
    rows.accept(row);
  }

  /**
   * Returns the number of records so far.
   *
   * @return the sum over all outcomes
   */
  public long records() {
    return outcomes.values().stream().mapToLong(Long::longValue).sum();
  }

  /**
   * Returns the number of records so far that had an outcome.
   *
   * @param outcome the outcome
   * @return the number
   */
  public long count(Outcome outcome) {
    return outcomes.getOrDefault(outcome, 0L);
  }

  /**
   * Returns the number of records so far at which an incident opened.
   *
   * @return the number
   */
  public long alerts() {
    return alerts;
  }
}
