package io.thalweg.testing;

import io.thalweg.testing.Plan.Kinds;
import io.thalweg.testing.StreamGenerator.Values;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/**
 * One random plan and script, checked. A failure shows the seed and the shortest script that still
 * fails, as lines of Java.
 */
final class Trial {

  private final long seed;
  private final StreamGenerator stream;
  private final SplittableRandom random;
  private Plan plan;
  private Script script;

  private Trial(long seed, StreamGenerator stream, SplittableRandom random, Plan plan) {
    this.seed = seed;
    this.stream = stream;
    this.random = random;
    this.plan = plan;
    script = stream.script(random, 10 + random.nextInt(60));
  }

  static Trial of(long seed, Kinds kinds) {
    SplittableRandom random = new SplittableRandom(seed);
    Values[] values = Values.values();
    StreamGenerator stream = StreamGenerator.any(random, values[random.nextInt(values.length)]);
    return new Trial(seed, stream, random, Plan.any(random, stream, kinds));
  }

  /** One whose times can be shifted: far from the ends of {@code long}. */
  static Trial midway(long seed, Kinds kinds) {
    SplittableRandom random = new SplittableRandom(seed);
    StreamGenerator stream =
        new StreamGenerator(
            random.nextInt(-1000, 1000),
            1 + random.nextInt(20),
            1 + random.nextInt(4),
            Values.INTEGERS);
    return new Trial(seed, stream, random, Plan.any(random, stream, kinds));
  }

  Trial with(UnaryOperator<Plan> change) {
    plan = change.apply(plan);
    return this;
  }

  Trial withScript(UnaryOperator<Script> change) {
    script = change.apply(script);
    return this;
  }

  StreamGenerator stream() {
    return stream;
  }

  SplittableRandom random() {
    return random;
  }

  void check(BiFunction<Plan, Script, Optional<String>> law) {
    if (guarded(law, script).isEmpty()) {
      return;
    }
    Script minimal = script.minimal(fewer -> guarded(law, fewer).isPresent());
    throw new AssertionError(
        "seed %dL: %s%n%s%n%s"
            .formatted(seed, plan, minimal, guarded(law, minimal).orElse("(no longer)")));
  }

  private Optional<String> guarded(BiFunction<Plan, Script, Optional<String>> law, Script script) {
    try {
      return law.apply(plan, script);
    } catch (RuntimeException | AssertionError e) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      return Optional.of(trace.toString().lines().limit(12).reduce("", (a, b) -> a + "\n" + b));
    }
  }
}
