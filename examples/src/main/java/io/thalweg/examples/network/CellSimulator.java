package io.thalweg.examples.network;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Simulated cells with planted faults. Load follows the hour of the day, less at the weekend; the
 * more load, the less throughput and the more latency. After four weeks of history, {@link
 * #FAULTS_A_WEEK} faults a week of two to four hours each make one indicator of a cell much worse.
 * The same arguments give the same reports.
 */
final class CellSimulator {

  static final Duration STEP = Duration.ofMinutes(15);
  static final int FAULTS_A_WEEK = 6;

  private static final int STEPS_A_WEEK = 7 * 24 * 4;
  private static final int HISTORY = 4 * STEPS_A_WEEK;

  /**
   * Planted fault.
   *
   * @param cell the number of the cell
   * @param first the first step
   * @param last the last step
   * @param kpi the indicator
   */
  record Fault(int cell, int first, int last, Kpi kpi) {}

  private final int cells;
  private final int steps;
  private final long start;
  private final SplittableRandom random;
  private final List<Fault> faults = new ArrayList<>();

  /**
   * Creates a simulation.
   *
   * @param cells the number of cells
   * @param weeks the number of weeks
   * @param end the time of the last report, in milliseconds since 1970
   * @param seed the seed of the random numbers
   */
  CellSimulator(int cells, int weeks, long end, long seed) {
    this.cells = cells;
    this.steps = weeks * STEPS_A_WEEK;
    this.start = Math.floorDiv(end, STEP.toMillis()) * STEP.toMillis() - steps * STEP.toMillis();
    this.random = new SplittableRandom(seed);
    for (int week = HISTORY; week < steps; week += STEPS_A_WEEK) {
      for (int i = 0; i < FAULTS_A_WEEK; i++) {
        // In separate sixths of the week, and by day, when the indicators are well known.
        int day = week + i * STEPS_A_WEEK / FAULTS_A_WEEK + random.nextInt(40);
        int last = Math.min(steps - 1, day + 7 + random.nextInt(8));
        faults.add(new Fault(random.nextInt(cells), day, last, Kpi.values()[random.nextInt(3)]));
      }
    }
  }

  List<Fault> faults() {
    return faults;
  }

  long time(int step) {
    return start + step * STEP.toMillis();
  }

  /**
   * Returns the name of a cell.
   *
   * @param cell its number, from 0
   * @return {@code cell-1} for 0
   */
  static String name(int cell) {
    return "cell-" + (cell + 1);
  }

  /**
   * Returns all reports.
   *
   * @return the reports in order of time
   */
  List<CellReport> reports() {
    List<CellReport> reports = new ArrayList<>();
    for (int step = 0; step < steps; step++) {
      for (int cell = 0; cell < cells; cell++) {
        reports.add(report(cell, step));
      }
    }
    return reports;
  }

  private CellReport report(int cell, int step) {
    ZonedDateTime time = Instant.ofEpochMilli(time(step)).atZone(ZoneOffset.UTC);
    double load =
        0.55 - 0.45 * Math.cos((time.getHour() + time.getMinute() / 60.0 - 3) * Math.PI / 12);
    if (time.getDayOfWeek().compareTo(DayOfWeek.FRIDAY) > 0) {
      load *= 0.6;
    }
    double calls = Math.rint((40 + 10 * (cell % 5)) * (1 + 4 * load) * (1 + 0.05 * noise()));
    double dropRate = 0.01 * (1 + load);
    double throughput = 80 - 40 * load + 2 * noise();
    double latency = 20 + 25 * load + 1.5 * noise();
    for (Fault fault : faults) {
      if (fault.cell == cell && fault.first <= step && step <= fault.last) {
        switch (fault.kpi) {
          case DROP_RATE -> dropRate = 0.25;
          case THROUGHPUT -> throughput *= 0.25;
          case LATENCY -> latency *= 3;
        }
      }
    }
    double dropped = Math.rint(calls * dropRate + Math.sqrt(calls * dropRate) * noise());
    return new CellReport(
        name(cell),
        time(step),
        calls,
        Math.max(0, Math.min(calls, dropped)),
        Math.max(0, Math.rint(100 * throughput) / 100),
        Math.max(1, Math.rint(100 * latency) / 100));
  }

  private double noise() {
    return random.nextGaussian();
  }
}
