package io.thalweg.storm;

import io.thalweg.Codec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.storm.utils.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fields of the results of a bolt, by which saved results are emitted after a change of the
 * mapping. The names are saved with the outputs, and each value with its type.
 *
 * <p>In a saved result, an added column is null, and a removed column is dropped. A column must
 * keep its type while saved results with it are not confirmed.
 */
final class ResultFields {

  private static final Logger LOG = LoggerFactory.getLogger(ResultFields.class);

  private static final Codec<List<String>> CODEC =
      Codec.of(
          "thalweg.storm.fields",
          (names, out) -> TupleValues.write(names, out),
          in -> TupleValues.read(in).stream().map(String.class::cast).toList());

  private final String component;
  private final List<String> names;

  /** Types of the values of each column in the restored results; null if there are none. */
  private Map<String, Set<Class<?>>> savedTypes;

  /**
   * Creates the fields.
   *
   * @param component the bolt
   * @param columns the columns of its mapping, which follow {@link TupleFields#RESULT}
   */
  ResultFields(String component, List<String> columns) {
    this.component = component;
    this.names = new ArrayList<>(TupleFields.RESULT);
    this.names.addAll(columns);
  }

  /** Returns the number of fields. */
  int size() {
    return names.size();
  }

  /** Returns the saved form of the names. */
  byte[] encode() {
    return CODEC.encode(names);
  }

  /**
   * Returns the conversion of the outputs of a shard to the current fields.
   *
   * @param saved the saved names; null if an earlier release saved the outputs, without names
   */
  UnaryOperator<StoredOutput> conversion(byte[] saved) {
    if (saved == null) {
      return output -> note(requireSize(output));
    }
    List<String> before = CODEC.decode(saved);
    if (before.equals(names)) {
      return this::note;
    }
    List<String> removed = new ArrayList<>(before);
    removed.removeAll(names);
    if (!removed.isEmpty()) {
      LOG.warn(
          "{}: columns {} are no longer in the mapping. Saved results, which are emitted until they"
              + " are confirmed, are emitted without them.",
          component,
          removed);
    }
    int[] positions = names.stream().mapToInt(before::indexOf).toArray();
    return output -> note(isResult(output) ? byName(output, positions) : output);
  }

  private static boolean isResult(StoredOutput output) {
    return output.stream().equals(Utils.DEFAULT_STREAM_ID);
  }

  private StoredOutput requireSize(StoredOutput output) {
    if (isResult(output) && output.values().size() != size()) {
      throw new IllegalArgumentException(
          "a result that an earlier release saved, without the names of its columns, must have as many columns as the mapping: deploy this release with the former mapping first, and the new mapping after it: %d saved columns, now %s"
              .formatted(
                  output.values().size() - TupleFields.RESULT.size(),
                  names.subList(TupleFields.RESULT.size(), size())));
    }
    return output;
  }

  private static StoredOutput byName(StoredOutput output, int[] positions) {
    List<Object> values = new ArrayList<>(positions.length);
    for (int position : positions) {
      values.add(position < 0 ? null : output.values().get(position));
    }
    return output.withValues(values);
  }

  private StoredOutput note(StoredOutput output) {
    for (int i = TupleFields.RESULT.size(); isResult(output) && i < size(); i++) {
      Object value = output.values().get(i);
      if (value != null) {
        if (savedTypes == null) {
          savedTypes = new HashMap<>();
        }
        savedTypes.computeIfAbsent(names.get(i), n -> new HashSet<>(2)).add(value.getClass());
      }
    }
    return output;
  }

  /**
   * Checks the columns of a new result.
   *
   * @param values the values of all fields
   * @throws IllegalStateException if the mapping wrote another number of values, a value of a type
   *     that tuples do not contain, or one of another type than in the restored results
   */
  void check(List<Object> values) {
    if (values.size() != size()) {
      throw new IllegalStateException(
          "%s: mapping must write one value for each of its %d columns: %d values"
              .formatted(
                  component,
                  size() - TupleFields.RESULT.size(),
                  values.size() - TupleFields.RESULT.size()));
    }
    for (int i = TupleFields.RESULT.size(); i < values.size(); i++) {
      Object value = values.get(i);
      if (!TupleValues.allows(value)) {
        throw new IllegalStateException(
            "%s: column %s must be a primitive, a string or bytes: %s"
                .formatted(component, names.get(i), value.getClass().getName()));
      }
      if (savedTypes != null && value != null) {
        requireSavedType(names.get(i), value.getClass());
      }
    }
  }

  /** Requires the type of the saved results, until a value of each column had it. */
  private void requireSavedType(String column, Class<?> type) {
    Set<Class<?>> saved = savedTypes.get(column);
    if (saved != null && !saved.contains(type)) {
      throw new IllegalStateException(
          "%s: column %s must keep its type while saved results with it are not confirmed: give the new column another name, or deploy the former mapping until the gauge outbox is 0: saved as %s, now %s"
              .formatted(
                  component,
                  column,
                  String.join(" and ", saved.stream().map(Class::getSimpleName).sorted().toList()),
                  type.getSimpleName()));
    }
    savedTypes.remove(column);
    if (savedTypes.isEmpty()) {
      savedTypes = null;
    }
  }
}
