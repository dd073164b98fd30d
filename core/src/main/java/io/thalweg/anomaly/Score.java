package io.thalweg.anomaly;

/**
 * Judgement of one reading by {@link AnomalyDetection}.
 *
 * @param timestamp the event time of the reading
 * @param value the value as received; NaN and infinite values are not judged
 * @param score the raw score of the detector; NaN if the reading was not judged
 * @param probability the probability of a score as high as this one, by the past of the series,
 *     from above 0 to 1; NaN if unknown
 * @param expected the most likely value; NaN if none is expected
 * @param low the value below which a reading is anomalous; NaN if unknown
 * @param high the value above which a reading is anomalous; NaN if unknown
 * @param status the state of the judgement
 * @param anomalous true if the probability is at most the rate of the policy, and the policy does
 *     not ignore the deviation
 */
public record Score(
    long timestamp,
    double value,
    double score,
    double probability,
    double expected,
    double low,
    double high,
    Status status,
    boolean anomalous)
    implements Detection {

  /** State of a judgement. */
  public enum Status {

    /** The reading has a score and a probability. */
    JUDGED,

    /** The detector has learnt too few values to score one. */
    LEARNING,

    /** The reading has a score, but too few scores are known for a probability. */
    CALIBRATING,

    /** The value is NaN or infinite. It has no score and is not learnt. */
    NOT_FINITE
  }
}
