package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Detector of anomalies in one series of vectors, such as the readings of several sensors of one
 * machine. Otherwise it is as a {@link Detector}: a vector is scored first and then learnt, and no
 * score is infinite. It expects no range, because a vector may be anomalous by the combination of
 * its values alone.
 *
 * <p>A vector is an array of finite values of the dimension for which the detector was created. The
 * array belongs to the caller, who reuses it; a detector copies it. Not thread-safe.
 */
public interface VectorDetector {

  /**
   * Returns the score of a vector and changes nothing.
   *
   * @param vector the vector, finite and unchanged
   * @param timestamp its event time, not before that of the last vector learnt
   * @return the score, finite; NaN if the detector cannot judge yet
   */
  double score(double[] vector, long timestamp);

  /**
   * Learns a vector.
   *
   * @param vector the vector, finite and unchanged
   * @param timestamp its event time, not before that of the last vector learnt
   */
  void learn(double[] vector, long timestamp);

  /**
   * Describes the evidence against a vector. Called for vectors that are reported.
   *
   * @param vector the vector, finite and unchanged
   * @param timestamp its event time
   * @return a phrase in English
   */
  String evidence(double[] vector, long timestamp);

  /**
   * Writes the state.
   *
   * @param out the destination
   * @throws IOException if the destination fails
   */
  void write(DataOutput out) throws IOException;

  /**
   * Reads a state that {@link #write} of a detector of the same spec and dimension wrote, into a
   * new detector. Afterwards all scores are those of the detector that was written, bit for bit.
   *
   * @param in the source
   * @throws IOException if the source fails or its content is not a state
   */
  void read(DataInput in) throws IOException;
}
