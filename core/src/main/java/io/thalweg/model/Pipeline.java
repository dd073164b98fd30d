package io.thalweg.model;

import static java.util.Objects.requireNonNull;

import io.thalweg.Codec;
import io.thalweg.feature.FeatureSchema;
import io.thalweg.feature.FeatureType;
import io.thalweg.feature.FeatureVector;
import io.thalweg.feature.Transformer;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.ArrayList;
import java.util.List;

/**
 * Transformers and a model after them. The pipeline is a definition, immutable; its {@link State}
 * scores vectors and learns from them.
 *
 * <pre>{@code
 * Pipeline pipeline =
 *     Pipeline.of(
 *         schema, List.of(Transformers.meanImputer(), Transformers.standardScaler()), model);
 * Processor<String, FeatureRow<Payment>, Double> scores =
 *     Processor.keyed(
 *         pipeline::create,
 *         pipeline.codec(),
 *         Duration.ofDays(60),
 *         (state, key, row, t, out) -> {
 *           out.emit(key, state.score(row.vector()));
 *           state.learn(row.vector());
 *         });
 * }</pre>
 *
 * <p>In an engine, the transformers learn for each key, as above, so that their state moves with
 * the key to another task.
 */
public final class Pipeline {

  private final List<Transformer> transformers;

  /** The input of each transformer, then that of the model. */
  private final List<FeatureSchema> schemas = new ArrayList<>();

  private final Model model;

  private Pipeline(FeatureSchema input, List<Transformer> transformers, Model model) {
    this.transformers = List.copyOf(transformers);
    this.model = requireNonNull(model, "model");
    schemas.add(requireNonNull(input, "input"));
    for (Transformer transformer : transformers) {
      schemas.add(transformer.output(output()));
    }
    if (model.features().size() != output().size()) {
      throw new IllegalArgumentException(
          "model must have as many features as the transformed vectors, "
              + output().size()
              + ": "
              + model.features().size());
    }
  }

  /**
   * Returns a pipeline.
   *
   * @param input the features of the vectors
   * @param transformers the transformers, in their order
   * @param model the model of the transformed vectors; texts that remain are NaN in its rows
   * @return a pipeline
   * @throws IllegalArgumentException if a transformer does not fit its input, or the model has
   *     another number of features
   */
  public static Pipeline of(FeatureSchema input, List<Transformer> transformers, Model model) {
    return new Pipeline(input, transformers, model);
  }

  /**
   * Returns the features of the vectors.
   *
   * @return the schema before the first transformer
   */
  public FeatureSchema input() {
    return schemas.get(0);
  }

  /**
   * Returns the features of the transformed vectors.
   *
   * @return the schema of the rows of the model
   */
  public FeatureSchema output() {
    return schemas.get(schemas.size() - 1);
  }

  /**
   * Returns a state that has learned nothing.
   *
   * @return a new state
   */
  public State create() {
    return new State();
  }

  /**
   * Returns the binary form of states: the hashes of both schemas, then the state of each
   * transformer.
   *
   * @return a codec that refuses the states of pipelines with other features or transformers
   */
  public Codec<State> codec() {
    return Codec.of("thalweg.model.pipeline", State::write, in -> create().read(in));
  }

  /**
   * State of a pipeline. Scoring and learning a row of numbers allocate nothing, unless a
   * transformer does. Not thread-safe.
   */
  public final class State {
    private final List<Transformer.State> states = new ArrayList<>();
    private final List<double[]> numbers = new ArrayList<>();
    private final List<String[]> texts = new ArrayList<>();

    private State() {
      for (int i = 0; i < schemas.size(); i++) {
        FeatureSchema schema = schemas.get(i);
        numbers.add(new double[schema.size()]);
        boolean hasTexts =
            schema.features().stream().anyMatch(each -> each.type() == FeatureType.TEXT);
        texts.add(hasTexts ? new String[schema.size()] : null);
        if (i < transformers.size()) {
          states.add(transformers.get(i).create(schema));
        }
      }
    }

