package io.thalweg.anomaly;

import java.util.List;
import java.util.Locale;

/**
 * Period in which a series is anomalous, with its explanation. An incident is emitted when it
 * opens, when its peak rises, and when it closes. Results with the same key and {@code start}
 * belong to one incident.
 *
 * @param kind the kind of the anomaly
 * @param state the reason for which the incident is emitted
 * @param timestamp the event time of this result
 * @param start the event time of the first anomalous reading; of the last reading before a silence
 * @param readings the number of readings since the start, including the first
 * @param peakTime the event time of the reading with the highest score
 * @param peakValue its value
 * @param score its raw score; NaN for stuck and silent series
 * @param probability its tail probability; NaN for stuck and silent series
 * @param expected the value expected at that time; NaN if unknown
 * @param low the lower end of the expected range; NaN if unknown
 * @param high the upper end of the expected range; NaN if unknown
 * @param evidence a phrase of the detector about the peak
 * @param closing a phrase about the condition that closes the incident; for a closed one, the
 *     condition that closed it
 * @param recent the last values of the series at the time of the result, oldest first; immutable
 */
public record Incident(
    Kind kind,
    State state,
    long timestamp,
    long start,
    long readings,
    long peakTime,
    double peakValue,
    double score,
    double probability,
    double expected,
    double low,
    double high,
    String evidence,
    String closing,
    List<Double> recent)
    implements Detection {

  /** Kind of an anomaly. */
  public enum Kind {

    /** The values are improbable. */
    VALUE,

    /** The value does not change, in a series that changes. */
    STUCK,

    /** There is no reading although one is due. */
    SILENCE
  }

  /** Reason for which an incident is emitted. */
  public enum State {

    /** The incident begins. */
    OPENED,

    /** The peak has risen. */
    UPDATED,

    /** The incident has ended. */
    CLOSED
  }

  /** Returns an incident without a score, a probability and an expected range. */
  static Incident withoutScore(
      Kind kind,
      State state,
      long timestamp,
      long start,
      long readings,
      double value,
      String evidence,
      String closing,
      List<Double> recent) {
    return new Incident(
        kind,
        state,
        timestamp,
        start,
        readings,
        start,
        value,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        evidence,
        closing,
        recent);
  }

  /**
   * Returns the duration so far.
   *
   * @return milliseconds from the start to the timestamp
   */
  public long duration() {
    return timestamp - start;
  }

  /**
   * Returns a sentence for people on call: the state, the peak, the expected range, the evidence,
   * and the condition that closes the incident.
   *
   * @return a text in English without line breaks
   */
  public String summary() {
    StringBuilder text = new StringBuilder();
    text.append(state.name().toLowerCase(Locale.ROOT)).append(": ").append(evidence);
    if (kind == Kind.VALUE) {
      text.append(String.format(Locale.ROOT, "; value %.6g", peakValue));
      if (!Double.isNaN(expected)) {
        text.append(
            String.format(Locale.ROOT, ", expected %.6g (%.6g to %.6g)", expected, low, high));
      }
      text.append(String.format(Locale.ROOT, ", probability %.2g", probability));
    }
    return text.append("; ").append(closing).toString();
  }
}
