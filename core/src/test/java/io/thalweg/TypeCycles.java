package io.thalweg;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Cycles of types: the strongly connected components of the dependencies between top-level types. A
 * nested type counts as a part of its outermost type.
 */
final class TypeCycles {

  private TypeCycles() {}

  /** Returns the names of the types of each cycle with more than {@code size} types. */
  static List<Set<String>> largerThan(int size, JavaClasses classes) {
    Map<String, Set<String>> uses = new TreeMap<>();
    Map<String, Set<String>> usedBy = new HashMap<>();
    for (JavaClass type : classes) {
      uses.putIfAbsent(outermost(type), new TreeSet<>());
    }
    for (JavaClass type : classes) {
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        String target = outermost(dependency.getTargetClass().getBaseComponentType());
        if (uses.containsKey(target)) {
          uses.get(outermost(type)).add(target);
          usedBy.computeIfAbsent(target, name -> new TreeSet<>()).add(outermost(type));
        }
      }
    }
    List<Set<String>> cycles = new ArrayList<>();
    Set<String> done = new HashSet<>();
    for (String type : uses.keySet()) {
      if (!done.contains(type)) {
        Set<String> cycle = reachable(type, uses);
        cycle.retainAll(reachable(type, usedBy));
        done.addAll(cycle);
        if (cycle.size() > size) {
          cycles.add(cycle);
        }
      }
    }
    return cycles;
  }

  private static String outermost(JavaClass type) {
    JavaClass outer = type;
    while (outer.getEnclosingClass().isPresent()) {
      outer = outer.getEnclosingClass().get();
    }
    return outer.getName();
  }

  private static Set<String> reachable(String start, Map<String, Set<String>> edges) {
    Set<String> found = new TreeSet<>(Set.of(start));
    Deque<String> open = new ArrayDeque<>(found);
    while (!open.isEmpty()) {
      for (String next : edges.getOrDefault(open.remove(), Set.of())) {
        if (found.add(next)) {
          open.add(next);
        }
      }
    }
    return found;
  }
}
