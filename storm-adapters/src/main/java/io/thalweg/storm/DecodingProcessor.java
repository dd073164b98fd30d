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
final class DecodingProcessor<K, E, O> implements Processor<K, SourceRecord, O> {

  private final Processor<K, E, O> inner;
  private final Decoder<E> decoder;
  private final TupleOutput<K, O> tupleOutput;

  DecodingProcessor(Processor<K, E, O> inner, Decoder<E> decoder, TupleOutput<K, O> tupleOutput) {
    this.inner = inner;
    this.decoder = decoder;
    this.tupleOutput = tupleOutput;
  }

  @Override
  public void process(K key, SourceRecord record, long timestamp, Output<K, O> out) {
    tupleOutput.about(record, timestamp);
    decode(key, record, timestamp, out);
    tupleOutput.endEvent(); // not in a finally block: the error message names the event
  }

  private void decode(K key, SourceRecord record, long timestamp, Output<K, O> out) {
    if (record.bytes() == null) {
      tupleOutput.deadLetter(key, record, "value must not be null");
      return;
    }
    E event;
    try {
      event = decoder.decode(record.bytes());
    } catch (Exception | StackOverflowError e) {
      tupleOutput.deadLetter(key, record, ErrorText.of(e));
      return;
    }
    if (event == null) {
      tupleOutput.deadLetter(key, record, "event must not be null");
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
