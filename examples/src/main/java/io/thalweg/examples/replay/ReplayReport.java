package io.thalweg.examples.replay;

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

  /** Counts a record. */
  void record() {
    if (++rows % PROGRESS_ROWS == 0) {
      long now = System.nanoTime();
      if (now - shown > PROGRESS_NANOS) {
        shown = now;
        print(err, "%s: %,d rows, %,.0f a second", file, rows, rows / ((now - started) / 1e9));
      }
    }
  }

  /** Prints the reason for which a record is left out, for the first few. */
  void refuse(String reason) {
    if (refused++ < SHOWN) {
      print(err, "%s: %s", file, reason);
    }
  }

  /** Ends a file that has been read to its end. */
  void end(Counts counts, String result) {
    if (refused > SHOWN) {
      print(err, "%s: %,d more are left out", file, refused - SHOWN);
    }
    print(out, "%s: %,d rows (%s); %s", file, rows, counts, result);
    allRows += rows;
  }

  void fail(String reason) {
    failed++;
    print(err, "error: %s: %s", file, reason);
  }

  /** Counts of records by their outcome, in the order in which they are added. */
  static final class Counts {
    private final StringBuilder text = new StringBuilder();

    Counts add(long count, String outcome) {
      if (count > 0) {
        text.append(text.length() == 0 ? "" : ", ");
        text.append(String.format(Locale.ROOT, "%,d %s", count, outcome));
      }
      return this;
    }

    @Override
    public String toString() {
      return text.length() == 0 ? "none" : text.toString();
    }
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
      print(out, "%,d files, %,d failed: %,d rows", files, failed, allRows);
    }
    return failed == 0 ? 0 : 1;
  }

  private static void print(PrintWriter to, String format, Object... values) {
    to.println(String.format(Locale.ROOT, format, values));
    to.flush();
  }
}
