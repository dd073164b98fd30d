package io.thalweg;

import static java.util.Objects.requireNonNull;

/** Processor that applies a pure function to each event. */
record StatelessProcessor<K, E, O>(Processor<K, E, O> step) implements Processor<K, E, O> {

  StatelessProcessor {
    requireNonNull(step, "step");
  }

  @Override
  public void process(K key, E event, long timestamp, Output<K, O> out) {
    step.process(key, event, timestamp, out);
  }

  @Override
  public boolean orderSensitive() {
    return false;
  }
}
