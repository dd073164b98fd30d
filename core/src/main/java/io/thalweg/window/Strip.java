package io.thalweg.window;

/** What one key holds of one group of aligned windows. */
final class Strip<K> {

  final Row<K> row;
  final Cells cells = new Cells();

  /** The lanes of the queries, made when they are first needed. */
  final Lane<?, ?, ?>[] lanes;

  /** The slice whose state is at hand; null if the next event must look for it. */
  Slice<K> slice;

  /** The state of {@link #slice}. */
  Object state;

  Strip(Row<K> row, int queries) {
    this.row = row;
    lanes = new Lane<?, ?, ?>[queries];
  }
}
