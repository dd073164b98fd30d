package io.thalweg.testing;

import io.thalweg.Pane;
import io.thalweg.Pane.Timing;
import io.thalweg.Processor;
import io.thalweg.testing.Plan.Kinds;
import io.thalweg.window.Window;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/**
 * The laws of the semantics page that any implementation can be held to alone. What only a real
 * operator has (snapshots, state that must go away) is in the class that extends this for it.
 */
abstract class WindowLaws {

  abstract Processor<String, Sample, Object> create(Plan plan);

  /** What an operator says to each step. */
  private List<List<Emission<String, Object>>> answers(Plan plan, Script script) {
    Processor<String, Sample, Object> operator = create(plan);
    Recording<String, Object> out = new Recording<>();
    List<List<Emission<String, Object>>> answers = new ArrayList<>();
    for (Script.Step step : script.steps()) {
      step.call(operator, out);
      answers.add(out.take());
    }
    operator.advance(Long.MAX_VALUE, out);
    answers.add(out.take());
    return answers;
  }

  private static Optional<String> compare(
      Script script,
      List<List<Emission<String, Object>>> expected,
      List<List<Emission<String, Object>>> actual) {
    for (int i = 0; i < expected.size(); i++) {
      Optional<String> difference =
          Said.difference(expected.get(i), actual.get(i), Said.Values.EQUIVALENT);
      if (difference.isPresent()) {
        String step = i < script.steps().size() ? script.steps().get(i).toString() : "the end";
        return Optional.of("at step " + i + ", " + step + "\n" + difference.get());
      }
    }
    return Optional.empty();
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law1_eventsBetweenAdvancesPermuted_sameResults(@ForAll long seed) {
    Trial.of(seed, Kinds.EVENT_TIME)
        .check(
            (plan, script) -> {
              Script permuted = permuted(script, seed);
              List<Emission<String, Object>> late = new ArrayList<>();
              List<Emission<String, Object>> permutedLate = new ArrayList<>();
              return compare(
                      script,
                      withoutEvents(script, answers(plan, script), late),
                      withoutEvents(permuted, answers(plan, permuted), permutedLate))
                  .or(
                      () -> {
                        List<String> expected =
                            late.stream().map(String::valueOf).sorted().toList();
                        List<String> actual =
                            permutedLate.stream().map(String::valueOf).sorted().toList();
                        return expected.equals(actual)
                            ? Optional.empty()
                            : Optional.of(
                                "expected late or rejected " + expected + ", got " + actual);
                      });
            });
  }

  private static Script permuted(Script script, long seed) {
    List<Script.Step> steps = new ArrayList<>(script.steps());
    Random random = new Random(seed);
    int from = 0;
    for (int i = 0; i <= steps.size(); i++) {
      if (i == steps.size() || !(steps.get(i) instanceof Script.Process)) {
        Collections.shuffle(steps.subList(from, i), random);
        from = i + 1;
      }
    }
    return new Script(steps);
  }

  /** The answers to other steps; those to events, late and rejected ones, go into a bag. */
  private static List<List<Emission<String, Object>>> withoutEvents(
      Script script,
      List<List<Emission<String, Object>>> answers,
      List<Emission<String, Object>> bag) {
    List<List<Emission<String, Object>>> others = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      boolean event = i < script.steps().size() && script.steps().get(i) instanceof Script.Process;
      if (event) {
        bag.addAll(answers.get(i));
      }
      others.add(event ? List.of() : answers.get(i));
    }
    return others;
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law3_timeShifted_resultsShifted(@ForAll long seed) {
    long by = new Random(seed).nextInt(-100_000, 100_000);
    Trial trial = Trial.midway(seed, Kinds.ALL);
    trial
        .with(
            plan ->
                plan.with(
                    plan.windows().stream()
                        .filter(window -> !(window instanceof Window.Global))
                        .filter(window -> !isHuge(window))
                        .<Window<? super Sample>>map(window -> window)
                        .toList()))
        .with(plan -> plan.windows().isEmpty() ? plan.with(List.of(new Window.Session(3))) : plan)
        .withScript(script -> new Script(script.steps().stream().filter(s -> !isAtEnd(s)).toList()))
        .check(
            (plan, script) -> {
              Plan shiftedPlan =
                  plan.with(
                      plan.windows().stream()
                          .<Window<? super Sample>>map(window -> shifted(window, by))
                          .toList());
              return compare(
                  script,
                  answers(plan, script).stream()
                      .map(said -> said.stream().map(e -> shifted(e, plan, by)).toList())
                      .toList(),
                  answers(shiftedPlan, script.shifted(by)));
            });
  }

  private static boolean isAtEnd(Script.Step step) {
    return step instanceof Script.Process process
        ? process.timestamp() == Long.MIN_VALUE || process.timestamp() == Long.MAX_VALUE
        : step instanceof Script.Advance advance
            && advance.watermark() < Long.MIN_VALUE + 1_000_000;
  }

  private static boolean isHuge(Window<?> window) {
    long huge = Long.MAX_VALUE >> 10;
    return window instanceof Window.Sliding sliding
            && Math.max(sliding.size(), sliding.slide()) > huge
        || window instanceof Window.Cumulative cumulative && cumulative.max() > huge
        || window instanceof Window.Session session && session.gap() > huge
        || window instanceof Window.Trailing trailing && trailing.size() > huge;
  }

  private static Window<? super Sample> shifted(Window<? super Sample> window, long by) {
    if (window instanceof Window.Sliding w) {
      return new Window.Sliding(w.size(), w.slide(), w.offset() + by);
    }
    if (window instanceof Window.Cumulative w) {
      return new Window.Cumulative(w.max(), w.step(), w.offset() + by);
    }
    return window;
  }

  private static Emission<String, Object> shifted(
      Emission<String, Object> said, Plan plan, long by) {
    if (said instanceof Emission.Late<String, Object> late) {
      return new Emission.Late<>(
          late.key(),
          late.event(),
          late.timestamp() + by,
          // Before the first watermark and at the end of the stream there is nothing to shift.
          late.watermark() == Long.MIN_VALUE || late.watermark() == Long.MAX_VALUE
              ? late.watermark()
              : late.watermark() + by);
    }
    if (said instanceof Emission.Rejection<String, Object> rejection) {
      return new Emission.Rejection<>(
          rejection.key(), rejection.event(), rejection.timestamp() + by, rejection.reason());
    }
    Pane at = Said.pane(said);
    Window<?> window = plan.windows().get(at.query());
    long move = window instanceof Window.Count || window instanceof Window.TrailingCount ? 0 : by;
    Pane to =
        new Pane(
            at.query(), at.start() + move, at.end() + move, at.timing(), at.index(), at.last());
    if (said instanceof Emission.Update<String, Object> update) {
      return new Emission.Update<>(said.key(), to, update.value(), update.previous());
    }
    if (said instanceof Emission.Retraction<String, Object> retraction) {
      return new Emission.Retraction<>(said.key(), to, retraction.previous());
    }
    return new Emission.Answer<>(said.key(), to, ((Emission.Answer<String, Object>) said).value());
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law4_severalQueries_asSeparateOperators(@ForAll long seed) {
    Trial.of(seed, Kinds.ALL)
        // An event whose own gap is not allowed is refused by the whole operator.
        .withScript(WindowLaws::withoutBadGaps)
        .with(
            plan ->
                plan.with(
                    plan.windows().stream()
                        .<Window<? super Sample>>map(
                            window ->
                                window instanceof Window.EventSession<? super Sample>
                                    ? new Window.EventSession<>(Sample::gap, Long.MAX_VALUE)
                                    : window)
                        .toList()))
        .check(
            (plan, script) -> {
              List<List<Emission<String, Object>>> together = answers(plan, script);
              for (int query = 0; query < plan.windows().size(); query++) {
                int q = query;
                List<List<Emission<String, Object>>> alone =
                    answers(plan.with(List.of(plan.windows().get(q))), script).stream()
                        .map(said -> said.stream().filter(WindowLaws::isResult).toList())
                        .toList();
                List<List<Emission<String, Object>>> part =
                    together.stream()
                        .map(
                            said ->
                                said.stream()
                                    .filter(e -> isResult(e) && Said.pane(e).query() == q)
                                    .map(WindowLaws::asFirstQuery)
                                    .toList())
                        .toList();
                Optional<String> difference = compare(script, alone, part);
                if (difference.isPresent()) {
                  return difference.map(text -> "query " + q + " " + text);
                }
              }
              return Optional.empty();
            });
  }

  static Script withoutBadGaps(Script script) {
    return new Script(
        script.steps().stream()
            .filter(step -> !(step instanceof Script.Process p) || p.event().gap() > 0)
            .toList());
  }

  private static boolean isResult(Emission<String, Object> said) {
    return !(said instanceof Emission.Late) && !(said instanceof Emission.Rejection);
  }

  private static Emission<String, Object> asFirstQuery(Emission<String, Object> said) {
    Pane at = Said.pane(said);
    Pane to = new Pane(0, at.start(), at.end(), at.timing(), at.index(), at.last());
    if (said instanceof Emission.Update<String, Object> update) {
      return new Emission.Update<>(said.key(), to, update.value(), update.previous());
    }
    if (said instanceof Emission.Retraction<String, Object> retraction) {
      return new Emission.Retraction<>(said.key(), to, retraction.previous());
    }
    return new Emission.Answer<>(said.key(), to, ((Emission.Answer<String, Object>) said).value());
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law5_otherKeysInterleaved_nothingChanges(@ForAll long seed) {
    Trial.of(seed, Kinds.ALL)
        .check(
            (plan, script) -> {
              String key = "k0";
              Script alone =
                  new Script(
                      script.steps().stream()
                          .filter(s -> !(s instanceof Script.Process p) || p.key().equals(key))
                          .toList());
              List<List<Emission<String, Object>>> all = answers(plan, script);
              List<List<Emission<String, Object>>> ofKey = new ArrayList<>();
              for (int i = 0; i < all.size(); i++) {
                if (i == script.steps().size()
                    || !(script.steps().get(i) instanceof Script.Process p)
                    || p.key().equals(key)) {
                  ofKey.add(all.get(i).stream().filter(e -> e.key().equals(key)).toList());
                }
              }
              return compare(alone, answers(plan, alone), ofKey);
            });
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law6_atEveryMoment_accountingAddsUp(@ForAll long seed) {
    Trial.of(seed, Kinds.ALL)
        .check(
            (plan, script) -> {
              Processor<String, Sample, Object> operator = create(plan);
              Recording<String, Object> out = new Recording<>();
              long offered = 0;
              long late = 0;
              long rejected = 0;
              for (Script.Step step : script.steps()) {
                step.call(operator, out);
                offered += step instanceof Script.Process ? 1 : 0;
                for (Emission<String, Object> said : out.take()) {
                  late += said instanceof Emission.Late ? 1 : 0;
                  rejected += said instanceof Emission.Rejection ? 1 : 0;
                }
                Map<String, Long> counters = ConformanceCases.counters(operator);
                if (counters.get("offered") != offered
                    || counters.get("late") != late
                    || counters.get("rejected") != rejected
                    || counters.get("admitted")
                            + counters.get("late")
                            + counters.get("unassigned")
                            + counters.get("rejected")
                        != offered
                    || counters.get("partiallyLate") > counters.get("admitted")) {
                  return Optional.of(
                      "%d offered, %d late, %d rejected, but %s"
                          .formatted(offered, late, rejected, counters));
                }
              }
              return Optional.empty();
            });
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law8_earlyResults_changeNothingButThePaneIndex(@ForAll long seed) {
    Trial.of(seed, Kinds.ALL)
        .with(plan -> plan.with("accumulating"))
        .check(
            (plan, script) -> {
              Script silent =
                  new Script(
                      script.steps().stream().filter(s -> !(s instanceof Script.Early)).toList());
              List<List<Emission<String, Object>>> all = answers(plan, script);
              List<List<Emission<String, Object>>> others = new ArrayList<>();
              for (int i = 0; i < all.size(); i++) {
                if (i == script.steps().size()
                    || !(script.steps().get(i) instanceof Script.Early)) {
                  others.add(all.get(i).stream().map(WindowLaws::withoutIndex).toList());
                } else if (all.get(i).stream()
                    .anyMatch(said -> Said.pane(said).timing() != Timing.EARLY)) {
                  return Optional.of("early() gave " + all.get(i));
                }
              }
              return compare(
                  silent,
                  answers(plan, silent).stream()
                      .map(said -> said.stream().map(WindowLaws::withoutIndex).toList())
                      .toList(),
                  others);
            });
  }

  private static Emission<String, Object> withoutIndex(Emission<String, Object> said) {
    if (said instanceof Emission.Update<String, Object> update) {
      Pane at = update.at();
      return new Emission.Update<>(
          said.key(),
          new Pane(at.query(), at.start(), at.end(), at.timing(), 0, at.last()),
          update.value(),
          update.previous());
    }
    return said;
  }
}
