/**
 * Event-time windows, online statistics, sketches, detectors and rankings for streams of events.
 *
 * <p>The module needs nothing but {@code java.base}.
 */
module io.thalweg {
  exports io.thalweg;
  exports io.thalweg.anomaly;
  exports io.thalweg.join;
  exports io.thalweg.rank;
  exports io.thalweg.runner;
  exports io.thalweg.sketch;
  exports io.thalweg.stats;
  exports io.thalweg.testing;
  exports io.thalweg.window;
}
