package io.thalweg.storm;

import io.thalweg.ForwardingProcessor;
import io.thalweg.Output;
import io.thalweg.Processor;

/**
 * Processor that decodes source records and passes the events to a user's processor. A record that
 * cannot be decoded is rejected.
 *
 * <p>An exception of the user's processor is a defect: it is wrapped in a {@link
 * ProcessingException} that names the record, since a restarted worker receives the same record.
 *
 * @param <K> the keys
 * @param <E> the events
 * @param <O> the results
 */
final class DecodingProcessor<K, E, O> extends ForwardingProcessor<K, SourceRecord, O> {

  private final String component;
  private final Processor<K, E, O> inner;
  private final Decoder<E> decoder;
  private final Failures failures;

  /**
   * Creates a processor.
   *
   * @param failures the records to be rejected, because the inner processor threw for them before
   */
  DecodingProcessor(
      String component, Processor<K, E, O> inner, Decoder<E> decoder, Failures failures) {
    super(inner);
    this.component = component;
    this.inner = inner;
    this.decoder = decoder;
    this.failures = failures;
  }

  /**
   * Decodes and processes a record.
   *
   * @param out a {@link TupleOutput}
   */
  @Override
  protected void apply(K key, SourceRecord record, long timestamp, Output<K, O> out) {
    // Also when Ordered releases the event in advance(): out then belongs to the heartbeat, and the
    // answers are stored under it.
    Output<K, O> answers = ((TupleOutput<K, O>) out).ofRecord(record, timestamp);
    String reason = failures.reasonToReject(record);
    if (reason != null) {
      answers.reject(key, record, timestamp, reason);
      return;
    }
    try {
      E event = decode(key, record, timestamp, answers);
      if (event != null) {
        inner.process(key, event, timestamp, answers);
        failures.onProcessed();
      }
    } catch (RuntimeException e) {
      String call =
          "record %s/%d/%d of key %s with event time %d"
              .formatted(
                  record.topic() == null ? record.topicId() : record.topic(),
                  record.partition(),
                  record.offset(),
                  ErrorText.ofName(key),
                  timestamp);
      throw new ProcessingException(message(call, e), record, e);
    }
  }

  /** Returns the event; null if the record was rejected. */
  private E decode(K key, SourceRecord record, long timestamp, Output<K, O> out) {
    if (record.bytes() == null) {
      out.reject(key, record, timestamp, "value must not be null");
      return null;
    }
    E event;
    try {
      event = decoder.decode(record.bytes());
    } catch (Exception | StackOverflowError e) {
      out.reject(key, record, timestamp, ErrorText.ofUnreadable(e, record.bytes()));
      return null;
    }
    if (event == null) {
      out.reject(key, record, timestamp, "event must not be null");
    }
    return event;
  }

  @Override
  protected void moveWatermark(long watermark, Output<K, O> out) {
    try {
      super.moveWatermark(watermark, out);
    } catch (RuntimeException e) {
      throw new IllegalStateException(message("advance to watermark " + watermark, e), e);
    }
  }

  @Override
  protected void emitEarly(Output<K, O> out) {
    try {
      super.emitEarly(out);
    } catch (RuntimeException e) {
      throw new IllegalStateException(message("early results", e), e);
    }
  }

  private String message(String call, RuntimeException e) {
    return "%s: processor and mapping must not throw, since a restarted worker repeats the call: %s: %s"
        .formatted(component, call, reason(e));
  }

  /** Returns the message of an exception, with that of the first suppressed one as its context. */
  private static String reason(RuntimeException e) {
    Throwable[] context = e.getSuppressed();
    return ErrorText.of(e) + (context.length == 0 ? "" : ": " + ErrorText.of(context[0]));
  }
}
