package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Detector of anomalies in one series: the state of the series and the formula that scores its next
 * value.
 *
 * <p>A value is scored first and then learnt, so no value affects its own score:
 *
 * <pre>{@code
 * double score = detector.score(value, timestamp);
 * detector.learn(value, timestamp);
 * }</pre>
 *
 * <p>A score has the unit of its detector. It orders the values of one series: the higher, the more
 * surprising. {@link TailProbability} makes a probability of it, and {@link AnomalyDetection}
 * applies both to each key of a stream.
 *
 * <p>Values are finite, and timestamps never decrease; a caller checks both. Implementations never
 * give an infinite score, and recover from any sequence of finite values. They have no clock, no
 * thread and no unseeded randomness. Not thread-safe.
 */
public interface Detector {

  /**
   * Returns the score of a value and changes nothing.
   *
   * @param value the value, finite
   * @param timestamp its event time, not before that of the last value learnt
   * @return the score, finite; NaN if the detector cannot judge yet
   */
  double score(double value, long timestamp);

  /**
   * Returns the statistic of a value of which the calibration makes a probability, and changes
   * nothing: the score, unless a detector has one with a smoother distribution.
   *
   * @param value the value, finite
   * @param timestamp its event time, not before that of the last value learnt
   * @return the statistic, finite, the higher, the more surprising; NaN if the score is NaN
   */
  default double statistic(double value, long timestamp) {
    return score(value, timestamp);
  }

  /**
   * Returns a number that differs while the statistic has another distribution, such as once a
   * season is known. The calibration then starts anew.
   *
   * @return the number; always the same by default
   */
  default int regime() {
    return 0;
  }

  /**
   * Learns a value.
   *
   * @param value the value, finite
   * @param timestamp its event time, not before that of the last value learnt
   */
  void learn(double value, long timestamp);

  /**
   * Takes a value that is not to be learnt, because it is anomalous. By default nothing changes. A
   * detector that bounds the weight of anomalies itself learns it.
   *
   * @param value the value, finite
   * @param timestamp its event time, not before that of the last value learnt
   */
  default void exclude(double value, long timestamp) {}

  /**
   * Sets the range of expected values and changes nothing else: outside of the range each value has
   * a statistic above the given one. Inside of it a value may have one too, such as one between two
   * levels.
   *
   * @param timestamp an event time, not before that of the last value learnt
   * @param statistic the statistic at the ends of the range; NaN if unknown, the range is then
   *     unbounded
   * @param range receives the centre and the ends, or NaN, if nothing is expected
   */
  void expect(long timestamp, double statistic, ExpectedRange range);

  /**
   * Describes the evidence against a value, such as {@code "4.2 standard deviations above the
   * mean"}. Called for values that are reported.
   *
   * @param value the value, finite
   * @param timestamp its event time
   * @return a phrase in English
   */
  String evidence(double value, long timestamp);

  /**
   * Writes the state.
   *
   * @param out the destination
   * @throws IOException if the destination fails
   */
  void write(DataOutput out) throws IOException;

  /**
   * Reads a state that {@link #write} of a detector of the same spec wrote, into a new detector.
   * Afterwards all scores are those of the detector that was written, bit for bit. Bytes come from
   * outside: lengths and ranges are checked before use.
   *
   * @param in the source
   * @throws IOException if the source fails or its content is not a state
   */
  void read(DataInput in) throws IOException;
}
