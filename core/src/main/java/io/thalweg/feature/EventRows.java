package io.thalweg.feature;

/** Events of a buffer, by their index from the oldest one. */
interface EventRows {

  /** Returns the cells that hold the rows; another array after the buffer has grown. */
  long[] cells();

  /** Returns the place of the row of an event in the cells. */
  int row(int index);

  /** Returns a number of an event by its place in the row. */
  default double number(int column, int index) {
    return Double.longBitsToDouble(cells()[row(index) + column]);
  }

  /** Returns a text or state of an event. */
  Object object(int column, int index);
}
