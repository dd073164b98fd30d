package io.thalweg.examples.network;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** Incidents computed from the list of all reports, by loops over the past. */
final class NaiveIncidents {

  private static final long HOUR = 3_600_000;

  /** An indicator at a report. */
  private record Reading(Kpi kpi, double score, double value, double usual) {}

  private NaiveIncidents() {}

  /**
   * Returns all rows, by time and cell.
   *
   * @param reports the reports in order of time
   */
  static List<IncidentTable.Row> of(List<CellReport> reports) {
    Map<String, List<CellReport>> byCell = new TreeMap<>();
    for (CellReport report : reports) {
      byCell.computeIfAbsent(report.cellId(), k -> new ArrayList<>()).add(report);
    }
    List<IncidentTable.Row> rows = new ArrayList<>();
    byCell.forEach((cell, ofCell) -> rows.addAll(incidents(cell, ofCell)));
    rows.sort(
        Comparator.comparingLong(IncidentTable.Row::time).thenComparing(IncidentTable.Row::cell));
    return rows;
  }

  private static List<IncidentTable.Row> incidents(String cell, List<CellReport> reports) {
    List<Reading> worst = new ArrayList<>();
    for (int i = 0; i < reports.size(); i++) {
      worst.add(worst(reports, i));
    }
    List<IncidentTable.Row> rows = new ArrayList<>();
    int begin = 1;
    while (begin < reports.size()) {
      boolean opens = worst.get(begin - 1).score > 5 && worst.get(begin).score > 5;
      if (!opens) {
        begin++;
        continue;
      }
      long since = reports.get(begin).timestamp();
      rows.add(row(cell, since, true, since, worst.subList(begin - 1, begin + 1)));
      int end = begin + 4;
      while (end < reports.size()
          && worst.subList(end - 3, end + 1).stream().anyMatch(each -> each.score > 2.5)) {
        end++;
      }
      if (end < reports.size()) {
        rows.add(
            row(
                cell,
                reports.get(end).timestamp(),
                false,
                since,
                worst.subList(begin - 1, end + 1)));
      }
      begin = end + 2;
    }
    return rows;
  }

  private static IncidentTable.Row row(
      String cell, long time, boolean open, long since, List<Reading> of) {
    Reading worst = of.stream().max(Comparator.comparingDouble(Reading::score)).orElseThrow();
    return new IncidentTable.Row(
        cell,
        time,
        new CellIncident(worst.kpi, open, since, worst.score, worst.value, worst.usual));
  }

  private static Reading worst(List<CellReport> reports, int i) {
    CellReport now = reports.get(i);
    List<CellReport> hour =
        reports.subList(0, i + 1).stream()
            .filter(past -> past.timestamp() > now.timestamp() - HOUR)
            .toList();
    List<CellReport> history =
        reports.subList(0, i).stream()
            .filter(past -> past.timestamp() > now.timestamp() - 28 * 24 * HOUR)
            .filter(past -> hourOfWeek(past) == hourOfWeek(now))
            .toList();
    Reading none = new Reading(Kpi.DROP_RATE, 0, 0, 0);
    if (history.size() < 8) {
      return none;
    }
    double calls = hour.stream().mapToDouble(CellReport::calls).sum();
    double dropped = hour.stream().mapToDouble(CellReport::dropped).sum();
    double throughput = hour.stream().mapToDouble(CellReport::throughput).average().orElseThrow();
    double latency = hour.stream().mapToDouble(CellReport::latency).average().orElseThrow();
    return List.of(
            none,
            reading(Kpi.DROP_RATE, 1, 0.01, dropped / calls, history, r -> r.dropped() / r.calls()),
            reading(Kpi.THROUGHPUT, -1, 5, throughput, history, CellReport::throughput),
            reading(Kpi.LATENCY, 1, 3, latency, history, CellReport::latency))
        .stream()
        .max(Comparator.comparingDouble(Reading::score))
        .orElseThrow();
  }

  private static Reading reading(
      Kpi kpi,
      int worse,
      double leastSpread,
      double value,
      List<CellReport> history,
      ToDoubleFunction<CellReport> field) {
    double[] sorted = history.stream().mapToDouble(field).sorted().toArray();
    double usual = quantile(sorted, 0.5);
    double range = quantile(sorted, 0.75) - quantile(sorted, 0.25);
    double score = worse * (value - usual) / Math.max(range / 1.349, leastSpread);
    return new Reading(kpi, score, value, usual);
  }

  private static double quantile(double[] sorted, double share) {
    double place = share * (sorted.length - 1);
    int rank = (int) place;
    double next = sorted[Math.min(rank + 1, sorted.length - 1)];
    return sorted[rank] + (place - rank) * (next - sorted[rank]);
  }

  private static long hourOfWeek(CellReport report) {
    // 1970-01-01 was a Thursday; any fixed origin of the week will do.
    return Math.floorMod(
        Instant.ofEpochMilli(report.timestamp()).atOffset(ZoneOffset.UTC).toEpochSecond() / 3600,
        7 * 24);
  }

  /** Returns the rows as text, with numbers rounded to nine digits, in order. */
  static List<String> text(List<IncidentTable.Row> rows) {
    return rows.stream()
        .map(
            row ->
                String.format(
                    Locale.ROOT,
                    "%s %d %s %s %d %.9g %.9g %.9g",
                    row.cell(),
                    row.time(),
                    row.incident().kpi(),
                    row.incident().open(),
                    row.incident().since(),
                    row.incident().score(),
                    row.incident().value(),
                    row.incident().usual()))
        .toList();
  }
}