    /**
     * Scores a vector by the state so far, and learns nothing.
     *
     * @param vector a vector of the input of the pipeline
     * @return the prediction of the model
     * @throws IllegalArgumentException if the vector has other features
     */
    public double score(FeatureVector vector) {
      read(vector);
      return score();
    }

    /**
     * Scores a row of numbers by the state so far, and learns nothing.
     *
     * @param row a value for each feature; NaN if it is absent
     * @return the prediction of the model
     * @throws IllegalArgumentException if the row is shorter than the input, or the input has a
     *     text
     */
    public double score(double[] row) {
      read(row);
      return score();
    }

    private double score() {
      for (int i = 0; i < states.size(); i++) {
        transform(i);
      }
      return model.score(numbers.get(states.size()));
    }

    /**
     * Learns from a vector. Each transformer learns from the result of the one before it, as it was
     * before this vector.
     *
     * @param vector a vector of the input of the pipeline
     * @throws IllegalArgumentException if the vector has other features
     */
    public void learn(FeatureVector vector) {
      read(vector);
      learn();
    }

    /**
     * Learns from a row of numbers.
     *
     * @param row a value for each feature; NaN if it is absent
     * @throws IllegalArgumentException if the row is shorter than the input, or the input has a
     *     text
     */
    public void learn(double[] row) {
      read(row);
      learn();
    }

    private void learn() {
      for (int i = 0; i < states.size(); i++) {
        transform(i);
        states.get(i).learn(numbers.get(i), texts.get(i));
      }
    }

    /**
     * Learns the target of a vector, which may come long after the vector. A target that is not
     * finite is ignored.
     *
     * @param vector a vector of the input of the pipeline
     * @param target the target, such as 1 for fraud
     * @throws IllegalArgumentException if the vector has other features
     */
    public void learnTarget(FeatureVector vector, double target) {
      read(vector);
      for (int i = 0; i < states.size(); i++) {
        transform(i);
        states.get(i).learnTarget(numbers.get(i), texts.get(i), target);
      }
    }

    /**
     * Transforms a vector by the state so far, and learns nothing.
     *
     * @param vector a vector of the input of the pipeline
     * @return the vector of the output, on which a model can be trained
     * @throws IllegalArgumentException if the vector has other features
     */
    public FeatureVector transform(FeatureVector vector) {
      read(vector);
      for (int i = 0; i < states.size(); i++) {
        transform(i);
      }
      return FeatureVector.of(output(), numbers.get(states.size()), texts.get(states.size()));
    }

    private void transform(int i) {
      states.get(i).transform(numbers.get(i), texts.get(i), numbers.get(i + 1), texts.get(i + 1));
    }

    private void read(FeatureVector vector) {
      if (vector.schema().hash() != input().hash()) {
        throw new IllegalArgumentException(
            "vector must have the features of the pipeline, hash %016x: %016x"
                .formatted(input().hash(), vector.schema().hash()));
      }
      vector.copyNumbers(numbers.get(0));
      String[] to = texts.get(0);
      for (int i = 0; to != null && i < to.length; i++) {
        to[i] = input().type(i) == FeatureType.TEXT ? vector.text(i) : null;
      }
    }

    private void read(double[] row) {
      if (texts.get(0) != null) {
        throw new IllegalArgumentException(
            "input must have numbers only; use a vector: " + input().names());
      }
      TreeEnsemble.requireWidth(row, input().size());
      System.arraycopy(row, 0, numbers.get(0), 0, input().size());
    }

    private void write(DataOutput out) throws IOException {
      out.writeLong(input().hash());
      out.writeLong(output().hash());
      for (Transformer.State state : states) {
        state.write(out);
      }
    }

    private State read(DataInput in) throws IOException {
      long inputHash = in.readLong();
      long outputHash = in.readLong();
      if (inputHash != input().hash() || outputHash != output().hash()) {
        throw new StreamCorruptedException(
            "features and transformers must be as saved: hashes %016x and %016x, saved %016x and %016x"
                .formatted(input().hash(), output().hash(), inputHash, outputHash));
      }
      for (Transformer.State state : states) {
        state.read(in);
      }
      return this;
    }
  }
}
