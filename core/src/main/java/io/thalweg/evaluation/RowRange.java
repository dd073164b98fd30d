package io.thalweg.evaluation;

import java.util.ArrayList;
import java.util.List;

/**
 * A range of rows of a series, both ends included.
 *
 * @param first the first row, from 0
 * @param last the last row, not before the first
 */
public record RowRange(int first, int last) {

  /**
   * Creates a range.
   *
   * @param first the first row, from 0
   * @param last the last row, not before the first
   * @throws IllegalArgumentException if the first row is negative or after the last
   */
  public RowRange {
    if (first < 0 || last < first) {
      throw new IllegalArgumentException("0 <= first <= last must hold: " + first + ", " + last);
    }
  }

  /**
   * Returns the number of rows.
   *
   * @return at least 1
   */
  public int length() {
    return last - first + 1;
  }

  /**
   * Tests if a row is inside.
   *
   * @param row the row
   * @return true from the first to the last row
   */
  public boolean contains(int row) {
    return first <= row && row <= last;
  }

  /** Joins ranges with at most {@code gap} rows between them. The ranges are in order. */
  static List<RowRange> bridged(List<RowRange> ranges, int gap) {
    List<RowRange> joined = new ArrayList<>();
    for (RowRange range : ranges) {
      RowRange before = joined.isEmpty() ? null : joined.get(joined.size() - 1);
      if (before != null && range.first - before.last - 1 <= gap) {
        joined.set(joined.size() - 1, new RowRange(before.first, range.last));
      } else {
        joined.add(range);
      }
    }
    return joined;
  }
}
