package io.thalweg;

import static java.util.Objects.requireNonNull;

/** Processor that applies a pure function to each event. */
final class StatelessProcessor<K, E, O> implements Processor<K, E, O> {

  private final FailStop calls = new FailStop();
  private final Processor<K, E, O> step;

  StatelessProcessor(Processor<K, E, O> step) {
    this.step = requireNonNull(step, "step");
  }

  @Override
  public void process(K key, E event, long timestamp, Output<K, O> out) {
    requireNonNull(key, "key");
    requireNonNull(event, "event");
    calls.enter("process");
    try {
      step.process(key, event, timestamp, out);
    } catch (Throwable e) {
      calls.fail(e);
      throw e;
    }
    calls.exit();
  }

  @Override
  public boolean orderSensitive() {
    return false;
  }
}
