package io.thalweg.storm.testing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Records, numbers of tasks and faults of a run, all derived from one seed. */
record Scenario(
    long seed,
    Variant variant,
    int spouts,
    int first,
    int second,
    List<TopicRecord> records,
    long disorder,
    long lateness,
    int maxUncommittedOffsets,
    int budget,
    boolean endless,
    long idleAdvance,
    List<Faults.Fault> faults) {

  private static final int END_MILLIS = 13_500;
  private static final int TAIL_GAP = 350;

  private static final Pattern WINDOW = Pattern.compile("^[a-z]+ [ab]/[^/]+/0/-?\\d+/(-?\\d+)");
  private static final Pattern ANSWER =
      Pattern.compile("^[a-z]+ [ab]/" + World.TOPIC + "(/\\d+/\\d+/)");

  /** Idle time, three heartbeats, the longest message timeout, and an ack. */
  private static final int LARGEST_DELAY = 600 + 3 * World.HEARTBEAT_MILLIS + 2_400 + 400;

  static Scenario of(long seed, Variant variant) {
    Chance chance = new Chance(seed * 1_000_003 + variant.ordinal());
    int partitions = chance.from(1, 3);
    int spouts = chance.from(1, 2);
    int first = chance.from(1, 3);
    int second = chance.from(1, 2);
    boolean late = variant.takesLateEvents();
    int disorder = late ? chance.oneOf(300, 500) : chance.oneOf(0, 50, 150, 300);
    long bound = late ? chance.oneOf(0, 50) : disorder;
    boolean endless = chance.chance(0.6);
    int end = chance.from(900, 2_500);
    List<List<TopicRecord>> logs = new ArrayList<>();
    List<Integer> quiet = new ArrayList<>();
    for (int p = 0; p < partitions; p++) {
      boolean isQuiet = p > 0 && chance.chance(0.3);
      if (isQuiet) {
        quiet.add(p);
      }
      logs.add(log(chance, p, isQuiet, end, disorder, endless));
    }
    Variant.Bolts nothing = new ReferenceBolts(2, Set.of());
    Deployment deployment =
        Simulation.of(variant.topology(nothing, spouts, first, second, 0)).deployment(1, Map.of());
    Faults faults = new RandomFaults(chance, deployment, partitions, end).draw(chance.from(1, 6));
    for (int p : quiet) {
      // An idle spout task dies shortly before a record arrives.
      if (end > 1_300 && chance.chance(0.6)) {
        int at = chance.from(1_200, end);
        logs.set(p, new ArrayList<>(List.of(arrival(chance, at, p, chance.from(0, 5), disorder))));
        faults.kill(Variant.SPOUT, p % spouts, at - chance.from(20, 300), chance.from(300, 700), 0);
      }
    }
    List<TopicRecord> records = new ArrayList<>();
    logs.forEach(records::addAll);
    return new Scenario(
        seed,
        variant,
        spouts,
        first,
        second,
        List.copyOf(records),
        bound,
        late ? disorder : 0,
        chance.oneOf(3, 8, 50),
        chance.oneOf(2, 5, 50),
        endless,
        -1,
        faults.all());
  }

  private static List<TopicRecord> log(
      Chance chance, int partition, boolean quiet, int end, int disorder, boolean endless) {
    List<TopicRecord> log = new ArrayList<>();
    int at = chance.from(0, 300);
    long offset = chance.from(0, 3);
    int number = quiet && chance.chance(0.5) ? 0 : chance.from(2, 9);
    for (int i = 0; i < number; i++) {
      at +=
          chance.oneOf(
              chance.from(1, 80), chance.from(50, 400), quiet ? chance.from(0, 1_200) : 30);
      if (at > end) {
        break;
      }
      log.add(arrival(chance, at, partition, offset, disorder));
      offset += chance.chance(0.2) ? chance.from(2, 4) : 1;
    }
    if (!quiet && endless) {
      // The stream goes on: later records close every window.
      at = end + chance.from(50, 400);
      for (int i = 0; i < 60; i++) {
        log.add(
            new TopicRecord(
                at,
                partition,
                offset++,
                chance.oneOf("a", "b", "c"),
                Variant.CLOSING + at,
                Variant.encode(0)));
        at += chance.from(150, 350);
      }
    }
    return log;
  }

  private static TopicRecord arrival(
      Chance chance, int at, int partition, long offset, int disorder) {
    return new TopicRecord(
        at,
        partition,
        offset,
        chance.oneOf("a", "b", "c"),
        1_000 + at - chance.from(0, disorder),
        Variant.encode(chance.from(1, 99)));
  }

  Simulation simulation(Variant.Bolts bolts) {
    Faults all = new Faults();
    faults.forEach(all::add);
    Simulation simulation =
        Simulation.of(variant.topology(bolts, spouts, first, second, lateness))
            .seed(seed)
            .records(records)
            .disorderMillis(disorder)
            .maxUncommittedOffsets(maxUncommittedOffsets)
            .faults(all);
    if (idleAdvance >= 0) {
      simulation.idleAdvanceMillis(idleAdvance);
    } else {
      simulation.withoutIdleAdvance();
    }
    return endless ? simulation.untilMillis(END_MILLIS) : simulation;
  }

  /** Runs the scenario and returns its violations; a bolt that refuses its state is one. */
  List<String> violations(Variant.Bolts bolts) {
    Outcome outcome;
    try {
      outcome = simulation(bolts).run();
    } catch (IllegalStateException e) {
      return List.of(e.getMessage());
    }
    return violations(outcome);
  }

  /** Returns the rows of an outcome without those of the records that close windows. */
  static Map<String, String> rows(Outcome outcome) {
    Map<String, String> rows = new TreeMap<>();
    outcome
        .rows()
        .forEach(
            (id, row) -> {
              if (Variant.isCompared((Long) row.get("timestamp"))) {
                rows.put(id, (String) row.get("answer"));
              }
            });
    return rows;
  }

  /** Returns the violations of an outcome. */
  List<String> violations(Outcome outcome) {
    List<String> violations = differences(variant.oracle(records), outcome);
    outcome.late().stream()
        .filter(late -> Variant.isCompared((Long) late.get("timestamp")))
        .forEach(late -> violations.add("late " + late));
    return violations;
  }

  /** Returns the violations of an outcome, except for late events. */
  List<String> differences(Map<String, String> expected, Outcome outcome) {
    Map<String, String> rows = rows(outcome);
    List<String> violations = new ArrayList<>();
    expected.forEach(
        (id, answer) -> {
          String got = rows.remove(id);
          if (!answer.equals(got)) {
            violations.add(
                got == null ? "lost " + id : "wrong " + id + ": " + got + ", not " + answer);
          }
        });
    rows.forEach((id, answer) -> violations.add("ghost " + id + ": " + answer));
    violations.addAll(unfinished(outcome));
    return violations;
  }

  /** Returns the violations that do not depend on the rows. */
  List<String> unfinished(Outcome outcome) {
    List<String> violations = new ArrayList<>();
    outcome.deadLetters().stream()
        .filter(letter -> !"key must not be empty".equals(letter.get("reason")))
        .forEach(letter -> violations.add("dead letter " + letter));
    if (!endless && !outcome.settled()) {
      violations.add("not settled");
    }
    return violations;
  }

  /** A smaller scenario that is still as bad, found greedily. */
  Scenario minimised(Predicate<Scenario> bad) {
    Scenario best = this;
    boolean smaller = true;
    while (smaller) {
      smaller = false;
      for (Scenario candidate : best.smaller()) {
        Scenario found = null;
        for (int k = 0; k < 6 && found == null; k++) {
          Scenario tried = candidate.with(k == 0 ? seed : k, candidate.records, candidate.faults);
          found = bad.test(tried) ? tried : null;
        }
        if (found != null) {
          best = found;
          smaller = true;
          break;
        }
      }
    }
    return best;
  }

  private List<Scenario> smaller() {
    List<Scenario> all = new ArrayList<>();
    for (int i = 0; i < faults.size(); i++) {
      all.add(with(seed, records, without(faults, i)));
    }
    for (int i = 0; i < records.size(); i++) {
      if (records.get(i).timestamp() < Variant.CLOSING && records.get(i).at() < END_MILLIS / 2) {
        all.add(with(seed, without(records, i), faults));
      }
    }
    if (first > 1) {
      all.add(with(1, second));
    }
    if (second > 1) {
      all.add(with(first, 1));
    }
    return all;
  }

  private static <T> List<T> without(List<T> all, int index) {
    List<T> fewer = new ArrayList<>(all);
    fewer.remove(index);
    return fewer;
  }

  Scenario with(List<Faults.Fault> faults) {
    return with(seed, records, faults);
  }

  /**
   * The same stream with an end that a plain spout can have: when nothing goes wrong any more,
   * records of each key come in each partition, and close whatever is open.
   *
   * @param admitted how late events may be
   */
  Scenario closed(long admitted) {
    List<TopicRecord> all =
        new ArrayList<>(records.stream().filter(r -> r.timestamp() < Variant.CLOSING).toList());
    long at = 2_700 + all.stream().mapToLong(TopicRecord::at).max().orElse(0);
    Map<Integer, Long> offsets = new TreeMap<>();
    records.forEach(r -> offsets.putIfAbsent(r.partition(), 0L));
    all.forEach(r -> offsets.put(r.partition(), r.offset() + 1));
    for (int round = 0; round < 5; round++) {
      for (int partition : offsets.keySet()) {
        for (int key = 0; key < 3; key++) {
          all.add(
              new TopicRecord(
                  at + 700L * round,
                  partition,
                  offsets.merge(partition, 1L, Long::sum) - 1,
                  List.of("a", "b", "c").get(key),
                  Variant.CLOSING + 700L * round,
                  Variant.encode((round + key) % 3))); // each key behind a mapper, too
        }
      }
    }
    return new Scenario(
        seed,
        variant,
        spouts,
        first,
        second,
        all,
        disorder,
        admitted,
        maxUncommittedOffsets,
        budget,
        false,
        idleAdvance,
        faults);
  }

  /**
   * The same as a live stream that ends in silence: event times are those of the clock, and no
   * later record closes the windows. Event time goes on by the clock alone.
   */
  Scenario silent() {
    Chance chance = new Chance(seed + 2);
    List<TopicRecord> all =
        records.stream()
            .filter(r -> r.timestamp() < Variant.CLOSING)
            .map(r -> at(r, r.offset(), r.timestamp() - 1_000))
            .toList();
    return with(all, disorder + chance.oneOf(0, 200, 600));
  }

  /**
   * The same as a stream that goes on until the end of the run in some of its partitions, with
   * stale and unreadable records among the others, and unreadable ones in a partition of their own.
   */
  Scenario live() {
    Chance chance = new Chance(seed + 2);
    List<TopicRecord> all = new ArrayList<>();
    int partitions = 1 + records.stream().mapToInt(TopicRecord::partition).max().orElse(0);
    int poisoned = chance.chance(0.5) ? partitions : -1;
    int readable = Math.toIntExact(Math.max(disorder, lateness));
    for (int p = 0; p < partitions || p == poisoned; p++) {
      int partition = p;
      List<TopicRecord> log =
          new ArrayList<>(
              records.stream()
                  .filter(r -> r.partition() == partition && r.timestamp() < Variant.CLOSING)
                  .toList());
      boolean goesOn = p == 0 || p != poisoned && chance.chance(0.7);
      int disturbances = p == poisoned ? 60 : chance.from(0, 20);
      for (int i = 0; i < disturbances; i++) {
        boolean stale = goesOn && variant != Variant.CHAIN_ORDERED && chance.chance(0.5);
        log.add(
            new TopicRecord(
                chance.from(0, END_MILLIS),
                p,
                0,
                stale ? "stale" : "",
                Variant.STALE - chance.from(0, 100_000),
                Variant.encode(1)));
      }
      if (goesOn) {
        long last =
            log.stream().filter(r -> r.timestamp() > 0).mapToLong(r -> r.at()).max().orElse(0);
        for (int at = (int) last; at < END_MILLIS; at += chance.from(150, TAIL_GAP)) {
          log.add(arrival(chance, at, p, 0, readable));
        }
      }
      log.sort(Comparator.comparingLong(TopicRecord::at));
      long offset = 0;
      for (TopicRecord record : log) {
        all.add(at(record, offset, record.timestamp()));
        offset += chance.chance(0.2) ? chance.from(2, 4) : 1;
      }
    }
    return with(all, -1);
  }

  private static TopicRecord at(TopicRecord r, long offset, long timestamp) {
    return new TopicRecord(r.at(), r.partition(), offset, r.key(), timestamp, r.value());
  }

  private Scenario with(List<TopicRecord> records, long idleAdvance) {
    return new Scenario(
        seed,
        variant,
        spouts,
        first,
        second,
        records,
        disorder,
        lateness,
        1_000, // the bound must not slow the reading
        budget,
        true,
        idleAdvance,
        faults);
  }

  /** Returns the violations of a {@link #live} stream: results that are due must be final. */
  List<String> violationsOfDueResults(Outcome outcome) {
    long due = 1_000 + END_MILLIS - 2 * TAIL_GAP - LARGEST_DELAY - 2 * (disorder + lateness);
    Map<String, Long> times = new TreeMap<>();
    records.forEach(r -> times.put("/" + r.partition() + "/" + r.offset() + "/", r.timestamp()));
    return violations(outcome).stream()
        .filter(violation -> boundOf(violation, times) < due)
        .toList();
  }

  /** Returns the event time at which the result in a violation is final. */
  private static long boundOf(String violation, Map<String, Long> times) {
    Matcher answer = ANSWER.matcher(violation);
    if (answer.find()) {
      return times.get(answer.group(1));
    }
    Matcher window = WINDOW.matcher(violation);
    return window.find() ? Long.parseLong(window.group(1)) : Long.MIN_VALUE;
  }

  private Scenario with(int first, int second) {
    return new Scenario(
        seed,
        variant,
        spouts,
        first,
        second,
        records,
        disorder,
        lateness,
        maxUncommittedOffsets,
        budget,
        endless,
        idleAdvance,
        faults);
  }

  private Scenario with(long seed, List<TopicRecord> records, List<Faults.Fault> faults) {
    return new Scenario(
        seed,
        variant,
        spouts,
        first,
        second,
        records,
        disorder,
        lateness,
        maxUncommittedOffsets,
        budget,
        endless,
        idleAdvance,
        faults);
  }

  /** The same with so many times as far from record to record. */
  Scenario withOffsetsTimes(int factor) {
    return with(
        seed,
        records.stream()
            .map(
                r ->
                    new TopicRecord(
                        r.at(),
                        r.partition(),
                        r.offset() * factor,
                        r.key(),
                        r.timestamp(),
                        r.value()))
            .toList(),
        faults);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(
        "%s, seed %d: %d spouts, %d and %d bolts, disorder %d, lateness %d, in flight %d, budget %d, endless %s%n"
            .formatted(
                variant,
                seed,
                spouts,
                first,
                second,
                disorder,
                lateness,
                maxUncommittedOffsets,
                budget,
                endless));
    for (TopicRecord r : records) {
      if (r.timestamp() < Variant.CLOSING) {
        text.append(
            "  at %d ms %d/%d %s %d: %s%n"
                .formatted(
                    r.at(),
                    r.partition(),
                    r.offset(),
                    r.key(),
                    r.timestamp(),
                    Variant.decode(r.value())));
      }
    }
    faults.forEach(fault -> text.append("  ").append(fault).append('\n'));
    return text.toString();
  }
}
