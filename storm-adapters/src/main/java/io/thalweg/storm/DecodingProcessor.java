package io.thalweg.storm;

import io.thalweg.ForwardingProcessor;
import io.thalweg.Output;
import io.thalweg.Processor;

/**
 * A processor of events as they came, in front of one of events as they are meant. What cannot be
 * decoded is rejected.
 *
 * @param <K> the keys
 * @param <E> the events
 * @param <O> the results
 */
final class DecodingProcessor<K, E, O> extends ForwardingProcessor<K, SourceRecord, O> {

  private final Processor<K, E, O> inner;
  private final Decoder<E> decoder;
  private final TupleOutput<K, O> tupleOutput;

  DecodingProcessor(Processor<K, E, O> inner, Decoder<E> decoder, TupleOutput<K, O> tupleOutput) {
    super(inner);
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
}
