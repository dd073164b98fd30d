package io.thalweg.storm.testing;

import java.util.ArrayList;
import java.util.List;

/** Additional faults of a scenario, which make a rare combination frequent. */
enum FaultPattern {
  NOTHING,
  /** Rescaling while records arrive, with old tasks that still run for a while. */
  RESCALE,
  /** Copies of one tuple in one commit, whose outputs are lost. */
  HANG,
  /** Death of a spout task shortly before a record arrives. */
  SILENCE,
  /** An idle partition that cannot be read when a record arrives. */
  STALL,
  /** Delayed heartbeats of an idle spout task, followed by a record. */
  DELAY,
  /** A replaced task that forwards heartbeats after its successor did. */
  STALE;

  Scenario of(Scenario scenario) {
    Chance chance = new Chance(scenario.seed() + 1);
    Faults more = new Faults();
    scenario.faults().forEach(more::add);
    switch (this) {
      case NOTHING -> {}
      case RESCALE -> {
        more = new Faults();
        scenario.faults().stream()
            .filter(fault -> !(fault instanceof Faults.Rescale))
            .forEach(more::add);
        more.rescale("a", chance.from(500, 2_000), scenario.first() % 3 + 1, true);
      }
      case HANG -> {
        int task = chance.from(0, scenario.first() - 1);
        int at = chance.from(200, 2_000);
        int millis = chance.from(1_200, 2_600);
        int then = at + millis - chance.from(0, 200);
        more.slow("a", task, at, at + chance.from(50, 400), millis)
            .sinkFails(then, then + chance.from(100, 600), 1)
            .kill("a", task, then + chance.from(300, 900), chance.from(10, 300), 0);
        for (int b = 0; scenario.variant().isChain() && b < scenario.second(); b++) {
          more.kill("b", b, then, chance.from(200, 600), 0);
        }
      }
      case STALL -> {
        return stall(scenario, chance);
      }
      case DELAY -> {
        return delay(scenario, chance);
      }
      case STALE -> {
        return stale(scenario, chance);
      }
      case SILENCE -> {
        List<TopicRecord> records = new ArrayList<>(scenario.records());
        TopicRecord record = records.get(chance.from(0, records.size() - 1));
        more.kill(
            Variant.SPOUT,
            record.partition() % scenario.spouts(),
            Math.max(0, record.at() - chance.from(20, 300)),
            chance.from(300, 700),
            0);
      }
    }
    return scenario.with(more.all());
  }

  private static Scenario stall(Scenario scenario, Chance chance) {
    int at = chance.from(1_200, 3_000);
    Faults faults = new Faults().stall(1, at - chance.from(0, 150), at + chance.from(300, 1_500));
    scenario.faults().stream().filter(fault -> chance.chance(0.3)).forEach(faults::add);
    int idleMillis = chance.oneOf(0, 1_100);
    return beside(scenario, chance.from(1, 2), scenario.first(), at, idleMillis, chance, faults);
  }

  private static Scenario delay(Scenario scenario, Chance chance) {
    int at = chance.from(1_000, 1_800);
    Faults faults = new Faults().slow("a", chance.from(0, 1), at, at + 120, 2_500);
    return beside(scenario, 2, 2, 1_900, 0, chance, faults);
  }

  /** Builds a scenario of one record in an idle partition, beside a partition with many records. */
  private static Scenario beside(
      Scenario scenario,
      int spouts,
      int first,
      int at,
      int idleMillis,
      Chance chance,
      Faults faults) {
    List<TopicRecord> records = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      long each = 50 * i;
      if (at - idleMillis < each && each <= at) {
        continue;
      }
      long timestamp = 1_000 + each + (i < 100 ? 0 : Variant.CLOSING);
      records.add(new TopicRecord(each, 0, i, "a", timestamp, Variant.encode(i)));
    }
    records.add(new TopicRecord(at, 1, 0, chance.oneOf("b", "c"), 1_000 + at, Variant.encode(1)));
    return new Scenario(
        scenario.seed(),
        scenario.variant(),
        spouts,
        first,
        1,
        records,
        0,
        0,
        1_000,
        scenario.budget(),
        true,
        -1,
        faults.all());
  }

  /**
   * Builds a scenario of late events, each of which makes a window fire with the next heartbeat.
   */
  private static Scenario stale(Scenario scenario, Chance chance) {
    List<TopicRecord> records = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      int at = 70 * i;
      long timestamp = i < 90 ? 1_000 + at - chance.oneOf(0, 300, 450) : at + Variant.CLOSING;
      long value = i < 90 ? chance.from(1, 99) : 0;
      records.add(
          new TopicRecord(at, 0, i, chance.oneOf("a", "b"), timestamp, Variant.encode(value)));
    }
    int commit = chance.from(5, 20);
    int paused = chance.from(2_500, 3_200);
    int then = 207 * commit + paused;
    Faults faults =
        new Faults()
            .pause("a", 0, commit, CommitStep.AFTER_COMMIT, paused, 20)
            .sinkFails(then - 100, then + 350, 1);
    if (chance.chance(0.3)) {
      faults.kill("b", 0, then - chance.from(100, 200), 20, 0);
    }
    return new Scenario(
        scenario.seed(),
        scenario.variant(),
        1,
        1,
        1,
        records,
        0,
        500,
        1_000,
        scenario.budget(),
        true,
        -1,
        faults.all());
  }
}
