package io.thalweg.replay;

import io.thalweg.anomaly.Incident;
import io.thalweg.anomaly.Score;
import io.thalweg.file.Reading;
import java.util.List;

/**
 * Answer of a {@link Replay} to one record.
 *
 * @param reading the record
 * @param outcome the outcome
 * @param score the judgement; null if the reading is unreadable, late or rejected
 * @param incidents the incidents that opened, rose or closed at the reading; immutable
 * @param reason the reason for which there is no judgement; null if there is one
 */
public record ScoredReading(
    Reading reading, Outcome outcome, Score score, List<Incident> incidents, String reason) {

  /** Outcome of a record. */
  public enum Outcome {

    /** The reading has a score and a probability. */
    JUDGED,

    /** The detector has learnt too few readings for a score or a probability. */
    LEARNING,

    /** The value is missing or infinite. */
    NOT_FINITE,

    /** The time is before that of an earlier reading of the key. */
    LATE,

    /** The detection has rejected the reading. */
    REJECTED,

    /** The record cannot be read. */
    UNREADABLE
  }

  /**
   * Returns whether an incident opens at this reading: its value is improbable, the value has been
   * the same for too long, or the reading ends a silence.
   *
   * @return true at the first reading of an incident that opens
   */
  public boolean isAlert() {
    for (int i = 0; i < incidents.size(); i++) {
      if (incidents.get(i).state() == Incident.State.OPENED) {
        return true;
      }
    }
    return false;
  }
}
