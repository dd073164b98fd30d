package io.thalweg.sketch;

import java.util.Arrays;

/**
 * Hash table of keys in numbered slots, by open addressing with linear probing. The caller assigns
 * the slots and keeps the data of a key in arrays indexed by slot. Steady state allocates nothing.
 */
final class SlotTable<K> {

  private Object[] keys;

  /** Hashes of the keys, so that a probe rarely compares keys. */
  private int[] hashes;

  /** 0 is free, otherwise a slot + 1; at most half full. */
  private int[] table;

  SlotTable(int capacity) {
    keys = new Object[capacity];
    hashes = new int[capacity];
    table = new int[Integer.highestOneBit(capacity) * 4];
  }

  static int hash(Object key) {
    return key.hashCode() * 0x9e3779b9;
  }

  @SuppressWarnings("unchecked") // only put writes to keys
  K key(int slot) {
    return (K) keys[slot];
  }

  int hash(int slot) {
    return hashes[slot];
  }

  private int home(int hash) {
    return (hash >>> 7) & (table.length - 1);
  }

  /** The slot of a key, or -1. */
  int find(Object key, int hash) {
    int[] slots = table;
    int mask = slots.length - 1;
    for (int at = (hash >>> 7) & mask; slots[at] != 0; at = (at + 1) & mask) {
      int slot = slots[at] - 1;
      if (hashes[slot] == hash && keys[slot].equals(key)) {
        return slot;
      }
    }
    return -1;
  }

  /** Puts a new key into a free slot. */
  void put(int slot, K key, int hash) {
    keys[slot] = key;
    hashes[slot] = hash;
    link(slot);
  }

  private void link(int slot) {
    int mask = table.length - 1;
    int at = home(hashes[slot]);
    while (table[at] != 0) {
      at = (at + 1) & mask;
    }
    table[at] = slot + 1;
  }

  /**
   * Frees a slot and moves later entries of its probe sequence up (Knuth, volume 3, 6.4, algorithm
   * R).
   */
  void remove(int slot) {
    keys[slot] = null;
    int mask = table.length - 1;
    int free = home(hashes[slot]);
    while (table[free] != slot + 1) {
      free = (free + 1) & mask;
    }
    for (int at = (free + 1) & mask; table[at] != 0; at = (at + 1) & mask) {
      int home = home(hashes[table[at] - 1]);
      if (((at - home) & mask) >= ((at - free) & mask)) {
        table[free] = table[at];
        free = at;
      }
    }
    table[free] = 0;
  }

  /** Increases the number of slots; all old slots must be in use. */
  void grow(int capacity) {
    int old = keys.length;
    keys = Arrays.copyOf(keys, capacity);
    hashes = Arrays.copyOf(hashes, capacity);
    table = new int[Integer.highestOneBit(capacity) * 4];
    for (int slot = 0; slot < old; slot++) {
      link(slot);
    }
  }

  void clear() {
    Arrays.fill(keys, null);
    Arrays.fill(table, 0);
  }
}
