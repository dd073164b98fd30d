package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library as a module: its descriptor, and a consumer that is compiled, run and linked. */
class ModulePathTest {

  private static final String MAIN = "consumer.Main";

  private static final String DESCRIPTOR =
      """
      module consumer {
        requires transitive io.thalweg;
        exports consumer;
      }
      """;

  private static final String PROGRAM =
      """
      package consumer;

      import static java.time.Duration.ofSeconds;

      import io.thalweg.Output;
      import io.thalweg.Processor;
      import io.thalweg.stats.Moments;
      import io.thalweg.window.WindowedAggregator;
      import io.thalweg.window.Windows;

      public final class Main {
        private Main() {}

        public static void main(String[] args) {
          System.out.println("module: " + Moments.class.getModule().getName());
          run((device, moments) -> System.out.println(device + ": mean " + moments.mean()));
        }

        public static void run(Output<String, Moments> output) {
          Processor<String, Double, Moments> means =
              WindowedAggregator.of(
                      Moments.over(Double::doubleValue), Windows.tumbling(ofSeconds(1)))
                  .build();
          for (int i = 0; i < 5; i++) {
            means.process("pump-1", (double) i, 200L * i, output);
          }
          means.advance(1_000, output);
        }
      }
      """;

  private static final List<String> PRINTED = List.of("module: io.thalweg", "pump-1: mean 2.0");

  @TempDir Path folder;

  @Test
  void descriptor_exportsEveryPackage_requiresOnlyJavaBase() throws Exception {
    ModuleDescriptor descriptor =
        ModuleFinder.of(library()).find("io.thalweg").orElseThrow().descriptor();

    assertThat(descriptor.isAutomatic()).isFalse();
    assertThat(descriptor.requires())
        .filteredOn(each -> !each.modifiers().contains(ModuleDescriptor.Requires.Modifier.STATIC))
        .extracting(ModuleDescriptor.Requires::name)
        .containsExactly("java.base");
    assertThat(descriptor.requires())
        .extracting(ModuleDescriptor.Requires::name)
        .containsExactlyInAnyOrder(
            "java.base",
            "com.fasterxml.jackson.databind",
            "com.fasterxml.jackson.dataformat.csv",
            "com.microsoft.onnxruntime");
    assertThat(descriptor.exports()).noneMatch(ModuleDescriptor.Exports::isQualified);
    assertThat(descriptor.exports())
        .extracting(ModuleDescriptor.Exports::source)
        .containsExactlyInAnyOrderElementsOf(descriptor.packages());
  }

  @Test
  void consumer_onModulePath_runs() throws Exception {
    String modules = modules(compileConsumer());

    assertThat(
            java(Path.of(System.getProperty("java.home")), "-p", modules, "-m", "consumer/" + MAIN))
        .isEqualTo(PRINTED);
  }

  @Test
  void consumer_linkedIntoImage_runs() throws Exception {
    Path image = folder.resolve("image");
    String modules = modules(compileConsumer());
    tool("jlink", "-p", modules, "--add-modules", "consumer", "--output", image.toString());

    assertThat(java(image, "-m", "consumer/" + MAIN)).isEqualTo(PRINTED);
  }

  /** Compiles the consumer with every warning an error, and returns the folder of its classes. */
  private Path compileConsumer() throws Exception {
    Path source = Files.createDirectory(folder.resolve("source"));
    Path classes = folder.resolve("classes");
    Path descriptor = Files.writeString(source.resolve("module-info.java"), DESCRIPTOR);
    Path program = Files.createDirectory(source.resolve("consumer")).resolve("Main.java");
    Files.writeString(program, PROGRAM);
    tool(
        "javac",
        "-Xlint:all",
        "-Werror",
        "-p",
        library().toString(),
        "-d",
        classes.toString(),
        descriptor.toString(),
        program.toString());
    return classes;
  }

  /** Returns the place from which the tests load the library. */
  private static Path library() throws URISyntaxException {
    return Path.of(Processor.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  private static String modules(Path consumer) throws URISyntaxException {
    return library() + File.pathSeparator + consumer;
  }

  /** Runs a tool of the JDK and expects that it prints nothing. */
  private static void tool(String name, String... arguments) {
    StringWriter printed = new StringWriter();
    PrintWriter out = new PrintWriter(printed, true);
    int status = ToolProvider.findFirst(name).orElseThrow().run(out, out, arguments);

    assertThat(printed.toString()).isEmpty();
    assertThat(status).isZero();
  }

  /** Returns the lines that a program prints under the given Java runtime. */
  private List<String> java(Path home, String... arguments) throws Exception {
    Path printed = folder.resolve("printed");
    List<String> command = new ArrayList<>(List.of(home.resolve("bin/java").toString()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile())
            .start();

    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return Files.readAllLines(printed);
  }
}
