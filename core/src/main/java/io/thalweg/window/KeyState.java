package io.thalweg.window;

/** State of one key in all window groups of an operator. */
final class KeyState<K> {

  K key;
  int hash;

  /**
   * The number of slices, sessions, ends of forgotten sessions, counts and trailing buffers of this
   * key; at zero the key is removed from the table.
   */
  int references;

  /**
   * The state of the group with index 0. A measured optimisation: sliding and cumulative windows
   * read it for each event, and a typed field saves the load from the array and the cast.
   */
  KeySlices<K> keySlices;

  /** The state of the other groups, by index of the group. */
  final Object[] groups;

  KeyState(int groups) {
    this.groups = new Object[groups];
  }
}
