package io.thalweg.runner;

import java.util.ArrayList;
import java.util.List;

/**
 * Outcome of each event of a runner. The processors report late and rejected events while an event
 * is in process; the event counts once, whatever the number of its reports.
 */
final class Outcomes {

  private final List<RunSummary.Refusal> firstLate = new ArrayList<>();
  private final List<RunSummary.Refusal> firstRejected = new ArrayList<>();
  private long processed;
  private long late;
  private long rejected;
  private boolean inProcess;
  private boolean isLate;
  private boolean isRejected;

  /** Starts an event. */
  void start() {
    inProcess = true;
    isLate = false;
    isRejected = false;
  }

  /** Counts the event that was started last. */
  void end() {
    inProcess = false;
    if (isRejected) {
      rejected++;
    } else if (isLate) {
      late++;
    } else {
      processed++;
    }
  }

  /** Reports the event in process as late, or an event that a processor held back until now. */
  void late(Object event, long timestamp, long watermark) {
    if (!isLate || !inProcess) {
      add(
          firstLate,
          event,
          "the timestamp must not be behind the watermark " + watermark + ": " + timestamp);
    }
    if (inProcess) {
      isLate = true;
    } else {
      processed--;
      late++;
    }
  }

  /** Reports the event in process as rejected, or an event that a processor held back until now. */
  void rejected(Object event, String reason) {
    if (!isRejected || !inProcess) {
      add(firstRejected, event, reason);
    }
    if (inProcess) {
      isRejected = true;
    } else {
      processed--;
      rejected++;
    }
  }

  private static void add(List<RunSummary.Refusal> first, Object event, String reason) {
    if (first.size() < RunSummary.SHOWN) {
      first.add(new RunSummary.Refusal(event, reason));
    }
  }

  RunSummary summary(long events, long waiting, List<RunSummary.OfProcessor> processors) {
    return new RunSummary(
        events,
        processed,
        late,
        rejected,
        waiting,
        List.copyOf(firstLate),
        List.copyOf(firstRejected),
        processors);
  }
}
