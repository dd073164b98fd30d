package io.thalweg.storm;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Dependencies between the packages of the adapters, and cycles of types. */
class StormArchitectureTest {

  private static final String ROOT = "io.thalweg.storm";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

  /** Largest number of types in a cycle; nested types count as part of their outer type. */
  private static final int MAX_CYCLE = 3;

  @Test
  void packages_each_useTheRootOnly() {
    List<String> packages = List.of("jdbc", "kafka", "testing");
    assertThat(CLASSES.stream().map(JavaClass::getPackageName).distinct())
        .containsExactlyInAnyOrder(ROOT, ROOT + ".jdbc", ROOT + ".kafka", ROOT + ".testing");
    noClasses()
        .that()
        .resideInAPackage(ROOT)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ROOT + ".*..")
        .check(CLASSES);
    for (String name : packages) {
      noClasses()
          .that()
          .resideInAPackage(ROOT + "." + name)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              packages.stream()
                  .filter(other -> !other.equals(name))
                  .map(other -> ROOT + "." + other + "..")
                  .toArray(String[]::new))
          .check(CLASSES);
    }
  }

  @Test
  void types_cycles_haveAtMostThreeTypes() {
    assertThat(cycles(dependencies()))
        .allSatisfy(c -> assertThat(c).hasSizeLessThan(MAX_CYCLE + 1));
  }

  @Test
  void cycles_ofAGraph_areItsStronglyConnectedComponents() {
    Map<String, Set<String>> graph =
        Map.of(
            "a", Set.of("b"),
            "b", Set.of("c"),
            "c", Set.of("a", "d"),
            "d", Set.of("e"),
            "e", Set.of());
    assertThat(cycles(graph)).containsExactly(Set.of("a", "b", "c"));
  }

  /** Returns the outer types that each outer type uses. */
  private static Map<String, Set<String>> dependencies() {
    Map<String, Set<String>> graph = new TreeMap<>();
    for (JavaClass type : CLASSES) {
      Set<String> targets = graph.computeIfAbsent(outer(type), t -> new TreeSet<>());
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        String target = outer(dependency.getTargetClass());
        if (target.startsWith(ROOT) && !target.equals(outer(type))) {
          targets.add(target);
        }
      }
    }
    return graph;
  }

  private static String outer(JavaClass type) {
    String name = type.getBaseComponentType().getName();
    int nested = name.indexOf('$');
    return nested < 0 ? name : name.substring(0, nested);
  }

  /**
   * Returns the strongly connected components with more than one type: those that reach each other.
   */
  private static Set<Set<String>> cycles(Map<String, Set<String>> graph) {
    Map<String, Set<String>> reachable = new TreeMap<>();
    graph.keySet().forEach(type -> reachable.put(type, reachableFrom(type, graph)));
    Set<Set<String>> cycles = new HashSet<>();
    for (String type : graph.keySet()) {
      List<String> cycle = new ArrayList<>(List.of(type));
      for (String other : reachable.get(type)) {
        if (!other.equals(type) && reachable.getOrDefault(other, Set.of()).contains(type)) {
          cycle.add(other);
        }
      }
      if (cycle.size() > 1) {
        cycles.add(Set.copyOf(cycle));
      }
    }
    return cycles;
  }

  private static Set<String> reachableFrom(String type, Map<String, Set<String>> graph) {
    Set<String> reached = new TreeSet<>();
    Deque<String> open = new ArrayDeque<>(List.of(type));
    while (!open.isEmpty()) {
      for (String next : graph.getOrDefault(open.pop(), Set.of())) {
        if (reached.add(next)) {
          open.push(next);
        }
      }
    }
    return reached;
  }
}
