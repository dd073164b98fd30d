package io.thalweg.feature;

import java.util.Arrays;

/**
 * Counts of the texts in a window: a hash table with linear probing. Counts are integers, so a text
 * that leaves the window is subtracted exactly.
 */
final class ValueCounts {

  private String[] keys = new String[8];
  private int[] counts = new int[8];
  private int size;

  /** Returns the number of different texts. */
  int distinct() {
    return size;
  }

  /**
   * Returns the text with the largest count; of equal counts the smallest in the order of {@link
   * String#compareTo}; null if there is none. O(number of different texts).
   */
  String top() {
    String top = null;
    int most = 0;
    for (int i = 0; i < keys.length; i++) {
      if (counts[i] > most || counts[i] == most && most > 0 && keys[i].compareTo(top) < 0) {
        top = keys[i];
        most = counts[i];
      }
    }
    return top;
  }

  void add(String key) {
    int slot = slot(key);
    if (keys[slot] == null) {
      if (4 * (size + 1) > 3 * keys.length) {
        grow();
        slot = slot(key);
      }
      keys[slot] = key;
      size++;
    }
    counts[slot]++;
  }

  void remove(String key) {
    int slot = slot(key);
    if (keys[slot] == null) {
      throw new IllegalStateException("a text must be inside to be removed: " + key);
    }
    if (--counts[slot] == 0) {
      size--;
      close(slot);
    }
  }

  /** Moves keys back over a slot that has become free (Knuth, TAOCP 3, 6.4, algorithm R). */
  private void close(int slot) {
    int mask = keys.length - 1;
    int free = slot;
    for (int i = (slot + 1) & mask; keys[i] != null; i = (i + 1) & mask) {
      int home = hash(keys[i]) & mask;
      if (((i - home) & mask) >= ((i - free) & mask)) {
        keys[free] = keys[i];
        counts[free] = counts[i];
        free = i;
      }
    }
    keys[free] = null;
    counts[free] = 0;
  }

  void clear() {
    Arrays.fill(keys, null);
    Arrays.fill(counts, 0);
    size = 0;
  }

  private int slot(String key) {
    int mask = keys.length - 1;
    int slot = hash(key) & mask;
    while (keys[slot] != null && !keys[slot].equals(key)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private static int hash(String key) {
    int hash = key.hashCode() * 0x9E3779B9;
    return hash ^ hash >>> 16;
  }

  private void grow() {
    String[] oldKeys = keys;
    int[] oldCounts = counts;
    keys = new String[2 * oldKeys.length];
    counts = new int[keys.length];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != null) {
        int slot = slot(oldKeys[i]);
        keys[slot] = oldKeys[i];
        counts[slot] = oldCounts[i];
      }
    }
  }
}
