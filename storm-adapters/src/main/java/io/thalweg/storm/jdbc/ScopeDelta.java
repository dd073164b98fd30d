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
 * Net change to one scope of a shard since the last commit, and to the scopes within it. Calls are
 * merged, not recorded: deletions (of everything, of keys, below a part, of single records) come
 * first, then each record is written once however often it changed.
 */
final class ScopeDelta implements StateWriter<Object> {

  /** Estimated size of a change besides its key and state. */
  private static final int CHANGE_BYTES = 32;

  final String path;
  boolean cleared;
  long removedBefore = Long.MIN_VALUE;
  Set<Object> removedKeys = new HashSet<>();

  /** Changed records by key and part; null if the record is removed. */
  Map<Object, TreeMap<Long, byte[]>> records = new LinkedHashMap<>();

  byte[] operatorState;
  boolean operatorStateChanged;

  private final Map<String, ScopeDelta> children = new HashMap<>();

  /** True if the store may contain records of this scope. */
  private boolean mayBeStored;

  /** Lower bound of the parts of all records, stored or changed. */
  private long lowestPart = Long.MAX_VALUE;

  ScopeDelta(String path) {
    this.path = path;
  }

  /** Returns the path of a scope within another. */
  static String path(String path, String scope) {
    if (scope.isEmpty() || scope.indexOf('/') >= 0) {
      throw new IllegalArgumentException("scope must not be empty nor contain a slash: " + scope);
    }
    return path.isEmpty() ? scope : path + "/" + scope;
  }

  /** Marks the scope as stored, with its stored operator state and possibly records. */
  void markStored(byte[] operatorState) {
    this.mayBeStored = true;
    this.operatorState = operatorState;
    this.lowestPart = Long.MIN_VALUE;
  }

  /** Returns the names of the scopes directly within this one. */
  Set<String> scopes() {
    return Set.copyOf(children.keySet());
  }

  /** Returns the scope at a path below this one, and creates it if necessary. */
  ScopeDelta descendant(String path) {
    ScopeDelta scope = this;
    if (!path.isEmpty()) {
      for (String name : path.split("/", -1)) {
        scope = scope.scope(name);
      }
    }
    return scope;
  }

  /** Visits this scope and all scopes below it. */
  void forEach(Consumer<ScopeDelta> action) {
    action.accept(this);
    children.values().forEach(scope -> scope.forEach(action));
  }

  /** Returns true if this scope has no changes, scopes within it aside. */
  boolean isEmpty() {
    return !cleared
        && removedBefore == Long.MIN_VALUE
        && removedKeys.isEmpty()
        && records.isEmpty()
        && !operatorStateChanged;
  }

  /**
   * Returns the estimated size of the changes of this scope and all below it; 0 without changes.
   */
  long estimatedBytes() {
    long[] sum = {0};
    forEach(
        scope -> {
          sum[0] += scope.isEmpty() ? 0 : CHANGE_BYTES;
          for (Object key : scope.removedKeys) {
            sum[0] += CHANGE_BYTES + KeyBytes.size(key);
          }
          sum[0] +=
              scope.operatorStateChanged && scope.operatorState != null
                  ? scope.operatorState.length
                  : 0;
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

  /** Adds later changes to this scope and all scopes below it. */
  void merge(ScopeDelta later) {
    if (later.cleared) {
      discard();
      cleared = true;
    }
    removedKeys.addAll(later.removedKeys);
    records.keySet().removeAll(later.removedKeys);
    if (later.removedBefore != Long.MIN_VALUE) {
      discardBefore(later.removedBefore);
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
    if (later.operatorStateChanged) {
      operatorState = later.operatorState;
      operatorStateChanged = true;
    }
    later.children.forEach((name, scope) -> scope(name).merge(scope));
  }

  /** Forgets the changes, which are stored now. */
  void markCommitted() {
    mayBeStored |= operatorStateChanged || !records.isEmpty();
    cleared = false;
    removedBefore = Long.MIN_VALUE;
    removedKeys = new HashSet<>(); // a cleared set would keep the capacity of the largest commit
    records = new LinkedHashMap<>();
    operatorStateChanged = false;
  }

  @Override
  public ScopeDelta scope(String scope) {
    ScopeDelta inner = children.get(scope);
    if (inner == null) {
      inner = new ScopeDelta(path(path, scope));
      children.put(scope, inner);
    }
    return inner;
  }

  @Override
  public void put(Object key, long part, byte[] state) {
    requireNonNull(state, "state");
    records.computeIfAbsent(KeyBytes.require(key), k -> new TreeMap<>()).put(part, state);
    lowestPart = Math.min(lowestPart, part);
  }

  @Override
  public void remove(Object key, long part) {
    records.computeIfAbsent(KeyBytes.require(key), k -> new TreeMap<>()).put(part, null);
  }

  @Override
  public void remove(Object key) {
    records.remove(KeyBytes.require(key));
    if (mayBeStored && !cleared) {
      removedKeys.add(key);
    }
    children.values().forEach(scope -> scope.remove(key));
  }

  @Override
  public void removeBefore(long part) {
    if (part <= lowestPart) {
      return; // the same watermark, repeated with every commit
    }
    lowestPart = part;
    discardBefore(part);
  }

  private void discardBefore(long part) {
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
    operatorState = requireNonNull(state, "state");
    operatorStateChanged = true;
  }

  @Override
  public void clear() {
    discard();
    cleared = mayBeStored;
    lowestPart = Long.MAX_VALUE;
    if (operatorState != null) {
      operatorState = null;
      operatorStateChanged = true;
    }
    children.values().forEach(ScopeDelta::clear);
  }

  private void discard() {
    records.clear();
    removedKeys.clear();
    removedBefore = Long.MIN_VALUE;
  }
}
