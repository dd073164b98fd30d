package io.thalweg.storm.jdbc;

import static java.util.Objects.requireNonNull;

import io.thalweg.StateWriter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What one scope of a shard is to become: not a list of the calls, but what they come to. First is
 * deleted what stands there, all of it, or that of some keys, or below some part, or single
 * records; then records are written, each once however often it changed.
 */
final class ScopeDelta implements StateWriter<Object> {

  /** What a change is taken to weigh beside its key and state. */
  private static final int CHANGE_BYTES = 32;

  final String path;
  boolean cleared;
  long removedBefore = Long.MIN_VALUE;
  Set<Object> removed = new HashSet<>();

  /** By key and part; null where a record is to be removed. */
  Map<Object, TreeMap<Long, byte[]>> records = new LinkedHashMap<>();

  byte[] shared;
  boolean sharedChanged;

  private final Map<String, ScopeDelta> within = new HashMap<>();

  /** Whether the store may have something of this scope. */
  private boolean known;

  /** No record, stored or collected, has a smaller part. */
  private long lowest = Long.MAX_VALUE;

  ScopeDelta(String path) {
    this.path = path;
  }

  /** The path of a scope within another. */
  static String path(String path, String scope) {
    if (scope.isEmpty() || scope.indexOf('/') >= 0) {
      throw new IllegalArgumentException("scope must not be empty nor hold a slash: " + scope);
    }
    return path.isEmpty() ? scope : path + "/" + scope;
  }

  /** Says that the store knows this scope, and may have records of it. */
  void stored(byte[] shared) {
    this.known = true;
    this.shared = shared;
    this.lowest = Long.MIN_VALUE;
  }

  /** The scope at a path beneath this one. */
  ScopeDelta at(String path) {
    ScopeDelta scope = this;
    if (!path.isEmpty()) {
      for (String name : path.split("/", -1)) {
        scope = scope.scope(name);
      }
    }
    return scope;
  }

  /** Visits this scope and all beneath it. */
  void forEach(Consumer<ScopeDelta> action) {
    action.accept(this);
    within.values().forEach(scope -> scope.forEach(action));
  }

  /** Whether there is nothing to change, scopes within this one aside. */
  boolean isEmpty() {
    return !cleared
        && removedBefore == Long.MIN_VALUE
        && removed.isEmpty()
        && records.isEmpty()
        && !sharedChanged;
  }

  /** About how large the changes of this scope and all beneath it are; 0 if there are none. */
  long bytes() {
    long[] sum = {0};
    forEach(
        scope -> {
          sum[0] += scope.isEmpty() ? 0 : CHANGE_BYTES;
          for (Object key : scope.removed) {
            sum[0] += CHANGE_BYTES + KeyBytes.size(key);
          }
          sum[0] += scope.sharedChanged && scope.shared != null ? scope.shared.length : 0;
          scope.records.forEach(
              (key, parts) -> {
                sum[0] += KeyBytes.size(key);
                for (byte[] state : parts.values()) {
                  sum[0] += CHANGE_BYTES + (state == null ? 0 : state.length);
                }
              });
        });
    return sum[0];
  }

  /** Adds what changed after this, of this scope and all beneath it. */
  void add(ScopeDelta later) {
    if (later.cleared) {
      drop();
      cleared = true;
    }
    removed.addAll(later.removed);
    records.keySet().removeAll(later.removed);
    if (later.removedBefore != Long.MIN_VALUE) {
      dropBefore(later.removedBefore);
    }
    later.records.forEach(
        (key, parts) ->
            records.merge(
                key,
                parts,
                (before, after) -> {
                  before.putAll(after);
                  return before;
                }));
    if (later.sharedChanged) {
      shared = later.shared;
      sharedChanged = true;
    }
    later.within.forEach((name, scope) -> scope(name).add(scope));
  }

  /** Begins anew, on top of what was collected. */
  void done() {
    known |= sharedChanged || !records.isEmpty();
    cleared = false;
    removedBefore = Long.MIN_VALUE;
    removed = new HashSet<>(); // cleared, it would keep the room that the largest commit took
    records = new LinkedHashMap<>();
    sharedChanged = false;
  }

  @Override
  public ScopeDelta scope(String scope) {
    ScopeDelta inner = within.get(scope);
    if (inner == null) {
      inner = new ScopeDelta(path(path, scope));
      within.put(scope, inner);
    }
    return inner;
  }

  @Override
  public void put(Object key, long part, byte[] state) {
    requireNonNull(state, "state");
    records.computeIfAbsent(KeyBytes.require(key), k -> new TreeMap<>()).put(part, state);
    lowest = Math.min(lowest, part);
  }

  @Override
  public void remove(Object key, long part) {
    records.computeIfAbsent(KeyBytes.require(key), k -> new TreeMap<>()).put(part, null);
  }

  @Override
  public void remove(Object key) {
    records.remove(KeyBytes.require(key));
    if (known && !cleared) {
      removed.add(key);
    }
    within.values().forEach(scope -> scope.remove(key));
  }

  @Override
  public void removeBefore(long part) {
    if (part <= lowest) {
      return; // what a watermark says again with every commit
    }
    lowest = part;
    dropBefore(part);
  }

  private void dropBefore(long part) {
    removedBefore = Math.max(removedBefore, part);
    Iterator<TreeMap<Long, byte[]>> each = records.values().iterator();
    while (each.hasNext()) {
      TreeMap<Long, byte[]> parts = each.next();
      parts.headMap(part).clear();
      if (parts.isEmpty()) {
        each.remove();
      }
    }
  }

  @Override
  public void putOperatorState(byte[] state) {
    shared = requireNonNull(state, "state");
    sharedChanged = true;
  }

  @Override
  public void clear() {
    drop();
    cleared = known;
    lowest = Long.MAX_VALUE;
    if (shared != null) {
      shared = null;
      sharedChanged = true;
    }
    within.values().forEach(ScopeDelta::clear);
  }

  private void drop() {
    records.clear();
    removed.clear();
    removedBefore = Long.MIN_VALUE;
  }
}
