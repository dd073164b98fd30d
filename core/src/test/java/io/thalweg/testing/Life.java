package io.thalweg.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Processor;
import io.thalweg.Snapshot;
import io.thalweg.testing.Plan.Kinds;
import io.thalweg.testing.StreamGenerator.Values;
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
 * An operator through its life: events, watermarks, early ticks, full and incremental saves, and
 * crashes that lose what came since the last save of either kind. The oracle goes beside it, and is
 * replayed where the operator starts again. Once the watermark has passed everything, nothing may
 * be left.
 */
final class Life {

  private static final long UNIT = 10;

  private final Function<Plan, Processor<String, Sample, Object>> create;
  private final Plan plan;
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

  private Life(long seed, Kinds kinds, Function<Plan, Processor<String, Sample, Object>> create) {
    this.create = create;
    SplittableRandom random = new SplittableRandom(seed);
    Values values = random.nextBoolean() ? Values.INTEGERS : Values.OFFSET;
    StreamGenerator stream = new StreamGenerator(0, UNIT, 4, values);
    plan = Plan.any(random, stream, kinds);
    operator = create.apply(plan);
    oracle = plan.oracle();
  }

  private void call(Script.Step step) {
    done.add(step);
    step.call(oracle, expected);
    step.call(operator, actual);
    assertThat(
            Said.difference(expected.take(), actual.take(), Said.Values.EQUIVALENT)
                .or(() -> Laws.differentCounters(oracle, operator)))
        .as("%s after %s", plan, new Script(done))
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
        .as("%s, changes after %s", plan, new Script(done))
        .isEqualTo(SnapshotContent.of(whole));
  }

  /** Starts again from a save; what came since is lost for both. */
  private void restart(Snapshot<String> from, int doneBefore) {
    operator = create.apply(plan);
    operator.restore(from);
    done.subList(doneBefore, done.size()).clear();
    oracle = plan.oracle();
    new Script(done).play(oracle, expected);
    expected.take();
    assertThat(Laws.differentCounters(oracle, operator))
        .as("%s, restarted after %s", plan, new Script(done))
        .isEmpty();
  }

  private void crashToFull() {
    restart(SavingLaws.copy(full), doneBeforeFull);
    // An engine begins its increments anew from the state that it restored.
    changes = SavingLaws.copy(full);
    doneBeforeChanges = doneBeforeFull;
  }

  private void crashToChanges() {
    changes = SavingLaws.copy(changes);
    restart(changes, doneBeforeChanges);
    // A full save may be of what is now lost.
    full = SavingLaws.copy(changes);
    doneBeforeFull = doneBeforeChanges;
  }

  private void passEverything() {
    call(new Script.Advance(Laws.pastEverything(plan, new Script(done))));
    assertThat(Laws.leftBehind(operator)).as("%s after %s", plan, new Script(done)).isEmpty();
    saveChanges();
    now = Math.max(now, done.get(done.size() - 1) instanceof Script.Advance a ? a.watermark() : 0);
  }

  private boolean canEnd() {
    return plan.windows().stream().noneMatch(Laws::staysUntilTheEnd)
        && Laws.pastEverything(plan, new Script(done)) < Long.MAX_VALUE / 2;
  }

  @Override
  public String toString() {
    return plan + " after " + done.size() + " calls";
  }

  private static Action.Independent<Life> action(Arbitrary<Transformer<Life>> arbitrary) {
    return () -> arbitrary;
  }

  private static Action.Independent<Life> action(String name, Consumer<Life> change) {
    return action(Arbitraries.just(Transformer.mutate(name, change)));
  }

  /**
   * Lives of operators.
   *
   * @param kinds which windows they have
   * @param create makes an operator
   */
  static Arbitrary<ActionChain<Life>> lives(
      Kinds kinds, Function<Plan, Processor<String, Sample, Object>> create) {
    Arbitrary<Transformer<Life>> process =
        Combinators.combine(
                Arbitraries.of("a", "b", "c"),
                Arbitraries.longs().between(-4 * UNIT, 2 * UNIT),
                Arbitraries.integers().between(-9, 9),
                Arbitraries.longs().between(0, 2 * UNIT))
            .as(
                (key, delay, value, gap) ->
                    Transformer.mutate(
                        "process %s %d %d %d".formatted(key, delay, value, gap),
                        life -> life.process(key, delay, value, gap)));
    Arbitrary<Transformer<Life>> advance =
        Arbitraries.longs()
            .between(-3 * UNIT, UNIT)
            .map(
                lag ->
                    Transformer.mutate(
                        "advance to now " + lag,
                        life -> life.call(new Script.Advance(life.now + lag))));
    return Arbitraries.longs()
        .flatMap(
            seed ->
                ActionChain.startWith(() -> new Life(seed, kinds, create))
                    .withAction(12, action(process))
                    .withAction(4, action(advance))
                    .withAction(1, action("early", life -> life.call(new Script.Early())))
                    .withAction(1, action("save all", Life::saveFull))
                    .withAction(2, action("save changes", Life::saveChanges))
                    .withAction(1, action("crash, restore all", Life::crashToFull))
                    .withAction(1, action("crash, restore changes", Life::crashToChanges))
                    .withAction(
                        1,
                        new Action.Independent<Life>() {
                          @Override
                          public boolean precondition(Life life) {
                            return life.canEnd();
                          }

                          @Override
                          public Arbitrary<Transformer<Life>> transformer() {
                            return Arbitraries.just(
                                Transformer.mutate("pass everything", Life::passEverything));
                          }
                        })
                    .withMaxTransformations(60));
  }

  /** To be called on the last state of a chain. */
  void end() {
    if (canEnd()) {
      passEverything();
    }
  }
}
