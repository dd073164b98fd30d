package io.thalweg.testing;

import io.thalweg.StateWriter;
import java.util.ArrayList;
import java.util.List;

/** Writers that fail after a number of operations, and apply the operations when told to. */
final class UnreliableStore<K> {

  /** The failure of a writer. */
  static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;

    Failure() {
      super("the writer fails");
    }
  }

  private final List<Runnable> operations = new ArrayList<>();
  private int left;
  private int records;

  UnreliableStore(int operationsBeforeFailure) {
    left = operationsBeforeFailure;
  }

  /** Applies the first operations in order. */
  void commit(int most) {
    operations.subList(0, Math.min(most, operations.size())).forEach(Runnable::run);
  }

  /** Returns the number of records written, including operator states. */
  int records() {
    return records;
  }

  private void add(Runnable operation) {
    if (left-- == 0) {
      throw new Failure();
    }
    operations.add(operation);
  }

  StateWriter<K> writer(StateWriter<K> to) {
    return new StateWriter<>() {

      @Override
      public StateWriter<K> scope(String scope) {
        return writer(to.scope(scope));
      }

      @Override
      public void put(K key, long part, byte[] state) {
        records++;
        add(() -> to.put(key, part, state));
      }

      @Override
      public void remove(K key, long part) {
        add(() -> to.remove(key, part));
      }

      @Override
      public void remove(K key) {
        add(() -> to.remove(key));
      }

      @Override
      public void removeBefore(long part) {
        add(() -> to.removeBefore(part));
      }

      @Override
      public void putOperatorState(byte[] state) {
        records++;
        add(() -> to.putOperatorState(state));
      }

      @Override
      public void clear() {
        add(to::clear);
      }
    };
  }
}
