package io.thalweg.examples.replay;

import io.thalweg.replay.Replay;
import io.thalweg.replay.ScoredReading;
import io.thalweg.replay.ScoredReading.Outcome;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Report of a replay to its user: progress, assumptions, records without a score, and counts. */
final class ReplayReport {

  private static final int SHOWN = 5;
  private static final int PROGRESS_ROWS = 1 << 16;
  private static final long PROGRESS_NANOS = 2_000_000_000L;

  private final PrintWriter out;
  private final PrintWriter err;
  private final Map<String, Set<String>> notices = new LinkedHashMap<>();
  private String file;
  private long rows;
  private long refused;
  private long started;
  private long shown;
  private int files;
  private int failed;
  private long allRows;
  private long allAlerts;

  ReplayReport(PrintWriter out, PrintWriter err) {
    this.out = out;
    this.err = err;
  }

  void begin(String file) {
    this.file = file;
    files++;
    rows = 0;
    refused = 0;
    started = System.nanoTime();
    shown = started;
  }

  /** Keeps an assumption, to be printed once for all files. */
  void notice(String notice) {
    notices.computeIfAbsent(notice, n -> new LinkedHashSet<>()).add(file);
  }

  void row(ScoredReading row) {
    if (++rows % PROGRESS_ROWS == 0) {
      long now = System.nanoTime();
      if (now - shown > PROGRESS_NANOS) {
        shown = now;
        print(err, "%s: %,d rows, %,.0f a second", file, rows, rows / ((now - started) / 1e9));
      }
    }
    if (row.reason() != null && refused++ < SHOWN) {
      print(err, "%s: %s", file, row.reason());
    }
  }

  void end(Replay replay) {
    if (refused > SHOWN) {
      print(err, "%s: %,d more records without a score", file, refused - SHOWN);
    }
    StringBuilder counts = new StringBuilder();
    for (Outcome outcome : Outcome.values()) {
      long count = replay.count(outcome);
      if (count > 0) {
        counts.append(counts.length() == 0 ? "" : ", ");
        counts.append(String.format(Locale.ROOT, "%,d %s", count, name(outcome)));
      }
    }
    print(
        out,
        "%s: %,d rows (%s); alerts: %,d",
        file,
        replay.records(),
        counts.length() == 0 ? "none" : counts,
        replay.alerts());
    allRows += replay.records();
    allAlerts += replay.alerts();
    if (replay.records() > 0 && replay.count(Outcome.UNREADABLE) == replay.records()) {
      fail("no record can be read; --time, --value and --format choose the columns");
    }
  }

  private static String name(Outcome outcome) {
    return switch (outcome) {
      case JUDGED -> "judged";
      case LEARNING -> "before the first probability";
      case NOT_FINITE -> "without a value";
      case LATE -> "late";
      case REJECTED -> "rejected";
      case UNREADABLE -> "unreadable";
    };
  }

  void fail(String reason) {
    failed++;
    print(err, "error: %s: %s", file, reason);
  }

  /** Prints the assumptions and the totals, and returns the exit code. */
  int finish() {
    notices.forEach(
        (notice, where) ->
            print(
                err,
                where.size() == 1 ? "%s: %s" : "%s and %d more: %s",
                where.size() == 1
                    ? new Object[] {where.iterator().next(), notice}
                    : new Object[] {where.iterator().next(), where.size() - 1, notice}));
    if (files > 1) {
      print(out, "%,d files, %,d failed: %,d rows; alerts: %,d", files, failed, allRows, allAlerts);
    }
    return failed == 0 ? 0 : 1;
  }

  private static void print(PrintWriter to, String format, Object... values) {
    to.println(String.format(Locale.ROOT, format, values));
    to.flush();
  }
}
