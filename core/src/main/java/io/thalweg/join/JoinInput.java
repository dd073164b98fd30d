package io.thalweg.join;

import static java.util.Objects.requireNonNull;

import io.thalweg.Codec;

/**
 * Event of one of the two streams of a join.
 *
 * <pre>{@code
 * join.process(order.id(), JoinInput.left(order), order.time(), out);
 * join.process(payment.orderId(), JoinInput.right(payment), payment.time(), out);
 * }</pre>
 *
 * @param <L> the events of the left stream
 * @param <R> the events of the right stream
 */
public sealed interface JoinInput<L, R> {

  /**
   * Event of the left stream.
   *
   * @param event the event
   * @param <L> the events of the left stream
   * @param <R> the events of the right stream
   */
  record Left<L, R>(L event) implements JoinInput<L, R> {
    /**
     * Checks the event.
     *
     * @param event not null
     */
    public Left {
      requireNonNull(event, "event");
    }
  }

  /**
   * Event of the right stream.
   *
   * @param event the event
   * @param <L> the events of the left stream
   * @param <R> the events of the right stream
   */
  record Right<L, R>(R event) implements JoinInput<L, R> {
    /**
     * Checks the event.
     *
     * @param event not null
     */
    public Right {
      requireNonNull(event, "event");
    }
  }

  /**
   * Returns an event of the left stream.
   *
   * @param event the event
   * @param <L> the events of the left stream
   * @param <R> the events of the right stream
   * @return the event as input of a join
   */
  static <L, R> JoinInput<L, R> left(L event) {
    return new Left<>(event);
  }

  /**
   * Returns an event of the right stream.
   *
   * @param event the event
   * @param <L> the events of the left stream
   * @param <R> the events of the right stream
   * @return the event as input of a join
   */
  static <L, R> JoinInput<L, R> right(R event) {
    return new Right<>(event);
  }

  /**
   * Returns the binary form of the events of both streams, for {@link io.thalweg.Ordered} before a
   * join: a byte, 0 for left and 1 for right, then the version and the event.
   *
   * @param left the binary form of the left events
   * @param right the binary form of the right events
   * @param <L> the events of the left stream
   * @param <R> the events of the right stream
   * @return a codec
   */
  static <L, R> Codec<JoinInput<L, R>> codec(Codec<L> left, Codec<R> right) {
    return new JoinInputCodec<>(left, right);
  }
}
