/**
 * Event-time windows, online statistics, sketches, detectors and rankings for streams of events.
 *
 * <p>The module needs nothing but {@code java.base}. CSV and JSON lines in {@code io.thalweg.file}
 * and the XGBoost models of {@code io.thalweg.model} need Jackson, {@code io.thalweg.model.onnx}
 * needs ONNX Runtime.
 */
@SuppressWarnings("requires-automatic") // ONNX Runtime has no descriptor
module io.thalweg {
  requires static com.fasterxml.jackson.databind;
  requires static com.fasterxml.jackson.dataformat.csv;
  requires static com.microsoft.onnxruntime;

  exports io.thalweg;
  exports io.thalweg.anomaly;
  exports io.thalweg.join;
  exports io.thalweg.evaluation;
  exports io.thalweg.feature;
  exports io.thalweg.file;
  exports io.thalweg.model;
  exports io.thalweg.model.onnx;
  exports io.thalweg.rank;
  exports io.thalweg.replay;
  exports io.thalweg.runner;
  exports io.thalweg.sketch;
  exports io.thalweg.stats;
  exports io.thalweg.testing;
  exports io.thalweg.window;
}
