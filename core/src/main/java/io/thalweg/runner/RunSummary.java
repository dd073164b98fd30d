package io.thalweg.runner;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Counts of a {@link Runner}. Every event is one of processed, late, rejected and waiting:
 *
 * <pre>{@code
 * events = processed + late + rejected + waiting
 * }</pre>
 *
 * <p>An event that several processors received is rejected if one of them rejected it, else late if
 * it was late for one of them, else processed. {@link #toString} is a text of a few lines for a
 * console.
 *
 * @param events the number of events, with the records that are no event
 * @param processed the number of events that every processor accepted
 * @param late the number of late events
 * @param rejected the number of rejected events and records
 * @param waiting the number of events that the watermark has not passed; 0 at the end of the stream
 * @param firstLate the first late events, at most {@value #SHOWN}
 * @param firstRejected the first rejected events and records, at most {@value #SHOWN}
 * @param processors the counts of each processor, in the order in which they were added
 */
public record RunSummary(
    long events,
    long processed,
    long late,
    long rejected,
    long waiting,
    List<Refusal> firstLate,
    List<Refusal> firstRejected,
    List<OfProcessor> processors) {

  /** The number of late events, and of rejected ones, that a summary shows. */
  public static final int SHOWN = 5;

  /**
   * Late or rejected event.
   *
   * @param event the event, or the text of a record that is no event; null if the event was null
   * @param reason the rule, then the value that breaks it
   */
  public record Refusal(Object event, String reason) {}

  /**
   * Counts of one processor.
   *
   * @param name the simple name of its class
   * @param events the number of events that it received, or that were late for it
   * @param results the number of its results
   * @param retractions the number of its retractions
   * @param late the number of events that were late for it
   * @param rejected the number of events that it rejected
   * @param counters its own counters and gauges, by name
   */
  public record OfProcessor(
      String name,
      long events,
      long results,
      long retractions,
      long late,
      long rejected,
      Map<String, Long> counters) {}

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(line("%,d events: %,d processed", events, processed))
        .append(line(", %,d late, %,d rejected", late, rejected));
    if (waiting > 0) {
      text.append(line(", %,d waiting", waiting));
    }
    show(text, "late", late, firstLate);
    show(text, "rejected", rejected, firstRejected);
    for (OfProcessor each : processors) {
      text.append(line("%n%s: %,d results", each.name, each.results));
      if (each.retractions > 0) {
        text.append(line(", %,d retractions", each.retractions));
      }
      text.append(line(", %,d late, %,d rejected", each.late, each.rejected));
    }
    return text.toString();
  }

  private static void show(StringBuilder text, String name, long count, List<Refusal> first) {
    for (Refusal each : first) {
      text.append(line("%n  %s: %s: %s", name, each.reason, each.event));
    }
    if (count > first.size()) {
      text.append(line("%n  %s: %,d more", name, count - first.size()));
    }
  }

  private static String line(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
