package io.thalweg.storm;

import java.io.Serializable;
import java.util.List;
import org.apache.storm.tuple.Fields;

/**
 * Says which columns a result has in a tuple. It gives the payload only: {@link ProcessorBolt} puts
 * key, id, version, timestamp and bounds before it.
 *
 * <p>Values are {@code String}, {@code Long}, {@code Integer}, {@code Double}, {@code Float},
 * {@code Short}, {@code Byte}, {@code Boolean}, {@code byte[]} or null, so that every worker, sink
 * and store can take them without any registration.
 *
 * @param <O> the results
 */
public interface TupleMapping<O> extends Serializable {

  /**
   * The names of the payload columns.
   *
   * @return names apart from those in {@link TupleFields}, always the same
   */
  Fields fields();

  /**
   * Appends the values of the payload columns.
   *
   * @param value the result
   * @param tuple where to append one value for each of {@link #fields}, in their order
   */
  void write(O value, List<Object> tuple);

  /**
   * Starts a mapping given column by column.
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
   * Reads the value of one column from a result.
   *
   * @param <O> the results
   */
  @FunctionalInterface
  interface Column<O> extends Serializable {
    /**
     * Reads the value.
     *
     * @param result the result
     * @return a value of one of the types that {@link TupleMapping} lists, or null
     */
    Object of(O result);
  }
}
