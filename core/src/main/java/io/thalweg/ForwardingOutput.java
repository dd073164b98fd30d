package io.thalweg;

import static java.util.Objects.requireNonNull;

/**
 * Output that forwards every call to another one. Base class of outputs that treat some calls
 * differently.
 */
abstract class ForwardingOutput<K, O> implements Output<K, O> {

  final Output<K, O> results;

  ForwardingOutput(Output<K, O> results) {
    this.results = requireNonNull(results, "results");
  }

  @Override
  public void emit(K key, O value) {
    results.emit(key, value);
  }

  @Override
  public void emit(K key, Pane at, O value) {
    results.emit(key, at, value);
  }

  @Override
  public void update(K key, Pane at, O value, O previous) {
    results.update(key, at, value, previous);
  }

  @Override
  public void retract(K key, Pane at, O previous) {
    results.retract(key, at, previous);
  }

  @Override
  public void late(K key, Object event, long timestamp, long watermark) {
    results.late(key, event, timestamp, watermark);
  }

  @Override
  public void reject(K key, Object event, long timestamp, String reason) {
    results.reject(key, event, timestamp, reason);
  }
}
