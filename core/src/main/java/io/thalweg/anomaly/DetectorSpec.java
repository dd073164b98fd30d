package io.thalweg.anomaly;

import static java.util.Objects.requireNonNull;

import java.util.function.Supplier;

/**
 * Specification of a detector: its name with its parameters, and the creation of the state of a
 * series. Immutable and safe to share. {@link Detectors} has those of the library.
 *
 * @param name identifies formula and parameters in a saved state, such as {@code
 *     "thalweg.decayedz(0.01)"}; a state of another name is refused
 * @param create creates the detector of a series, without state; a function without effects
 */
public record DetectorSpec(String name, Supplier<? extends Detector> create) {

  /**
   * Creates a specification, for a detector of your own.
   *
   * @param name the name, not empty, which never changes
   * @param create creates a detector without state
   * @throws IllegalArgumentException if the name is empty
   */
  public DetectorSpec {
    requireNonNull(create, "create");
    if (name.isBlank()) {
      throw new IllegalArgumentException("name must not be blank: \"" + name + '"');
    }
  }

  /**
   * Creates the detector of a series.
   *
   * @return a detector without state
   */
  public Detector newDetector() {
    return requireNonNull(create.get(), "the new detector must not be null");
  }
}
