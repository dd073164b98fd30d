package io.thalweg.window;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Hash table of the states of all held keys: open addressing with linear probing, at most half
 * full. A look-up usually takes one probe and needs no entry object. Removed states are pooled and
 * keep their storage. Removal closes the gap in the probe sequence (Knuth, The Art of Computer
 * Programming, volume 3, 6.4, algorithm R).
 */
final class KeyTable<K> {

  private final int groups;
  private KeyState<K>[] table = newTable(16);
  private int shift = 32 - 4;
  private int size;
  private KeyState<K>[] pool = newTable(16);
  private int pooled;

  KeyTable(int groups) {
    this.groups = groups;
  }

  @SuppressWarnings("unchecked") // a generic array, for all key types
  private static <K> KeyState<K>[] newTable(int capacity) {
    return (KeyState<K>[]) new KeyState<?>[capacity];
  }

  int size() {
    return size;
  }

  /** Returns the state of a key, or null if there is none. */
  KeyState<K> get(K key) {
    int hash = key.hashCode();
    int mask = table.length - 1;
    int i = bucket(hash);
    for (KeyState<K> keyState = table[i]; keyState != null; keyState = table[i]) {
      if (keyState.hash == hash && (keyState.key == key || keyState.key.equals(key))) {
        return keyState;
      }
      i = (i + 1) & mask;
    }
    return null;
  }

  /** Multiplies by the golden ratio (Knuth, volume 3, 6.4) and returns the highest bits. */
  private int bucket(int hash) {
    return (hash * 0x9E3779B9) >>> shift;
  }

  /** Creates the state of a key that has none. */
  KeyState<K> create(K key) {
    if (2 * (size + 1) > table.length) {
      grow();
    }
    KeyState<K> keyState = pooled == 0 ? new KeyState<>(groups) : pool[--pooled];
    keyState.key = key;
    keyState.hash = key.hashCode();
    put(keyState);
    size++;
    return keyState;
  }

  private void put(KeyState<K> keyState) {
    int mask = table.length - 1;
    int i = bucket(keyState.hash);
    while (table[i] != null) {
      i = (i + 1) & mask;
    }
    table[i] = keyState;
  }

  private void grow() {
    if (table.length == 1 << 30) {
      throw new IllegalStateException("an operator holds at most 2^29 keys: " + size);
    }
    KeyState<K>[] old = table;
    table = newTable(2 * old.length);
    shift--;
    for (KeyState<K> keyState : old) {
      if (keyState != null) {
        put(keyState);
      }
    }
  }

  /** Decrements the references of a key state, and removes it when none is left. */
  void release(KeyState<K> keyState) {
    if (--keyState.references == 0) {
      remove(keyState);
    }
  }

  private void remove(KeyState<K> keyState) {
    int mask = table.length - 1;
    int hole = bucket(keyState.hash);
    while (table[hole] != keyState) {
      hole = (hole + 1) & mask;
    }
    // Later states of the same run move up, so that no probe sequence ends at the hole.
    for (int i = (hole + 1) & mask; table[i] != null; i = (i + 1) & mask) {
      if (((i - bucket(table[i].hash)) & mask) >= ((i - hole) & mask)) {
        table[hole] = table[i];
        hole = i;
      }
    }
    table[hole] = null;
    size--;
    keyState.key = null;
    if (pooled == pool.length) {
      pool = Arrays.copyOf(pool, 2 * pooled);
    }
    pool[pooled++] = keyState;
  }

  void forEach(Consumer<KeyState<K>> action) {
    for (KeyState<K> keyState : table) {
      if (keyState != null) {
        action.accept(keyState);
      }
    }
  }
}
