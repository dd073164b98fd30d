package io.thalweg.examples;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Dependencies between the packages of the examples, and cycles of types. */
class ExamplesArchitectureTest {

  private static final String ROOT = "io.thalweg.examples";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

  /** Other packages of the examples that each package may use. The root may use all. */
  private static final Map<String, List<String>> ALLOWED =
      Map.of(
          "core", List.of(),
          "runtime", List.of(),
          "readings", List.of("runtime"),
          "formats", List.of("readings"),
          "replay", List.of("runtime"),
          "sensors", List.of("readings", "runtime"),
          "leaderboard", List.of("readings", "runtime"),
          "fraud", List.of("runtime"),
          "network", List.of("readings", "runtime"),
          "pricing", List.of("readings", "runtime"));

  /** Largest number of types in a cycle; nested types count as part of their outer type. */
  private static final int MAX_CYCLE = 3;

  @Test
  void packages_all_areListed() {
    assertThat(CLASSES.stream().map(JavaClass::getPackageName).filter(name -> !name.equals(ROOT)))
        .isNotEmpty()
        .allMatch(name -> ALLOWED.containsKey(name.substring(ROOT.length() + 1)));
  }

  @Test
  void packages_each_useAllowedPackagesOnly() {
    ALLOWED.forEach(
        (name, allowed) -> {
          Set<String> forbidden = new TreeSet<>(ALLOWED.keySet());
          allowed.forEach(forbidden::remove);
          forbidden.remove(name);
          noClasses()
              .that()
              .resideInAPackage(ROOT + "." + name)
              .should()
              .dependOnClassesThat()
              .resideInAPackage(ROOT)
              .orShould()
              .dependOnClassesThat()
              .resideInAnyPackage(
                  forbidden.stream().map(other -> ROOT + "." + other).toArray(String[]::new))
              .check(CLASSES);
        });
  }

  @Test
  void core_classes_useTheCoreOnly() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".core")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.thalweg.storm..", "org.apache..", "java.nio.file..", "java.sql..")
        .check(CLASSES);
  }

  @Test
  void types_cycles_haveAtMostThreeTypes() {
    Map<String, Set<String>> uses = new TreeMap<>();
    for (JavaClass type : CLASSES) {
      Set<String> targets = uses.computeIfAbsent(outer(type), t -> new TreeSet<>());
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        targets.add(outer(dependency.getTargetClass()));
      }
    }
    Map<String, Set<String>> reachable = new TreeMap<>();
    uses.keySet().forEach(type -> reachable.put(type, reachableFrom(type, uses)));
    for (String type : uses.keySet()) {
      Set<String> cycle = new TreeSet<>(reachable.get(type));
      cycle.removeIf(other -> !reachable.getOrDefault(other, Set.of()).contains(type));
      assertThat(cycle).hasSizeLessThanOrEqualTo(MAX_CYCLE);
    }
  }

  private static String outer(JavaClass type) {
    String name = type.getBaseComponentType().getName();
    int nested = name.indexOf('$');
    return nested < 0 ? name : name.substring(0, nested);
  }

  private static Set<String> reachableFrom(String type, Map<String, Set<String>> uses) {
    Set<String> reached = new TreeSet<>();
    Deque<String> open = new ArrayDeque<>(List.of(type));
    while (!open.isEmpty()) {
      for (String next : uses.getOrDefault(open.pop(), Set.of())) {
        if (reached.add(next)) {
          open.push(next);
        }
      }
    }
    return reached;
  }
}
