package io.thalweg.storm;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import org.apache.storm.tuple.Fields;

/**
 * A mapping given column by column; made by {@link TupleMapping#columns}. Immutable.
 *
 * @param <O> the results
 */
public final class Columns<O> implements TupleMapping<O> {

  private static final long serialVersionUID = 1;

  private final ArrayList<String> names;
  private final ArrayList<TupleMapping.Column<? super O>> columns;

  Columns(List<String> names, List<TupleMapping.Column<? super O>> columns) {
    this.names = new ArrayList<>(names);
    this.columns = new ArrayList<>(columns);
  }

  /**
   * This mapping with one more column after the others.
   *
   * @param name the name of the column, new in this mapping
   * @param value reads its value from a result
   * @return another mapping
   * @throws IllegalArgumentException if there is a column of this name
   */
  public Columns<O> with(String name, TupleMapping.Column<? super O> value) {
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
    for (TupleMapping.Column<? super O> column : columns) {
      tuple.add(column.of(value));
    }
  }
}
