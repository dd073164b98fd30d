package io.thalweg.window;

import io.thalweg.Output;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.util.List;

/**
 * The queries of one kind within an operator. The operator asks every part about an event, then
 * tells all of them what became of it, and merges their results by window.
 */
abstract class WindowGroup<K, E, R> {

  /** In a verdict: some window takes the event. */
  static final int OPEN = 1;

  /** In a verdict: some window of the event is forgotten. */
  static final int FORGOTTEN = 2;

  final OperatorContext<K, E, R> context;

  WindowGroup(OperatorContext<K, E, R> context) {
    this.context = context;
  }

  /** Whether this part answers events at once, by the order of their arrival. */
  boolean emitsImmediately() {
    return false;
  }

  /** Whether even an event that no window takes is an arrival to be counted. */
  boolean countsArrivals() {
    return false;
  }

  /** The reason why an event is refused; null if it is not. */
  String refusal(E event) {
    return null;
  }

  /**
   * Judges an event against the watermark. Changes nothing.
   *
   * @param keyState the state of its key; null if there is none
   * @return the verdict: {@link #OPEN}, {@link #FORGOTTEN}, both, or 0 if it has no window
   */
  abstract int judge(KeyState<K> keyState, E event, long timestamp);

  /**
   * Adds an event to its open windows.
   *
   * @param verdict the verdict of this group on the event
   */
  abstract void admit(KeyState<K> keyState, E event, long timestamp, int verdict);

  /** Looks for what is due after a step from one watermark to another. */
  void prepare(long from) {}

  /** Looks for early results. */
  void prepareEarly() {}

  /** Whether a result is due that was not fired yet. */
  boolean isDue() {
    return false;
  }

  /** The end of the window that is due next. */
  long dueEnd() {
    return 0;
  }

  /** The start of the window that is due next. */
  long dueStart() {
    return 0;
  }

  /** Gives the results of the window that is due next. */
  void fire(Output<K, R> out) {}

  /** After all results of early(). */
  void finishEarly() {}

  /** Drops what the watermark has forgotten, after all that was due was fired. */
  void forget() {}

  /** How many windows are held that hold an event and are not final. */
  long openWindows() {
    return 0;
  }

  /** How many states are held beyond those of the pool. */
  long states() {
    return 0;
  }

  /** How many slices are held. */
  long slices() {
    return 0;
  }

  /** How many timers are set, those included that will do nothing. */
  long timers() {
    return 0;
  }

  abstract void save(StateWriter<K> to);

  abstract void saveChanges(StateWriter<K> to);

  /** Takes everything to be saved, and notes changes from now on. */
  abstract void startTrackingChanges();

  /**
   * Reads a saved state, and changes nothing.
   *
   * @param watermark the watermark it was saved at
   * @param steps receives what takes it up, in order
   * @throws IllegalArgumentException if it is damaged
   */
  abstract void read(StateReader<K> from, long watermark, List<Runnable> steps);
}
