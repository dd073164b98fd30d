package io.thalweg.testing;

import io.thalweg.StateReader;

/** Readers of a saved state that damage one record, or hide the operator states. */
final class ForgedState<K> {

  private final int damaged;
  private final boolean headless;
  private int records;
  private int operatorStates;

  /**
   * Creates the readers.
   *
   * @param damaged the number of the record to damage, in the order of reading; -1 for none
   * @param headless true to hide the operator states
   */
  ForgedState(int damaged, boolean headless) {
    this.damaged = damaged;
    this.headless = headless;
  }

  /** Returns the number of records read, including operator states. */
  int records() {
    return records;
  }

  int operatorStates() {
    return operatorStates;
  }

  private byte[] record(byte[] bytes) {
    if (records++ != damaged) {
      return bytes;
    }
    byte[] copy = bytes.clone();
    copy[copy.length / 2] ^= 1;
    return copy;
  }

  StateReader<K> reader(StateReader<K> from) {
    return new StateReader<>() {

      @Override
      public StateReader<K> scope(String scope) {
        return reader(from.scope(scope));
      }

      @Override
      public byte[] operatorState() {
        byte[] bytes = from.operatorState();
        if (bytes == null || headless) {
          return null;
        }
        operatorStates++;
        return record(bytes);
      }

      @Override
      public boolean isEmpty() {
        return from.isEmpty();
      }

      @Override
      public boolean ownsCounters() {
        return from.ownsCounters();
      }

      @Override
      public void forEach(RecordVisitor<? super K> action) {
        from.forEach((key, part, bytes) -> action.accept(key, part, record(bytes)));
      }
    };
  }
}
