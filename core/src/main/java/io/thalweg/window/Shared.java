package io.thalweg.window;

/** What the parts of one operator share. */
final class Shared<K, E, R> {

  final States<E, R> states;
  final Rows<K> rows;
  final long lateness;
  final WindowedAggregator.Mode mode;

  /** Results for the event in hand. */
  final Answers<K, R> answers = new Answers<>();

  long watermark = Long.MIN_VALUE;

  /** Whether changes are noted for {@code saveChanges}: from its first call on. */
  boolean notesChanges;

  Shared(States<E, R> states, Rows<K> rows, long lateness, WindowedAggregator.Mode mode) {
    this.states = states;
    this.rows = rows;
    this.lateness = lateness;
    this.mode = mode;
  }

  boolean isForgotten(long end) {
    return watermark >= forgottenAt(end);
  }

  /** The watermark at which a window with this end is forgotten. */
  long forgottenAt(long end) {
    return Grid.plus(end, lateness);
  }

  boolean discards() {
    return mode == WindowedAggregator.Mode.DISCARDING;
  }

  boolean retracts() {
    return mode == WindowedAggregator.Mode.RETRACTING;
  }
}
