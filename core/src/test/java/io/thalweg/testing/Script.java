package io.thalweg.testing;

import io.thalweg.Output;
import io.thalweg.Processor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Sequence of calls of a processor. Its string form is the Java code of these calls.
 *
 * @param steps the calls, in order
 */
public record Script(List<Step> steps) {

  /**
   * Keeps the calls.
   *
   * @param steps the calls, in order
   */
  public Script {
    steps = List.copyOf(steps);
  }

  /** Call of a processor. */
  public sealed interface Step {

    /**
     * Makes the call.
     *
     * @param processor the processor
     * @param out the output
     * @param <O> the results
     */
    <O> void call(Processor<String, Sample, O> processor, Output<String, O> out);

    /**
     * Returns this call shifted in time.
     *
     * @param the shift
     * @return a step whose timestamp or watermark is larger by that
     * @throws ArithmeticException if it leaves the range of {@code long}
     */
    Step shifted(long by);
  }

  /**
   * Offers an event.
   *
   * @param key its key
   * @param event the event
   * @param timestamp its timestamp
   */
  public record Process(String key, Sample event, long timestamp) implements Step {
    @Override
    public <O> void call(Processor<String, Sample, O> processor, Output<String, O> out) {
      processor.process(key, event, timestamp, out);
    }

    @Override
    public Process shifted(long by) {
      return new Process(key, event, Math.addExact(timestamp, by));
    }

    @Override
    public String toString() {
      return "processor.process(\"%s\", new Sample(%s, %dL), %dL, out);"
          .formatted(key, literal(event.value()), event.gap(), timestamp);
    }

    private static String literal(double value) {
      return Double.isFinite(value)
          ? Double.toString(value)
          : Double.isNaN(value) ? "Double.NaN" : value > 0 ? "1 / 0.0" : "-1 / 0.0";
    }
  }

  /**
   * Advances the watermark.
   *
   * @param watermark the new watermark
   */
  public record Advance(long watermark) implements Step {
    @Override
    public <O> void call(Processor<String, Sample, O> processor, Output<String, O> out) {
      processor.advance(watermark, out);
    }

    @Override
    public Advance shifted(long by) {
      return watermark == Long.MAX_VALUE ? this : new Advance(Math.addExact(watermark, by));
    }

    @Override
    public String toString() {
      return "processor.advance(" + watermark + "L, out);";
    }
  }

  /** Requests early results. */
  public record Early() implements Step {
    /** Creates the step. */
    public Early {}

    @Override
    public <O> void call(Processor<String, Sample, O> processor, Output<String, O> out) {
      processor.early(out);
    }

    @Override
    public Early shifted(long by) {
      return this;
    }

    @Override
    public String toString() {
      return "processor.early(out);";
    }
  }

  /**
   * Makes all calls.
   *
   * @param processor the processor
   * @param out the output
   * @param <O> the results
   */
  public <O> void play(Processor<String, Sample, O> processor, Output<String, O> out) {
    steps.forEach(step -> step.call(processor, out));
  }

  /**
   * Returns this script shifted in time. The end of the stream is not shifted.
   *
   * @param the shift
   * @return a script whose timestamps and watermarks are larger by that
   * @throws ArithmeticException if one leaves the range of {@code long}
   */
  public Script shifted(long by) {
    return new Script(steps.stream().map(step -> step.shifted(by)).toList());
  }

  /**
   * Returns a shorter script that still fails and from which no single step can be removed. Runs of
   * steps are removed, long ones first, as long as the script fails.
   *
   * @see <a href="https://doi.org/10.1109/32.988498">Zeller, Hildebrandt: Simplifying and isolating
   *     failure-inducing input, IEEE Transactions on Software Engineering 28 (2002)</a>
   * @param fails whether a script shows the failure; it must hold for this one
   * @return the smaller script
   */
  public Script minimal(Predicate<Script> fails) {
    List<Step> kept = new ArrayList<>(steps);
    for (int run = Math.max(1, kept.size() / 2); run > 0; ) {
      boolean shrunk = false;
      for (int from = kept.size() - run; from >= 0; from -= run) {
        List<Step> fewer = new ArrayList<>(kept);
        fewer.subList(from, from + run).clear();
        if (fails.test(new Script(fewer))) {
          kept = fewer;
          shrunk = true;
        }
      }
      if (!shrunk || run > 1) {
        run /= 2;
      }
    }
    return new Script(kept);
  }

  @Override
  public String toString() {
    return steps.stream().map(Step::toString).collect(Collectors.joining("\n"));
  }
}
