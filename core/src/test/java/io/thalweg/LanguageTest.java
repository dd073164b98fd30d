package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The language of the comments in every module, within the bounds of {@link LanguageCheck}. */
class LanguageTest {

  private static final Path ROOT = Path.of("..");

  static Stream<String> modules() {
    return LanguageCheck.MODULES.stream();
  }

  @ParameterizedTest
  @MethodSource("modules")
  void comments_ofModule_areWithinBounds(String module) throws IOException {
    Path sources = LanguageCheck.sources(ROOT, module);
    assumeTrue(Files.isDirectory(sources), module + " is not in this checkout");

    LanguageCheck check = LanguageCheck.of(sources);

    System.out.println(check.summary(module));
    if (!check.passes()) {
      fail(check.summary(module) + "\n" + String.join("\n", check.places()));
    }
  }

  @Test
  void figures_ofSample_areExact() {
    LanguageCheck check = new LanguageCheck();
    check.add(
        "Sample.java",
        """
        /** Which of two. */
        class Sample {
          /**
           * Returns what {@code b} holds.
           *
           * @param b the place
           */
          String text(int b) {
            return "/** What a string holds. */"; // somewhat
          }

          /** @return nothing */
          char quote = '"'; /* What else */
        }
        """);

    assertThat(check.openingShare()).isEqualTo(0.5);
    assertThat(check.whatPerThousand()).isCloseTo(2_000.0 / 16, within(1e-9));
    assertThat(check.places())
        .containsExactly(
            "Sample.java:1: Which of two.",
            "Sample.java:4: Returns what b holds.",
            "Sample.java:13: What else");
  }
}
