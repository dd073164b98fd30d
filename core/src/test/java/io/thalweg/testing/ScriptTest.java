package io.thalweg.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ScriptTest {

  private static final Script.Step EVENT = new Script.Process("k1", new Sample(2.5, 3), -7);
  private static final Script.Step ADVANCE = new Script.Advance(12);

  @Test
  void minimal_twoStepsMatter_leavesTheseInOrder() {
    for (int length : new int[] {2, 3, 10, 77}) {
      List<Script.Step> steps = new ArrayList<>();
      for (int i = 0; i < length; i++) {
        steps.add(new Script.Advance(1000 + i));
      }
      steps.set(0, EVENT);
      steps.set(length - 1, ADVANCE);
      Script minimal =
          new Script(steps)
              .minimal(s -> s.steps().indexOf(EVENT) >= 0 && s.steps().contains(ADVANCE));
      assertThat(minimal.steps()).as("of %d", length).containsExactly(EVENT, ADVANCE);
    }
  }

  @Test
  void minimal_everythingMatters_leavesAll() {
    Script script = new Script(List.of(EVENT, ADVANCE, EVENT, new Script.Early()));
    assertThat(script.minimal(script::equals)).isEqualTo(script);
  }

  @Test
  void toString_everyStep_printsTheCallInJava() {
    assertThat(new Script(List.of(EVENT, ADVANCE, new Script.Early())))
        .hasToString(
            """
            processor.process("k1", new Sample(2.5, 3L), -7L, out);
            processor.advance(12L, out);
            processor.early(out);""");
    assertThat(new Script.Process("k", new Sample(Double.NaN, 1), 0))
        .hasToString("processor.process(\"k\", new Sample(Double.NaN, 1L), 0L, out);");
  }

  @Test
  void shifted_byAConstant_movesEverythingButTheEndOfTheStream() {
    Script script = new Script(List.of(EVENT, ADVANCE, new Script.Advance(Long.MAX_VALUE)));
    assertThat(script.shifted(10).steps())
        .containsExactly(
            new Script.Process("k1", new Sample(2.5, 3), 3),
            new Script.Advance(22),
            new Script.Advance(Long.MAX_VALUE));
    assertThatThrownBy(() -> script.shifted(Long.MIN_VALUE))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void script_sameSeed_sameScript() {
    for (long seed = 0; seed < 50; seed++) {
      assertThat(script(seed)).isEqualTo(script(seed));
    }
    assertThat(script(1)).isNotEqualTo(script(2));
  }

  private static Script script(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return StreamGenerator.any(random, StreamGenerator.Values.HARSH).script(random, 50);
  }

  @Test
  void script_manySeeds_everyDifficultyOccurs() {
    Set<String> seen = new HashSet<>();
    for (long seed = 0; seed < 300; seed++) {
      long newest = Long.MIN_VALUE;
      long watermark = Long.MIN_VALUE;
      Set<Long> times = new HashSet<>();
      for (Script.Step step : script(seed).steps()) {
        if (step instanceof Script.Advance advance) {
          seen.add("watermark " + Integer.signum(Long.compare(advance.watermark(), watermark)));
          watermark = Math.max(watermark, advance.watermark());
        } else if (step instanceof Script.Process p) {
          long t = p.timestamp();
          if (t == Long.MIN_VALUE || t == Long.MAX_VALUE) {
            seen.add("reserved");
            continue;
          }
          seen.add(t < newest ? "disorder" : "order");
          seen.add(times.add(t) ? "new time" : "tie");
          seen.add(t < watermark ? "behind the watermark" : "ahead of the watermark");
          seen.add(t < 0 ? "negative" : "positive");
          seen.add(t < Long.MIN_VALUE + 1000 ? "start of time" : "");
          seen.add(t > Long.MAX_VALUE - 1000 ? "end of time" : "");
          seen.add(Double.isNaN(p.event().value()) ? "NaN" : "number");
          seen.add(Double.compare(p.event().value(), -0.0) == 0 ? "-0.0" : "");
          seen.add(Double.compare(p.event().value(), 0.0) == 0 ? "+0.0" : "");
          seen.add(p.event().gap() <= 0 ? "bad gap" : "gap");
          newest = Math.max(newest, t);
        } else {
          seen.add("early");
        }
      }
    }
    assertThat(seen)
        .contains("watermark -1", "watermark 0", "watermark 1", "reserved", "disorder", "tie")
        .contains("behind the watermark", "negative", "start of time", "end of time")
        .contains("NaN", "-0.0", "+0.0", "bad gap", "early");
  }

  @Test
  void generator_badNumbers_rejected() {
    assertThatThrownBy(() -> new StreamGenerator(0, 0, 1, StreamGenerator.Values.OFFSET))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("unit must be positive: 0");
    assertThatThrownBy(() -> new StreamGenerator(0, 1, -1, StreamGenerator.Values.OFFSET))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("keys must be positive: -1");
  }
}
