package io.thalweg.testing;

import io.thalweg.Output;
import io.thalweg.Pane;
import java.util.ArrayList;
import java.util.List;

/**
 * Output that records all calls, so that a test can examine the results of one call at a time.
 *
 * <pre>{@code
 * Recording<String, Long> out = new Recording<>();
 * processor.advance(10_000, out);
 * List<RecordedResult<String, Long>> results = out.take();
 * }</pre>
 *
 * <p>Memory grows with the number of results until they are drained. Not thread-safe.
 *
 * @param <K> the keys
 * @param <O> the results
 */
public final class Recording<K, O> implements Output<K, O> {

  private List<RecordedResult<K, O>> result = new ArrayList<>();

  /** Creates an empty recording. */
  public Recording() {}

  /**
   * Removes and returns the results since the last call of this method, in order.
   *
   * @return the results; the recording is empty afterwards
   */
  public List<RecordedResult<K, O>> drain() {
    List<RecordedResult<K, O>> drained = result;
    result = new ArrayList<>();
    return drained;
  }

  @Override
  public void emit(K key, O value) {
    result.add(new RecordedResult.Answer<>(key, null, value));
  }

  @Override
  public void emit(K key, Pane at, O value) {
    result.add(new RecordedResult.Answer<>(key, at, value));
  }

  @Override
  public void update(K key, Pane at, O value, O previous) {
    result.add(new RecordedResult.Update<>(key, at, value, previous));
  }

  @Override
  public void retract(K key, Pane at, O previous) {
    result.add(new RecordedResult.Retraction<>(key, at, previous));
  }

  @Override
  public void late(K key, Object event, long timestamp, long watermark) {
    result.add(new RecordedResult.Late<>(key, event, timestamp, watermark));
  }

  @Override
  public void reject(K key, Object event, long timestamp, String reason) {
    result.add(new RecordedResult.Rejection<>(key, event, timestamp, reason));
  }
}
