package io.thalweg.testing;

import io.thalweg.testing.StreamGenerator.Values;
import io.thalweg.testing.WindowingConfig.Kinds;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/**
 * Random configuration and script for a check. A failure shows the seed and the shortest failing
 * script as Java code.
 */
public final class RandomCase {

  private final long seed;
  private WindowingConfig config;
  private Script script;

  private RandomCase(
      long seed, StreamGenerator stream, SplittableRandom random, WindowingConfig config) {
    this.seed = seed;
    this.config = config;
    // Mostly short; some are long enough for data structures to grow, wrap and become empty.
    script = stream.script(random, 10 + random.nextInt(random.nextInt(8) == 0 ? 500 : 60));
  }

  public static RandomCase of(long seed, Kinds kinds) {
    SplittableRandom random = new SplittableRandom(seed);
    Values[] values = Values.values();
    StreamGenerator stream = StreamGenerator.any(random, values[random.nextInt(values.length)]);
    return new RandomCase(seed, stream, random, WindowingConfig.any(random, stream, kinds));
  }

  /**
   * Returns a case whose times are far from the ends of {@code long}, so that they can be shifted.
   */
  public static RandomCase inMidRange(long seed, Kinds kinds) {
    SplittableRandom random = new SplittableRandom(seed);
    StreamGenerator stream =
        new StreamGenerator(
            random.nextInt(-1000, 1000),
            1 + random.nextInt(20),
            1 + random.nextInt(4),
            Values.INTEGERS);
    return new RandomCase(seed, stream, random, WindowingConfig.any(random, stream, kinds));
  }

  public RandomCase with(UnaryOperator<WindowingConfig> change) {
    config = change.apply(config);
    return this;
  }

  public RandomCase withScript(UnaryOperator<Script> change) {
    script = change.apply(script);
    return this;
  }

  public WindowingConfig config() {
    return config;
  }

  public long seed() {
    return seed;
  }

  public void check(BiFunction<WindowingConfig, Script, Optional<String>> law) {
    if (guarded(law, script).isEmpty()) {
      return;
    }
    Script minimal = script.minimal(fewer -> guarded(law, fewer).isPresent());
    throw new AssertionError(
        "seed %dL: %s%n%s%n%s"
            .formatted(seed, config, minimal, guarded(law, minimal).orElse("(no longer)")));
  }

  private Optional<String> guarded(
      BiFunction<WindowingConfig, Script, Optional<String>> law, Script script) {
    try {
      return law.apply(config, script);
    } catch (RuntimeException | AssertionError e) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      return Optional.of(trace.toString().lines().limit(12).reduce("", (a, b) -> a + "\n" + b));
    }
  }
}
