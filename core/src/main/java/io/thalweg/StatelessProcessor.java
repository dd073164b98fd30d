package io.thalweg;

import static java.util.Objects.requireNonNull;

/** A pure function of the event. */
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
