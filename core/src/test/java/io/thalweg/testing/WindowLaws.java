package io.thalweg.testing;

import io.thalweg.Pane;
import io.thalweg.Pane.Timing;
import io.thalweg.Processor;
import io.thalweg.Snapshot;
import io.thalweg.window.AccumulationMode;
import io.thalweg.window.WindowSpec;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;

/** Laws of the semantics page, each checked on one random configuration and script. */
public final class WindowLaws {

  private final Function<WindowingConfig, Processor<String, Sample, Object>> create;

  /** Creates the laws for operators that a function creates from a configuration. */
  public WindowLaws(Function<WindowingConfig, Processor<String, Sample, Object>> create) {
    this.create = create;
  }

  /** Returns the results of each step. */
  private List<List<RecordedResult<String, Object>>> results(
      WindowingConfig config, Script script) {
    Processor<String, Sample, Object> operator = create.apply(config);
    Recording<String, Object> out = new Recording<>();
    List<List<RecordedResult<String, Object>>> answers = new ArrayList<>();
    for (Script.Step step : script.steps()) {
      step.call(operator, out);
      answers.add(out.drain());
    }
    operator.advance(Long.MAX_VALUE, out);
    answers.add(out.drain());
    return answers;
  }

  private static Optional<String> compare(
      Script script,
      List<List<RecordedResult<String, Object>>> expected,
      List<List<RecordedResult<String, Object>>> actual) {
    for (int i = 0; i < expected.size(); i++) {
      Optional<String> difference =
          ResultComparison.difference(
              expected.get(i), actual.get(i), ResultComparison.Values.EQUIVALENT);
      if (difference.isPresent()) {
        String step = i < script.steps().size() ? script.steps().get(i).toString() : "the end";
        return Optional.of("at step " + i + ", " + step + "\n" + difference.get());
      }
    }
    return Optional.empty();
  }

