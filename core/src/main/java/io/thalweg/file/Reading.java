package io.thalweg.file;

/**
 * Record of a {@link ReadingFile}: a number at a time, with the texts it was read from.
 *
 * @param line the line in the file, from 1; the first one of several
 * @param time the text of the time, empty if the record has none
 * @param value the text of the value, empty if the record has none
 * @param key the key; empty if the file has none
 * @param label the text of the label column; empty if there is none
 * @param timestamp the event time in epoch milliseconds; 0 if the record has a fault
 * @param number the value; NaN if it is missing or the record has a fault
 * @param fault the rule that the record breaks, and its value; null if it can be read
 */
public record Reading(
    long line,
    String time,
    String value,
    String key,
    String label,
    long timestamp,
    double number,
    String fault) {

  /**
   * Returns whether the record can be read.
   *
   * @return true if it has no fault
   */
  public boolean isReadable() {
    return fault == null;
  }
}
