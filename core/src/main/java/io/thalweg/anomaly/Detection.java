package io.thalweg.anomaly;

/** Result of {@link AnomalyDetection}: the {@link Score} of a reading, or an {@link Incident}. */
public sealed interface Detection permits Score, Incident {

  /**
   * Returns the event time of the result.
   *
   * @return the timestamp of the reading, or of the watermark if there is none
   */
  long timestamp();
}
