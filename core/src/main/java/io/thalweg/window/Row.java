package io.thalweg.window;

/** Everything that one key holds. */
final class Row<K> {

  K key;
  int hash;

  /** How many things are held: at none the row is given up. */
  int holds;

  /** What the sliding and cumulative windows hold: at hand, since it is looked at most often. */
  Strip<K> strip;

  /** What each part of the operator holds for this key, by the number of the part. */
  final Object[] parts;

  Row(int parts) {
    this.parts = new Object[parts];
  }
}
