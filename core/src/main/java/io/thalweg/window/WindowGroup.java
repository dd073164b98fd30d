package io.thalweg.window;

import io.thalweg.Output;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.window.OperatorStateIo.OperatorState;
import java.util.List;

/**
 * Implementation of the queries of one kind within an operator.
 *
 * <p>For each event the operator calls {@link #refusal} and {@link #judge} of every group, decides
 * from all verdicts, and calls {@link #admit} of every group if one of them accepts the event or
 * {@link #countsArrivals}. Each group checks its own verdict. In an advance of the watermark it
 * calls {@link #prepare} of every group, then repeatedly {@link #fire} of the group whose next due
 * window has the smallest end and start, and finally {@link #forget}. Early results go through
 * {@link #prepareEarly}, {@link #fire} and {@link #finishEarly} in the same way.
 */
abstract class WindowGroup<K, E, R> {

  /** Flag of a verdict: at least one window of the event accepts it. */
  static final int ACCEPTED = 1;

  /** Flag of a verdict: at least one window of the event is forgotten. */
  static final int FORGOTTEN = 2;

  final OperatorContext<K, E, R> context;

  WindowGroup(OperatorContext<K, E, R> context) {
    this.context = context;
  }

  /** Returns true if this group emits a result while it admits an event. */
  boolean emitsImmediately() {
    return false;
  }

  /** Returns true if an event advances the windows of its key even if no window contains it. */
  boolean countsArrivals() {
    return false;
  }

  /** Returns the reason why an event is rejected, or null if it is not. */
  String refusal(E event) {
    return null;
  }

  /**
   * Judges an event against the watermark. Changes no state.
   *
   * @param keyState the state of its key; null if there is none
   * @return the verdict: {@link #ACCEPTED}, {@link #FORGOTTEN}, both, or 0 if it has no window
   */
  abstract int judge(KeyState<K> keyState, E event, long timestamp);

  /**
   * Adds an event to those of its windows that are not forgotten. Called directly after {@link
   * #judge} of the same event.
   *
   * @param verdict the verdict of this group on the event
   */
  abstract void admit(KeyState<K> keyState, E event, long timestamp, int verdict);

  /** Determines the due results after the watermark has moved from {@code from}. */
  void prepare(long from) {}

  /** Determines the due early results. */
  void prepareEarly() {}

  /** Returns true if a result is due. */
  boolean isDue() {
    return false;
  }

  /** Returns the end of the next due window. */
  long dueEnd() {
    return 0;
  }

  /** Returns the start of the next due window. */
  long dueStart() {
    return 0;
  }

  /** Emits the results of the next due window. */
  void fire(Output<K, R> out) {}

  /** Completes early results, after all of them were emitted. */
  void finishEarly() {}

  /** Removes the state of forgotten windows, after all due results were emitted. */
  void forget() {}

  /**
   * Removes the keys without an end that the watermark has expired, and adds the results of their
   * incomplete windows to {@link OperatorContext#immediateResults}.
   *
   * @return the number of removed keys
   */
  int expireKeys() {
    return 0;
  }

  /** Returns the number of windows that hold an event and are not final. */
  long openWindows() {
    return 0;
  }

  /** Returns the number of held states that are not from the pool. */
  long states() {
    return 0;
  }

  /** Returns the number of held slices. */
  long slices() {
    return 0;
  }

  /** Returns the number of timers, including stale ones. */
  long timers() {
    return 0;
  }

  /** Writes the complete state. */
  abstract void save(StateWriter<K> to);

  /** Writes the changes since the last call, or since {@link #startTrackingChanges}. */
  abstract void saveChanges(StateWriter<K> to);

  /** Marks the complete state as saved, and tracks changes from now on. */
  abstract void startTrackingChanges();

  /**
   * Reads a saved state without changing this group.
   *
   * @param saved the configuration and the watermark with which the state was saved
   * @param steps receives the actions that restore the state, in order
   * @throws IllegalArgumentException if the state is damaged
   */
  abstract void read(StateReader<K> from, OperatorState saved, List<Runnable> steps);
}