  public void law1(RandomCase randomCase) {
    randomCase.check(
        (config, script) -> {
          Script permuted = permuted(script, randomCase.seed());
          List<RecordedResult<String, Object>> late = new ArrayList<>();
          List<RecordedResult<String, Object>> permutedLate = new ArrayList<>();
          return compare(
                  script,
                  withoutEvents(script, results(config, script), late),
                  withoutEvents(permuted, results(config, permuted), permutedLate))
              .or(
                  () -> {
                    List<String> expected = late.stream().map(String::valueOf).sorted().toList();
                    List<String> actual =
                        permutedLate.stream().map(String::valueOf).sorted().toList();
                    return expected.equals(actual)
                        ? Optional.empty()
                        : Optional.of("expected late or rejected " + expected + ", got " + actual);
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

  /**
   * Returns the results of steps that are not events; results of events, which are late and
   * rejected events, are added to a bag.
   */
  private static List<List<RecordedResult<String, Object>>> withoutEvents(
      Script script,
      List<List<RecordedResult<String, Object>>> answers,
      List<RecordedResult<String, Object>> bag) {
    List<List<RecordedResult<String, Object>>> others = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      boolean event = i < script.steps().size() && script.steps().get(i) instanceof Script.Process;
      if (event) {
        bag.addAll(answers.get(i));
      }
      others.add(event ? List.of() : answers.get(i));
    }
    return others;
  }

  public void law2(RandomCase randomCase) {
    randomCase.check(
        (config, script) ->
            SnapshotLaws.broken(() -> create.apply(config), script, randomCase.seed()));
  }

  public void law3(RandomCase randomCase) {
    long by = new Random(randomCase.seed()).nextInt(-100_000, 100_000);
    randomCase
        .with(
            config ->
                config.with(
                    config.windows().stream()
                        .filter(window -> !(window instanceof WindowSpec.Global))
                        .filter(window -> !isHuge(window))
                        .<WindowSpec<? super Sample>>map(window -> window)
                        .toList()))
        .withScript(script -> new Script(script.steps().stream().filter(s -> !isAtEnd(s)).toList()))
        .check(
            (config, script) -> {
              if (config.windows().isEmpty()) {
                return Optional.empty(); // none whose bounds move with time
              }
              WindowingConfig shiftedPlan =
                  config.with(
                      config.windows().stream()
                          .<WindowSpec<? super Sample>>map(window -> shifted(window, by))
                          .toList());
              return compare(
                  script,
                  results(config, script).stream()
                      .map(result -> result.stream().map(e -> shifted(e, config, by)).toList())
                      .toList(),
                  results(shiftedPlan, script.shifted(by)));
            });
  }

  private static boolean isAtEnd(Script.Step step) {
    return step instanceof Script.Process process
        ? process.timestamp() == Long.MIN_VALUE || process.timestamp() == Long.MAX_VALUE
        : step instanceof Script.Advance advance
            && advance.watermark() < Long.MIN_VALUE + 1_000_000;
  }

  private static boolean isHuge(WindowSpec<?> window) {
    long huge = Long.MAX_VALUE >> 10;
    return window instanceof WindowSpec.Sliding sliding
            && Math.max(sliding.size(), sliding.slide()) > huge
        || window instanceof WindowSpec.Cumulative cumulative && cumulative.max() > huge
        || window instanceof WindowSpec.Session session && session.gap() > huge
        || window instanceof WindowSpec.Trailing trailing && trailing.size() > huge;
  }

  private static WindowSpec<? super Sample> shifted(WindowSpec<? super Sample> window, long by) {
    if (window instanceof WindowSpec.Sliding w) {
      return new WindowSpec.Sliding(w.size(), w.slide(), w.offset() + by);
    }
    if (window instanceof WindowSpec.Cumulative w) {
      return new WindowSpec.Cumulative(w.max(), w.step(), w.offset() + by);
    }
    return window;
  }

  private static RecordedResult<String, Object> shifted(
      RecordedResult<String, Object> result, WindowingConfig config, long by) {
    if (result instanceof RecordedResult.Late<String, Object> late) {
      return new RecordedResult.Late<>(
          late.key(),
          late.event(),
          late.timestamp() + by,
          // Before the first watermark and at the end of the stream there is nothing to shift.
          late.watermark() == Long.MIN_VALUE || late.watermark() == Long.MAX_VALUE
              ? late.watermark()
              : late.watermark() + by);
    }
    if (result instanceof RecordedResult.Rejection<String, Object> rejection) {
      return new RecordedResult.Rejection<>(
          rejection.key(), rejection.event(), rejection.timestamp() + by, rejection.reason());
    }
    Pane at = ResultComparison.pane(result);
    WindowSpec<?> window = config.windows().get(at.query());
    long move =
        window instanceof WindowSpec.Count || window instanceof WindowSpec.TrailingCount ? 0 : by;
    Pane to =
        new Pane(
            at.query(), at.start() + move, at.end() + move, at.timing(), at.index(), at.last());
    if (result instanceof RecordedResult.Update<String, Object> update) {
      return new RecordedResult.Update<>(result.key(), to, update.value(), update.previous());
    }
    if (result instanceof RecordedResult.Retraction<String, Object> retraction) {
      return new RecordedResult.Retraction<>(result.key(), to, retraction.previous());
    }
    return new RecordedResult.Answer<>(
        result.key(), to, ((RecordedResult.Answer<String, Object>) result).value());
  }

  public void law4(RandomCase randomCase) {
    randomCase
        // An event whose own gap is not allowed is refused by the whole operator.
        .withScript(WindowLaws::withoutBadGaps)
        .with(
            config ->
                config.with(
                    config.windows().stream()
                        .<WindowSpec<? super Sample>>map(
                            window ->
                                window instanceof WindowSpec.EventSession<? super Sample>
                                    ? new WindowSpec.EventSession<>(Sample::gap, Long.MAX_VALUE)
                                    : window)
                        .toList()))
        .check(
            (config, script) -> {
              List<List<RecordedResult<String, Object>>> together = results(config, script);
              for (int query = 0; query < config.windows().size(); query++) {
                int q = query;
                List<List<RecordedResult<String, Object>>> alone =
                    results(config.with(List.of(config.windows().get(q))), script).stream()
                        .map(result -> result.stream().filter(WindowLaws::isResult).toList())
                        .toList();
                List<List<RecordedResult<String, Object>>> part =
                    together.stream()
                        .map(
                            result ->
                                result.stream()
                                    .filter(
                                        e -> isResult(e) && ResultComparison.pane(e).query() == q)
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

  public static Script withoutBadGaps(Script script) {
    return new Script(
        script.steps().stream()
            .filter(step -> !(step instanceof Script.Process p) || p.event().gap() > 0)
            .toList());
  }

  private static boolean isResult(RecordedResult<String, Object> result) {
    return !(result instanceof RecordedResult.Late)
        && !(result instanceof RecordedResult.Rejection);
  }

  private static RecordedResult<String, Object> asFirstQuery(
      RecordedResult<String, Object> result) {
    Pane at = ResultComparison.pane(result);
    Pane to = new Pane(0, at.start(), at.end(), at.timing(), at.index(), at.last());
    if (result instanceof RecordedResult.Update<String, Object> update) {
      return new RecordedResult.Update<>(result.key(), to, update.value(), update.previous());
    }
    if (result instanceof RecordedResult.Retraction<String, Object> retraction) {
      return new RecordedResult.Retraction<>(result.key(), to, retraction.previous());
    }
    return new RecordedResult.Answer<>(
        result.key(), to, ((RecordedResult.Answer<String, Object>) result).value());
  }

  public void law5(RandomCase randomCase) {
    randomCase.check(
        (config, script) -> {
          String key = "k0";
          Script alone =
              new Script(
                  script.steps().stream()
                      .filter(s -> !(s instanceof Script.Process p) || p.key().equals(key))
                      .toList());
          List<List<RecordedResult<String, Object>>> all = results(config, script);
          List<List<RecordedResult<String, Object>>> ofKey = new ArrayList<>();
          for (int i = 0; i < all.size(); i++) {
            if (i == script.steps().size()
                || !(script.steps().get(i) instanceof Script.Process p)
                || p.key().equals(key)) {
              ofKey.add(all.get(i).stream().filter(e -> e.key().equals(key)).toList());
            }
          }
          return compare(alone, results(config, alone), ofKey);
        });
  }

  public void law6(RandomCase randomCase) {
    randomCase.check(
        (config, script) -> {
          Processor<String, Sample, Object> operator = create.apply(config);
          Recording<String, Object> out = new Recording<>();
          long offered = 0;
          long late = 0;
          long rejected = 0;
          for (Script.Step step : script.steps()) {
            step.call(operator, out);
            offered += step instanceof Script.Process ? 1 : 0;
            for (RecordedResult<String, Object> result : out.drain()) {
              late += result instanceof RecordedResult.Late ? 1 : 0;
              rejected += result instanceof RecordedResult.Rejection ? 1 : 0;
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

  /** For configurations without count windows, which have no end. */
  public void law7(RandomCase randomCase) {
    randomCase.check(
        (config, script) -> {
          Processor<String, Sample, Object> operator = create.apply(config);
          Recording<String, Object> out = new Recording<>();
          script.play(operator, out);
          if (config.windows().stream().noneMatch(WindowLaws::isEndless)) {
            operator.advance(pastEverything(config, script), out);
            Optional<String> left = leftBehind(operator);
            if (left.isPresent()) {
              return left;
            }
          }
          operator.advance(Long.MAX_VALUE, out);
          return leftBehind(operator).map(left -> "at the end of the stream " + left);
        });
  }

  /** Returns whether windows keep state of a key until the end of the stream. */
  public static boolean isEndless(WindowSpec<?> window) {
    return window instanceof WindowSpec.Global
        || window instanceof WindowSpec.EventSession<?> session
            && session.largestGap() == Long.MAX_VALUE;
  }

  /**
   * Returns whether windows keep state of a key until the end of the stream, including count
   * windows, which count arrivals permanently.
   */
  public static boolean staysUntilTheEnd(WindowSpec<?> window) {
    return isEndless(window)
        || window instanceof WindowSpec.Count
        || window instanceof WindowSpec.TrailingCount;
  }

  public static long pastEverything(WindowingConfig config, Script script) {
    BigInteger newest = BigInteger.valueOf(Long.MIN_VALUE);
    for (Script.Step step : script.steps()) {
      if (step instanceof Script.Process p && p.timestamp() != Long.MAX_VALUE) {
        newest = newest.max(BigInteger.valueOf(p.timestamp()));
      } else if (step instanceof Script.Advance advance) {
        newest = newest.max(BigInteger.valueOf(advance.watermark()));
      }
    }
    BigInteger longest = BigInteger.ZERO;
    for (WindowSpec<?> window : config.windows()) {
      long length =
          window instanceof WindowSpec.Sliding sliding
              ? sliding.size()
              : window instanceof WindowSpec.Cumulative cumulative
                  ? cumulative.max()
                  : window instanceof WindowSpec.Session session
                      ? session.gap()
                      : window instanceof WindowSpec.EventSession<?> session
                          ? session.largestGap()
                          : ((WindowSpec.Trailing) window).size();
      longest = longest.max(BigInteger.valueOf(length));
    }
    // A session's remembered end counts for another gap.
    BigInteger all = newest.add(longest).add(longest).add(BigInteger.valueOf(config.lateness()));
    return all.min(BigInteger.valueOf(Long.MAX_VALUE)).longValue();
  }

  /** Checks law 7 by the counters of the operator and by its snapshot. */
  public static Optional<String> leftBehind(Processor<String, Sample, Object> operator) {
    Map<String, Long> counters = ConformanceCases.counters(operator);
    for (String gauge : List.of("keys", "states", "openWindows", "slices", "timers")) {
      if (counters.getOrDefault(gauge, 0L) != 0) {
        return Optional.of("left behind: " + counters);
      }
    }
    Snapshot<String> saved = new Snapshot<>();
    operator.save(saved);
    Map<String, String> content = SnapshotContent.of(saved);
    content.keySet().removeIf(address -> address.endsWith("|shared"));
    return content.isEmpty() ? Optional.empty() : Optional.of("left behind: " + content);
  }

  public void law8(RandomCase randomCase) {
    randomCase
        .with(config -> config.with(AccumulationMode.ACCUMULATING))
        .check(
            (config, script) -> {
              Script silent =
                  new Script(
                      script.steps().stream().filter(s -> !(s instanceof Script.Early)).toList());
              List<List<RecordedResult<String, Object>>> all = results(config, script);
              List<List<RecordedResult<String, Object>>> others = new ArrayList<>();
              for (int i = 0; i < all.size(); i++) {
                if (i == script.steps().size()
                    || !(script.steps().get(i) instanceof Script.Early)) {
                  others.add(all.get(i).stream().map(WindowLaws::withoutIndex).toList());
                } else if (all.get(i).stream()
                    .anyMatch(result -> ResultComparison.pane(result).timing() != Timing.EARLY)) {
                  return Optional.of("early() gave " + all.get(i));
                }
              }
              return compare(
                  silent,
                  results(config, silent).stream()
                      .map(result -> result.stream().map(WindowLaws::withoutIndex).toList())
                      .toList(),
                  others);
            });
  }

  private static RecordedResult<String, Object> withoutIndex(
      RecordedResult<String, Object> result) {
    if (result instanceof RecordedResult.Update<String, Object> update) {
      Pane at = update.at();
      return new RecordedResult.Update<>(
          result.key(),
          new Pane(at.query(), at.start(), at.end(), at.timing(), 0, at.last()),
          update.value(),
          update.previous());
    }
    return result;
  }

  public void law9(RandomCase randomCase) {
    randomCase.check(
        (config, script) -> {
          Processor<String, Sample, Object> operator = create.apply(config);
          Processor<String, Sample, Object> oracle = config.oracle();
          Recording<String, Object> expected = new Recording<>();
          Recording<String, Object> actual = new Recording<>();
          List<Script.Step> steps = new ArrayList<>(script.steps());
          steps.add(new Script.Advance(Long.MAX_VALUE));
          for (Script.Step step : steps) {
            step.call(oracle, expected);
            step.call(operator, actual);
            Optional<String> difference =
                ResultComparison.difference(
                        expected.drain(), actual.drain(), ResultComparison.Values.EQUIVALENT)
                    .or(() -> differentCounters(oracle, operator));
            if (difference.isPresent()) {
              return difference.map(text -> "at " + step + "\n" + text);
            }
          }
          return Optional.empty();
        });
  }

  private static final List<String> COMPARED =
      List.of(
          "offered",
          "admitted",
          "late",
          "partiallyLate",
          "unassigned",
          "rejected",
          "keys",
          "openWindows",
          "watermark",
          "backwardAdvances");

  public static Optional<String> differentCounters(
      Processor<?, ?, ?> oracle, Processor<?, ?, ?> operator) {
    Map<String, Long> expected = ConformanceCases.counters(oracle);
    Map<String, Long> actual = ConformanceCases.counters(operator);
    for (String name : COMPARED) {
      if (!expected.get(name).equals(actual.getOrDefault(name, 0L))) {
        return Optional.of("expected " + expected + "\n but counts " + actual);
      }
    }
    return Optional.empty();
  }
}
