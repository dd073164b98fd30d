package io.thalweg.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Processor;
import io.thalweg.Snapshot;
import io.thalweg.testing.StreamGenerator.Values;
import io.thalweg.testing.WindowingConfig.Kinds;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.state.Action;
import net.jqwik.api.state.ActionChain;
import net.jqwik.api.state.Transformer;

/**
 * Random life cycle of an operator: events, watermarks, early results, full and incremental saves,
 * and crashes that lose all calls since the last save of either kind. The oracle receives the same
 * calls; after a crash it is replayed. When the watermark has passed all windows, no state may be
 * left.
 */
public final class OperatorLifecycle {

  private static final long UNIT = 10;

  private final Function<WindowingConfig, Processor<String, Sample, Object>> create;
  private final WindowingConfig config;
  private Processor<String, Sample, Object> operator;
  private Processor<String, Sample, Object> oracle;
  private final Recording<String, Object> expected = new Recording<>();
  private final Recording<String, Object> actual = new Recording<>();
  private final List<Script.Step> done = new ArrayList<>();
  private long now;

  private Snapshot<String> full = new Snapshot<>();
  private int doneBeforeFull;
  private Snapshot<String> changes = new Snapshot<>();
  private int doneBeforeChanges;

  private OperatorLifecycle(
      long seed, Kinds kinds, Function<WindowingConfig, Processor<String, Sample, Object>> create) {
    this.create = create;
    SplittableRandom random = new SplittableRandom(seed);
    Values values = random.nextBoolean() ? Values.INTEGERS : Values.OFFSET;
    StreamGenerator stream = new StreamGenerator(0, UNIT, 4, values);
    config = WindowingConfig.any(random, stream, kinds);
    operator = create.apply(config);
    oracle = config.oracle();
  }

  private void call(Script.Step step) {
    done.add(step);
    step.call(oracle, expected);
    step.call(operator, actual);
    assertThat(
            ResultComparison.difference(
                    expected.drain(), actual.drain(), ResultComparison.Values.EQUIVALENT)
                .or(() -> WindowLaws.differentCounters(oracle, operator)))
        .as("%s after %s", config, new Script(done))
        .isEmpty();
  }

  private void process(String key, long delay, double value, long gap) {
    now += delay > 0 ? delay : 0;
    call(new Script.Process(key, new Sample(value, gap), delay > 0 ? now : now + delay));
  }

  private void saveFull() {
    full = new Snapshot<>();
    operator.save(full);
    doneBeforeFull = done.size();
  }

  private void saveChanges() {
    operator.saveChanges(changes);
    doneBeforeChanges = done.size();
    Snapshot<String> whole = new Snapshot<>();
    operator.save(whole);
    assertThat(SnapshotContent.of(changes))
        .as("%s, changes after %s", config, new Script(done))
        .isEqualTo(SnapshotContent.of(whole));
  }

  /** Restarts from a save; later calls are lost for both. */
  private void restart(Snapshot<String> from, int doneBefore) {
    operator = create.apply(config);
    operator.restore(from);
    done.subList(doneBefore, done.size()).clear();
    oracle = config.oracle();
    new Script(done).play(oracle, expected);
    expected.drain();
    assertThat(WindowLaws.differentCounters(oracle, operator))
        .as("%s, restarted after %s", config, new Script(done))
        .isEmpty();
  }

  private void crashToFull() {
    restart(SnapshotLaws.copy(full), doneBeforeFull);
    // An engine begins its increments anew from the state that it restored.
    changes = SnapshotLaws.copy(full);
    doneBeforeChanges = doneBeforeFull;
  }

  private void crashToChanges() {
    changes = SnapshotLaws.copy(changes);
    restart(changes, doneBeforeChanges);
    // The full save may include calls that are now lost.
    full = SnapshotLaws.copy(changes);
    doneBeforeFull = doneBeforeChanges;
  }

  private void passEverything() {
    call(new Script.Advance(WindowLaws.pastEverything(config, new Script(done))));
    assertThat(WindowLaws.leftBehind(operator))
        .as("%s after %s", config, new Script(done))
        .isEmpty();
    saveChanges();
    now = Math.max(now, done.get(done.size() - 1) instanceof Script.Advance a ? a.watermark() : 0);
  }

  private boolean canEnd() {
    return config.windows().stream().noneMatch(WindowLaws::staysUntilTheEnd)
        && WindowLaws.pastEverything(config, new Script(done)) < Long.MAX_VALUE / 2;
  }

  @Override
  public String toString() {
    return config + " after " + done.size() + " calls";
  }

  private static Action.Independent<OperatorLifecycle> action(
      Arbitrary<Transformer<OperatorLifecycle>> arbitrary) {
    return () -> arbitrary;
  }

  private static Action.Independent<OperatorLifecycle> action(
      String name, Consumer<OperatorLifecycle> change) {
    return action(Arbitraries.just(Transformer.mutate(name, change)));
  }

  /**
   * Returns life cycles of operators.
   *
   * @param kinds the kinds of windows
   * @param create creates an operator
   */
  public static Arbitrary<ActionChain<OperatorLifecycle>> lifecycles(
      Kinds kinds, Function<WindowingConfig, Processor<String, Sample, Object>> create) {
    Arbitrary<Transformer<OperatorLifecycle>> process =
        Combinators.combine(
                Arbitraries.of("a", "b", "c"),
                Arbitraries.longs().between(-4 * UNIT, 2 * UNIT),
                Arbitraries.integers().between(-9, 9),
                Arbitraries.longs().between(0, 2 * UNIT))
            .as(
                (key, delay, value, gap) ->
                    Transformer.mutate(
                        "process %s %d %d %d".formatted(key, delay, value, gap),
                        lifecycle -> lifecycle.process(key, delay, value, gap)));
    Arbitrary<Transformer<OperatorLifecycle>> advance =
        Arbitraries.longs()
            .between(-3 * UNIT, UNIT)
            .map(
                lag ->
                    Transformer.mutate(
                        "advance to now " + lag,
                        lifecycle -> lifecycle.call(new Script.Advance(lifecycle.now + lag))));
    return Arbitraries.longs()
        .flatMap(
            seed ->
                ActionChain.startWith(() -> new OperatorLifecycle(seed, kinds, create))
                    .withAction(12, action(process))
                    .withAction(4, action(advance))
                    .withAction(1, action("early", lifecycle -> lifecycle.call(new Script.Early())))
                    .withAction(1, action("save all", OperatorLifecycle::saveFull))
                    .withAction(2, action("save changes", OperatorLifecycle::saveChanges))
                    .withAction(1, action("crash, restore all", OperatorLifecycle::crashToFull))
                    .withAction(
                        1, action("crash, restore changes", OperatorLifecycle::crashToChanges))
                    .withAction(
                        1,
                        new Action.Independent<OperatorLifecycle>() {
                          @Override
                          public boolean precondition(OperatorLifecycle lifecycle) {
                            return lifecycle.canEnd();
                          }

                          @Override
                          public Arbitrary<Transformer<OperatorLifecycle>> transformer() {
                            return Arbitraries.just(
                                Transformer.mutate(
                                    "pass everything", OperatorLifecycle::passEverything));
                          }
                        })
                    .withMaxTransformations(60));
  }

  /** To be called on the last state of a chain. */
  public void end() {
    if (canEnd()) {
      passEverything();
    }
  }
}
