package io.thalweg.examples.runtime;

import io.thalweg.ForwardingProcessor;
import io.thalweg.Output;
import io.thalweg.Processor;
import java.util.function.Function;

/**
 * Processor whose answers have another key, so that the next bolt of a chain groups them by it.
 * Late and rejected events keep their key.
 *
 * @param <E> the events
 * @param <O> the answers
 */
public final class Rekeyed<E, O> extends ForwardingProcessor<String, E, O> {

  private final Processor<String, E, O> delegate;
  private final Function<? super O, String> key;

  /**
   * Creates a processor.
   *
   * @param delegate the processor that answers
   * @param key returns the new key of an answer
   */
  public Rekeyed(Processor<String, E, O> delegate, Function<? super O, String> key) {
    super(delegate);
    this.delegate = delegate;
    this.key = key;
  }

  @Override
  protected void apply(String before, E event, long timestamp, Output<String, O> out) {
    delegate.process(
        before,
        event,
        timestamp,
        Output.of((old, answer) -> out.emit(key.apply(answer), answer), out::late, out::reject));
  }
}
