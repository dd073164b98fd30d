package io.thalweg.anomaly;

import static java.util.Objects.requireNonNull;

import java.util.function.IntFunction;

/**
 * Specification of a detector of vectors: its name with its parameters, and the creation of the
 * state of a series. Immutable and safe to share. {@link Detectors} has those of the library.
 *
 * @param name identifies formula and parameters in a saved state; a state of another name is
 *     refused
 * @param create creates the detector of a series for a dimension; a function without effects
 */
public record VectorDetectorSpec(String name, IntFunction<? extends VectorDetector> create) {

  /**
   * Creates a specification, for a detector of your own.
   *
   * @param name the name, not empty, which never changes
   * @param create creates a detector without state
   * @throws IllegalArgumentException if the name is empty
   */
  public VectorDetectorSpec {
    requireNonNull(create, "create");
    if (name.isBlank()) {
      throw new IllegalArgumentException("name must not be blank: \"" + name + '"');
    }
  }

  /**
   * Creates the detector of a series.
   *
   * @param dimension the number of values of a vector, positive
   * @return a detector without state
   * @throws IllegalArgumentException if the dimension is not positive
   */
  public VectorDetector newDetector(int dimension) {
    if (dimension < 1) {
      throw new IllegalArgumentException("dimension must be positive: " + dimension);
    }
    return requireNonNull(create.apply(dimension), "the new detector must not be null");
  }
}
