package io.thalweg.feature;

import static java.util.Objects.requireNonNull;

import io.thalweg.Codec;

/**
 * An event with its features as of that event.
 *
 * <p>A row that is logged when a decision is made is a row of the training set: the values that the
 * model has seen.
 *
 * @param event the event
 * @param vector its features
 * @param <E> the events
 */
public record FeatureRow<E>(E event, FeatureVector vector) {

  /**
   * Checks the parts.
   *
   * @param event the event, not null
   * @param vector its features, not null
   */
  public FeatureRow {
    requireNonNull(event, "event");
    requireNonNull(vector, "vector");
  }

  /**
   * Returns the row of an event without features, the input of the first {@link FeatureSet#append}
   * of a chain.
   *
   * @param event the event
   * @param <E> the events
   * @return a row with the empty vector
   */
  public static <E> FeatureRow<E> of(E event) {
    return new FeatureRow<>(event, FeatureVector.empty());
  }

  /**
   * Returns the binary form of rows of one schema: the version and the bytes of the event, then
   * version and bytes of the vector, as by {@link Codec#writeNested}.
   *
   * @param events the binary form of the events
   * @param schema the features
   * @param <E> the events
   * @return a codec that refuses rows of any other schema
   */
  public static <E> Codec<FeatureRow<E>> codec(Codec<E> events, FeatureSchema schema) {
    Codec<FeatureVector> vectors = FeatureVector.codec(schema);
    return Codec.of(
        "thalweg.feature.row of " + events.name(),
        (value, out) -> {
          Codec.writeNested(events, value.event, out);
          Codec.writeNested(vectors, value.vector, out);
        },
        in -> new FeatureRow<>(Codec.readNested(events, in), Codec.readNested(vectors, in)));
  }
}
