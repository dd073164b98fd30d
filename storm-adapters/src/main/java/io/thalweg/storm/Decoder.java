package io.thalweg.storm;

import java.io.Serializable;

/**
 * Turns the bytes of a record into an event.
 *
 * <p>Travels to the workers by Java serialization; a lambda that captures nothing, or only what is
 * serializable, will do.
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
   * @throws Exception if the bytes are no event: the record goes to the dead letters with the
   *     message as its reason, and the stream goes on
   */
  E decode(byte[] bytes) throws Exception;
}
