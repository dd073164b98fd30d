package io.thalweg.window;

/** Everything that one key holds. */
final class KeyState<K> {

  K key;
  int hash;

  /** How many things are held: at none the row is given up. */
  int references;

  /** What the sliding and cumulative windows hold: at hand, since it is looked at most often. */
  KeySlices<K> keySlices;

  /** What each part of the operator holds for this key, by the number of the part. */
  final Object[] groups;

  KeyState(int parts) {
    this.groups = new Object[parts];
  }
}
