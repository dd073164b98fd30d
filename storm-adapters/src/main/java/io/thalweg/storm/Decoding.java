package io.thalweg.storm;

import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.util.function.ObjLongConsumer;

/**
 * A processor of events as they came, in front of one of events as they are meant. What cannot be
 * decoded is rejected.
 *
 * @param <K> the keys
 * @param <E> the events
 * @param <O> the results
 */
final class Decoding<K, E, O> implements Processor<K, Arrival, O> {

  private final Processor<K, E, O> inner;
  private final Decoder<E> decoder;
  private final Filing<K, O> filing;

  Decoding(Processor<K, E, O> inner, Decoder<E> decoder, Filing<K, O> filing) {
    this.inner = inner;
    this.decoder = decoder;
    this.filing = filing;
  }

  @Override
  public void process(K key, Arrival arrival, long timestamp, Output<K, O> out) {
    filing.about(arrival, timestamp);
    if (arrival.bytes() == null) {
      filing.deadLetter(key, arrival, "value must not be null");
      return;
    }
    E event;
    try {
      event = decoder.decode(arrival.bytes());
    } catch (Exception | StackOverflowError e) {
      filing.deadLetter(key, arrival, Reason.of(e));
      return;
    }
    if (event == null) {
      filing.deadLetter(key, arrival, "event must not be null");
    } else {
      inner.process(key, event, timestamp, out);
    }
  }

  @Override
  public void advance(long watermark, Output<K, O> out) {
    inner.advance(watermark, out);
  }

  @Override
  public void early(Output<K, O> out) {
    inner.early(out);
  }

  @Override
  public boolean orderSensitive() {
    return inner.orderSensitive();
  }

  @Override
  public void save(StateWriter<K> to) {
    inner.save(to);
  }

  @Override
  public void saveChanges(StateWriter<K> to) {
    inner.saveChanges(to);
  }

  @Override
  public void restore(StateReader<K> shard) {
    inner.restore(shard);
  }

  @Override
  public void counters(ObjLongConsumer<String> each) {
    inner.counters(each);
  }
}
