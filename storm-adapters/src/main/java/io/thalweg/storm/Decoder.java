package io.thalweg.storm;

import java.io.Serializable;

/**
 * Decoder of events from the bytes of a record.
 *
 * <p>A decoder is sent to the workers by Java serialization. A lambda must capture serializable
 * values only.
 *
 * @param <E> the events
 */
@FunctionalInterface
public interface Decoder<E> extends Serializable {

  /**
   * Decodes one event.
   *
   * @param bytes the bytes of the record, not to be changed
   * @return the event, not null
   * @throws Exception if the bytes are not an event: the record becomes a dead letter, with the
   *     message as its reason, and processing continues
   */
  E decode(byte[] bytes) throws Exception;
}
