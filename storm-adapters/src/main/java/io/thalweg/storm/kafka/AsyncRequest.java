package io.thalweg.storm.kafka;

import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaFuture;

/**
 * Asynchronous request to Kafka, at most one at a time, whose response is polled by the thread that
 * sent it.
 *
 * @param <T> type of the response
 */
final class AsyncRequest<T> {

  private KafkaFuture<T> response;

  /** Returns true from {@link #send} until {@link #poll} has passed on the response. */
  boolean isPending() {
    return response != null;
  }

  /** Starts to wait for a response. */
  void send(KafkaFuture<T> response) {
    this.response = response;
  }

  /**
   * Passes the response on if it has arrived; returns at once if not.
   *
   * @param onResponse called with the response
   * @param onFailure called with the cause if the request failed
   */
  void poll(Consumer<? super T> onResponse, Consumer<Throwable> onFailure) {
    if (response == null || !response.isDone()) {
      return;
    }
    KafkaFuture<T> done = response;
    response = null;
    T result;
    try {
      result = done.get();
    } catch (ExecutionException e) {
      onFailure.accept(e.getCause());
      return;
    } catch (InterruptedException e) {
      throw new RuntimeException(e); // as in Storm's spout: Storm looks for the cause
    }
    onResponse.accept(result);
  }
}
