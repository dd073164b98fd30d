package io.thalweg.model;

import static java.util.Objects.requireNonNull;

import io.thalweg.feature.FeatureRow;
import java.util.Map;

/**
 * Answer of {@link Scoring} to a row.
 *
 * @param row the row
 * @param score the prediction of the model, finite; the fallback unless the status is {@link
 *     Status#SCORED}
 * @param version the version of the model; empty if there was none
 * @param status the origin of the score
 * @param shadowScores the prediction of each shadow model by its version; NaN if it failed
 * @param <E> the events of the rows
 */
public record Prediction<E>(
    FeatureRow<E> row,
    double score,
    String version,
    Status status,
    Map<String, Double> shadowScores) {

  /** Origin of a score. */
  public enum Status {
    /** The model has given the score. */
    SCORED,

    /** No model is valid at the timestamp of the row; the score is the fallback. */
    NO_MODEL,

    /** The model has thrown an exception; the score is the fallback. */
    FAILED,

    /** The model has returned NaN or an infinite number; the score is the fallback. */
    NOT_FINITE
  }

  /**
   * Checks a prediction.
   *
   * @param row not null
   * @param score any
   * @param version not null
   * @param status not null
   * @param shadowScores copied
   */
  public Prediction {
    requireNonNull(row, "row");
    requireNonNull(version, "version");
    requireNonNull(status, "status");
    shadowScores = Map.copyOf(shadowScores);
  }
}
