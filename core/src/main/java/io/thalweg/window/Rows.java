package io.thalweg.window;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * The rows of the keys held: an open-addressing hash table with linear probing, at most half full.
 * A row is found by one probe as a rule, without an entry object in between; rows given up are
 * reused with the storage they have.
 */
final class Rows<K> {

  private final int parts;
  private Row<K>[] table = newTable(16);
  private int shift = 32 - 4;
  private int size;
  private Row<K>[] pool = newTable(16);
  private int pooled;

  Rows(int parts) {
    this.parts = parts;
  }

  @SuppressWarnings("unchecked") // an array of rows, of whatever key
  private static <K> Row<K>[] newTable(int capacity) {
    return (Row<K>[]) new Row<?>[capacity];
  }

  int size() {
    return size;
  }

  /** The row of a key; null if there is none. */
  Row<K> get(K key) {
    int hash = key.hashCode();
    int mask = table.length - 1;
    int i = place(hash);
    for (Row<K> row = table[i]; row != null; row = table[i]) {
      if (row.hash == hash && (row.key == key || row.key.equals(key))) {
        return row;
      }
      i = (i + 1) & mask;
    }
    return null;
  }

  /** Spreads by the golden ratio (Knuth, volume 3, 6.4) and takes the highest bits. */
  private int place(int hash) {
    return (hash * 0x9E3779B9) >>> shift;
  }

  /** Makes the row of a key that has none. */
  Row<K> create(K key) {
    if (2 * (size + 1) > table.length) {
      grow();
    }
    Row<K> row = pooled == 0 ? new Row<>(parts) : pool[--pooled];
    row.key = key;
    row.hash = key.hashCode();
    put(row);
    size++;
    return row;
  }

  private void put(Row<K> row) {
    int mask = table.length - 1;
    int i = place(row.hash);
    while (table[i] != null) {
      i = (i + 1) & mask;
    }
    table[i] = row;
  }

  private void grow() {
    if (table.length == 1 << 30) {
      throw new IllegalStateException("an operator holds at most 2^29 keys: " + size);
    }
    Row<K>[] old = table;
    table = newTable(2 * old.length);
    shift--;
    for (Row<K> row : old) {
      if (row != null) {
        put(row);
      }
    }
  }

  /** Says that a row holds one thing less, and gives it up when that was the last. */
  void release(Row<K> row) {
    if (--row.holds == 0) {
      remove(row);
    }
  }

  private void remove(Row<K> row) {
    int mask = table.length - 1;
    int hole = place(row.hash);
    while (table[hole] != row) {
      hole = (hole + 1) & mask;
    }
    // Later rows of the same run move up, so that no probe ends at the hole.
    for (int i = (hole + 1) & mask; table[i] != null; i = (i + 1) & mask) {
      if (((i - place(table[i].hash)) & mask) >= ((i - hole) & mask)) {
        table[hole] = table[i];
        hole = i;
      }
    }
    table[hole] = null;
    size--;
    row.key = null;
    if (pooled == pool.length) {
      pool = Arrays.copyOf(pool, 2 * pooled);
    }
    pool[pooled++] = row;
  }

  void forEach(Consumer<Row<K>> action) {
    for (Row<K> row : table) {
      if (row != null) {
        action.accept(row);
      }
    }
  }
}
