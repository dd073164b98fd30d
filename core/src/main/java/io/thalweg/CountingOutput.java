package io.thalweg;

/**
 * Output that counts the calls and forwards each of them to another output.
 *
 * <pre>{@code
 * CountingOutput<String, Anomaly> alerts = new CountingOutput<>((device, a) -> print(device, a));
 * detector.process(device, reading, time, alerts);
 * if (alerts.lateEvents() > 0) { ... }
 * }</pre>
 *
 * <p>Cost: one addition for each call; allocates nothing. Not thread-safe.
 *
 * @param <K> the keys
 * @param <O> the results
 */
public final class CountingOutput<K, O> extends ForwardingOutput<K, O> {

  private long resultCount;
  private long retractionCount;
  private long lateCount;
  private long rejectedCount;

  /**
   * Creates an output that has counted nothing.
   *
   * @param results receives every call
   */
  public CountingOutput(Output<K, O> results) {
    super(results);
  }

  /**
   * Returns the number of results.
   *
   * @return the calls of {@code emit} and {@code update}
   */
  public long results() {
    return resultCount;
  }

  /**
   * Returns the number of retracted results.
   *
   * @return the calls of {@code retract}
   */
  public long retractions() {
    return retractionCount;
  }

  /**
   * Returns the number of late events.
   *
   * @return the calls of {@code late}
   */
  public long lateEvents() {
    return lateCount;
  }

  /**
   * Returns the number of rejected events.
   *
   * @return the calls of {@code reject}
   */
  public long rejectedEvents() {
    return rejectedCount;
  }

  @Override
  public void emit(K key, O value) {
    resultCount++;
    super.emit(key, value);
  }

  @Override
  public void emit(K key, Pane at, O value) {
    resultCount++;
    super.emit(key, at, value);
  }

  @Override
  public void update(K key, Pane at, O value, O previous) {
    resultCount++;
    super.update(key, at, value, previous);
  }

  @Override
  public void retract(K key, Pane at, O previous) {
    retractionCount++;
    super.retract(key, at, previous);
  }

  @Override
  public void late(K key, Object event, long timestamp, long watermark) {
    lateCount++;
    super.late(key, event, timestamp, watermark);
  }

  @Override
  public void reject(K key, Object event, long timestamp, String reason) {
    rejectedCount++;
    super.reject(key, event, timestamp, reason);
  }
}
