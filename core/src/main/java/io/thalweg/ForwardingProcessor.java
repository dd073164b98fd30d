package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.util.function.ObjLongConsumer;

/**
 * Processor that forwards every call to another one, except {@link #process}.
 *
 * <p>Base class of processors that convert, filter or re-key events for the delegate, which may
 * take events of another type. Subclasses override the other methods as needed.
 *
 * @param <K> the keys
 * @param <E> the events
 * @param <O> the results
 */
public abstract class ForwardingProcessor<K, E, O> implements Processor<K, E, O> {

  /** The rule for exceptions and overlapping calls, to be followed by {@link #process} too. */
  protected final FailStop calls = new FailStop();

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
  public void advance(long watermark, Output<K, O> out) {
    calls.enter("advance");
    try {
      delegate.advance(watermark, out);
    } catch (Throwable e) {
      calls.fail(e);
      throw e;
    }
    calls.exit();
  }

  @Override
  public void early(Output<K, O> out) {
    calls.enter("early");
    try {
      delegate.early(out);
    } catch (Throwable e) {
      calls.fail(e);
      throw e;
    }
    calls.exit();
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
  public void save(StateWriter<K> to) {
    calls.enterSave("save");
    try {
      delegate.save(to);
    } finally {
      calls.exit();
    }
  }

  @Override
  public void saveChanges(StateWriter<K> to) {
    calls.enterSave("saveChanges");
    try {
      delegate.saveChanges(to);
    } finally {
      calls.exit();
    }
  }

  @Override
  public void restore(StateReader<K> shard) {
    calls.enterRestore();
    try {
      delegate.restore(shard);
    } finally {
      calls.exit();
    }
  }

  @Override
  public void counters(ObjLongConsumer<String> each) {
    delegate.counters(each);
  }
}
