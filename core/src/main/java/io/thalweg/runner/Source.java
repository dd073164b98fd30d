package io.thalweg.runner;

import java.io.IOException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Source of events whose records can be unreadable, such as a file. {@link Runner#run(Source)}
 * reads it.
 *
 * @param <E> the events
 */
@FunctionalInterface
public interface Source<E> {

  /**
   * Reads all records, in their order.
   *
   * @param events receives each event; an exception that it throws ends the reading
   * @param rejected receives each record that is no event, and the reason
   * @throws IOException if the source fails
   */
  void read(Consumer<? super E> events, BiConsumer<Object, String> rejected) throws IOException;
}
