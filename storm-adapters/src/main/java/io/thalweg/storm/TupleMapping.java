package io.thalweg.storm;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.storm.tuple.Fields;

/**
 * Mapping of a result to the payload columns of a tuple. {@link ProcessorBolt} puts key, id,
 * version, timestamp and window bounds before them.
 *
 * <p>Values are {@code String}, {@code Long}, {@code Integer}, {@code Double}, {@code Float},
 * {@code Short}, {@code Byte}, {@code Boolean}, {@code byte[]} or null, so that workers, sinks and
 * stores need no registration of classes.
 *
 * <p>After a change of the mapping, results that were saved before are emitted by the names of
 * their columns: an added column is null, a removed one is dropped. A column keeps its type.
 *
 * @param <O> the results
 */
public interface TupleMapping<O> extends Serializable {

  /**
   * Returns the names of the payload columns.
   *
   * @return names that are not in {@link TupleFields}, the same for each call
   */
  Fields fields();

  /**
   * Appends the values of the payload columns.
   *
   * @param value the result
   * @param tuple the list to which one value for each of {@link #fields} is appended, in order
   */
  void write(O value, List<Object> tuple);

  /**
   * Creates a mapping without columns, to which columns are added one by one.
   *
   * <pre>{@code
   * TupleMapping<Anomaly> mapping = TupleMapping.<Anomaly>columns()
   *     .with("value", Anomaly::value)
   *     .with("z_score", Anomaly::score);
   * }</pre>
   *
   * @param <O> the results
   * @return a mapping without columns
   */
  static <O> Columns<O> columns() {
    return new Columns<>(List.of(), List.of());
  }

  /**
   * Function that reads the value of one column from a result.
   *
   * @param <O> the results
   */
  @FunctionalInterface
  interface Column<O> extends Serializable {
    /**
     * Reads the value.
     *
     * @param result the result
     * @return a value of one of the types listed in {@link TupleMapping}, or null
     */
    Object of(O result);
  }

  /**
   * Mapping defined column by column. Immutable.
   *
   * @param <O> the results
   */
  final class Columns<O> implements TupleMapping<O> {

    private static final long serialVersionUID = 1;

    private final ArrayList<String> names;
    private final ArrayList<Column<? super O>> columns;

    private Columns(List<String> names, List<Column<? super O>> columns) {
      this.names = new ArrayList<>(names);
      this.columns = new ArrayList<>(columns);
    }

    /**
     * Returns this mapping with one more column after the others.
     *
     * @param name the name of the column, not yet in this mapping
     * @param value reads the value of the column from a result
     * @return another mapping
     * @throws IllegalArgumentException if there is a column of this name
     */
    public Columns<O> with(String name, Column<? super O> value) {
      requireNonNull(name, "name");
      requireNonNull(value, "value");
      if (names.contains(name)) {
        throw new IllegalArgumentException("column names must differ: " + name);
      }
      Columns<O> more = new Columns<>(names, columns);
      more.names.add(name);
      more.columns.add(value);
      return more;
    }

    @Override
    public Fields fields() {
      return new Fields(names);
    }

    @Override
    public void write(O value, List<Object> tuple) {
      for (Column<? super O> column : columns) {
        tuple.add(column.of(value));
      }
    }
  }
}
