package io.thalweg;

import static com.tngtech.archunit.core.domain.JavaModifier.SYNCHRONIZED;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Rules on the dependencies between the packages of the core, and on the classes it may use. */
class ArchitectureTest {

  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.thalweg");

  private static final List<String> BASIC = List.of("stats", "sketch", "window");

  /** The packages that each package may use besides the root and itself. */
  private static final Map<String, List<String>> MAY_USE =
      new TreeMap<>(
          Map.ofEntries(
              entry("stats", List.of()),
              entry("sketch", List.of()),
              entry("window", List.of()),
              entry("anomaly", BASIC),
              entry("drift", BASIC),
              entry("evaluation", List.of()),
              entry("feature", BASIC),
              entry("join", List.of()),
              entry("model", List.of("stats", "sketch", "window", "feature")),
              entry("model.onnx", List.of("model")),
              entry("rank", BASIC),
              entry("runner", List.of("window")),
              entry("file", List.of("runner")),
              entry("replay", List.of("anomaly", "file", "runner")),
              entry(
                  "testing",
                  List.of(
                      "stats", "sketch", "window", "anomaly", "drift", "feature", "model", "rank",
                      "join"))));

  @Test
  void packages_all_areKnown() {
    assertThat(CORE.stream().map(JavaClass::getPackageName).distinct())
        .allMatch(
            name -> name.equals("io.thalweg") || MAY_USE.containsKey(name.substring(11)),
            "is known");
  }

  @Test
  void packages_each_useOnlyWhatTheyMay() {
    MAY_USE.forEach(
        (name, uses) -> {
          List<String> allowed = new ArrayList<>(uses);
          allowed.add(name);
          String[] closed =
              MAY_USE.keySet().stream()
                  .filter(other -> !allowed.contains(other))
                  .map(other -> "io.thalweg." + other)
                  .toArray(String[]::new);
          if (closed.length > 0) {
            noClasses()
                .that()
                .resideInAPackage("io.thalweg." + name)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(closed)
                .allowEmptyShould(true)
                .check(CORE);
          }
        });
  }

  @Test
  void root_classes_useNoOtherPackage() {
    noClasses()
        .that()
        .resideInAPackage("io.thalweg")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.thalweg.*..")
        .check(CORE);
  }

  @Test
  void packages_all_areFreeOfCycles() {
    slices().matching("io.thalweg.(*)..").should().beFreeOfCycles().check(CORE);
  }

  @Test
  void types_all_areFreeOfCyclesOfMoreThanThree() {
    assertThat(TypeCycles.largerThan(3, CORE)).isEmpty();
  }

  /** Jackson and ONNX Runtime are optional, so that no other class may need them. */
  @Test
  void core_classes_useTheJdkAndTwoLibraries() {
    classes()
        .that()
        .resideOutsideOfPackages("io.thalweg.file", "io.thalweg.model.onnx")
        .and()
        .haveNameNotMatching(".*\\.XgboostJson(\\$.*)?")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.thalweg..", "java..", "org.apache.commons.math3..", "com.google.common..")
        .check(CORE);
  }

  @Test
  void window_classes_useTheJdkAlone() {
    noClasses()
        .that()
        .resideInAnyPackage("io.thalweg", "io.thalweg.window..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.commons..", "com.google..")
        .check(CORE);
  }

  @Test
  void core_signatures_nameNoOtherLibrary() {
    String foreign =
        CORE.stream()
            .flatMap(type -> type.getMethods().stream())
            .filter(
                method ->
                    method
                            .getModifiers()
                            .contains(com.tngtech.archunit.core.domain.JavaModifier.PUBLIC)
                        && method
                            .getOwner()
                            .getModifiers()
                            .contains(com.tngtech.archunit.core.domain.JavaModifier.PUBLIC))
            .filter(
                method ->
                    method.getAllInvolvedRawTypes().stream()
                        .anyMatch(
                            type ->
                                type.getPackageName().startsWith("org.apache")
                                    || type.getPackageName().startsWith("com.fasterxml")
                                    || type.getPackageName().startsWith("com.google")
                                    || type.getPackageName().startsWith("ai.onnxruntime")))
            .map(Object::toString)
            .collect(Collectors.joining("\n"));
    assertThat(foreign).isEmpty();
  }

  @Test
  void core_classes_useNoThreadClockLockLogOrFile() {
    // FailStop reads the id of the current thread, to tell two callers apart. TimedModel bounds the
    // time of a call, which needs another thread.
    noClasses()
        .that()
        .doNotHaveSimpleName("FailStop")
        .and()
        .doNotHaveSimpleName("TimedModel")
        .and()
        .resideOutsideOfPackage("io.thalweg.file")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "java.nio.file..",
            "java.nio.channels..",
            "java.net..",
            "java.sql..",
            "java.util.logging..",
            "java.util.concurrent..")
        .orShould()
        .dependOnClassesThat()
        .belongToAnyOf(
            Thread.class,
            ThreadLocal.class,
            java.time.Clock.class,
            java.util.Timer.class,
            java.util.Random.class,
            java.io.File.class,
            java.io.FileInputStream.class,
            java.io.FileOutputStream.class,
            java.io.ObjectInputStream.class,
            java.io.ObjectOutputStream.class,
            java.io.PrintStream.class)
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(java.time.Instant.class, "now")
        .orShould()
        .callMethod(Math.class, "random")
        .orShould()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(CORE);
    noMethods().should().haveModifier(SYNCHRONIZED).check(CORE);
  }

  @Test
  void rules_violated_fail() {
    JavaClasses guilty = new ClassFileImporter().importClasses(Guilty.class);
    assertThatThrownBy(
            () ->
                noClasses()
                    .should()
                    .callMethod(System.class, "nanoTime")
                    .orShould()
                    .accessField(System.class, "out")
                    .check(guilty))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("nanoTime");
  }

  private static final class Guilty {
    static long now() {
      return System.nanoTime();
    }
  }
}
