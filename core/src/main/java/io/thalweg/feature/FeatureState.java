package io.thalweg.feature;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * State of features of one key that count the same events. It holds several statistics, by their
 * numbers.
 *
 * <p>For each event {@link #seek} comes first, then the statistics are read, then the event is
 * added, then statistics that include it are read.
 */
abstract class FeatureState {

  /** Description of a state, shared by the keys of an operator. */
  abstract static class Spec {
    /** The number of the predicate of the events that are counted. */
    final int where;

    Spec(int where) {
      this.where = where;
    }

    abstract FeatureState create();
  }

  /** Moves the windows to the time of an event. */
  abstract void seek(EventValues<?> at);

  /** Adds an event that the predicate accepts. */
  abstract void add(EventValues<?> event);

  /**
   * Returns the result of a statistic over the window of an event. It may be overwritten by the
   * next call.
   */
  abstract Object result(int statistic, EventValues<?> at);

  /** Removes all events. */
  abstract void clear();

  /** Writes the part that changes with every event. */
  abstract void writeHead(DataOutput out) throws IOException;

  abstract void readHead(DataInput in) throws IOException;

  /** Returns the number of the first chunk. A state without chunks has none. */
  long firstChunk() {
    return 0;
  }

  long lastChunk() {
    return -1;
  }

  /** Returns the number of the first chunk in the saved state. */
  long firstSavedChunk() {
    return 0;
  }

  /** Returns the number of the first chunk that is not saved; after the last if all are. */
  long firstChangedChunk() {
    return 0;
  }

  void writeChunk(long chunk, DataOutput out) throws IOException {
    throw new IllegalStateException("this state has no chunks: " + chunk);
  }

  /** Reads a chunk. The head is read before, the chunks in ascending order. */
  void readChunk(DataInput in) throws IOException {
    throw new IOException("this state has no chunks");
  }

  /** Checks and completes the state after its last chunk. */
  void completeRead() throws IOException {}

  /** Marks all chunks as saved. */
  void markSaved() {}
}
