package io.thalweg.feature;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Conversion of feature vectors, such as a scaler, that learns from the vectors it has seen. {@link
 * Transformers} has those of the library; {@code io.thalweg.model.Pipeline} runs several before a
 * model.
 *
 * <p>A transformer is a definition: immutable and safe to share. Its {@link State} learns.
 */
public interface Transformer {

  /**
   * Returns the features of the converted vectors.
   *
   * @param input the features of the vectors
   * @return the features after the conversion
   * @throws IllegalArgumentException if the input lacks a feature of the conversion, or one is of
   *     the other type
   */
  FeatureSchema output(FeatureSchema input);

  /**
   * Returns a state that has learned nothing.
   *
   * @param input the features of the vectors
   * @return a new state
   * @throws IllegalArgumentException as {@link #output}
   */
  State create(FeatureSchema input);

  /**
   * State of a transformer. A vector is given as two arrays with a place for each feature: the
   * numbers, NaN if absent, and the texts, null if absent. Without texts in a schema, their array
   * may be null. Not thread-safe.
   */
  interface State {

    /**
     * Converts a vector by the state so far, and learns nothing.
     *
     * @param numbers the numbers of the vector, unchanged
     * @param texts the texts of the vector, unchanged
     * @param toNumbers receives the numbers of the converted vector, NaN at the places of texts
     * @param toTexts receives the texts of the converted vector, null at the places of numbers
     */
    void transform(double[] numbers, String[] texts, double[] toNumbers, String[] toTexts);

    /**
     * Learns from a vector.
     *
     * @param numbers the numbers of the vector, unchanged
     * @param texts the texts of the vector, unchanged
     */
    void learn(double[] numbers, String[] texts);

    /**
     * Learns the target of a vector, such as a delayed label. The default learns nothing.
     *
     * @param numbers the numbers of the vector, unchanged
     * @param texts the texts of the vector, unchanged
     * @param target the target
     */
    default void learnTarget(double[] numbers, String[] texts, double target) {}

    /**
     * Writes the state.
     *
     * @param out the sink
     * @throws IOException if the sink fails
     */
    void write(DataOutput out) throws IOException;

    /**
     * Reads a state into this one, which has learned nothing.
     *
     * @param in the source
     * @throws IOException if the source fails or its content is not a state
     */
    void read(DataInput in) throws IOException;
  }
}
