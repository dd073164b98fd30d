package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.util.function.ObjLongConsumer;

/**
 * Operator that forwards every call to another processor, except that of an event.
 *
 * <p>Base class of processors that convert, filter or re-key events for the delegate, which may
 * take events of another type. Subclasses override the other methods as needed.
 *
 * @param <K> the keys
 * @param <E> the events
 * @param <O> the results
 */
public abstract class ForwardingProcessor<K, E, O> extends Operator<K, E, O> {

  private final Processor<K, ?, O> delegate;

  /**
   * Creates a processor.
   *
   * @param delegate the processor that receives the calls
   */
  protected ForwardingProcessor(Processor<K, ?, O> delegate) {
    this.delegate = requireNonNull(delegate, "delegate");
  }

  @Override
  protected void moveWatermark(long watermark, Output<K, O> out) {
    delegate.advance(watermark, out);
  }

  @Override
  protected void emitEarly(Output<K, O> out) {
    delegate.early(out);
  }

  @Override
  public boolean orderSensitive() {
    return delegate.orderSensitive();
  }

  @Override
  public boolean replacesObsoleteResults() {
    return delegate.replacesObsoleteResults();
  }

  @Override
  public boolean acceptsBroadcast() {
    return delegate.acceptsBroadcast();
  }

  @Override
  protected void write(StateWriter<K> to) {
    delegate.save(to);
  }

  @Override
  protected void writeChanges(StateWriter<K> to) {
    delegate.saveChanges(to);
  }

  @Override
  protected void markSaved() {
    markSaved(delegate);
  }

  @Override
  protected void read(StateReader<K> shard) {
    delegate.restore(shard);
  }

  @Override
  public void counters(ObjLongConsumer<String> each) {
    delegate.counters(each);
  }
}
