package io.thalweg.anomaly;

import static java.util.Objects.requireNonNull;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Detector of each series of a processor, and the function that reads the values for it.
 *
 * @param spec the detector
 * @param field reads the value of an event
 */
record SeriesInput<E>(DetectorSpec spec, ToDoubleFunction<? super E> field) {

  /**
   * Returns the input for a detector of vectors. Its field reads all fields into one array, from
   * which the detectors of all series take their vector, and returns the first value; NaN if any is
   * not finite.
   */
  static <E> SeriesInput<E> ofVectors(
      VectorDetectorSpec spec, List<ToDoubleFunction<? super E>> fields) {
    double[] vector = new double[fields.size()];
    return new SeriesInput<>(
        new DetectorSpec(
            spec.name() + " of " + vector.length,
            () -> new OnVectors(spec.newDetector(vector.length), vector)),
        event -> {
          double check = 0;
          for (int i = 0; i < vector.length; i++) {
            vector[i] = fields.get(i).applyAsDouble(event);
            check += vector[i] - vector[i]; // NaN if it is not finite
          }
          return Double.isNaN(check) ? Double.NaN : vector[0];
        });
  }

  /** Detector that passes on the vector instead of its first value. */
  private static final class OnVectors implements Detector {
    private final VectorDetector detector;
    private final double[] vector;

    OnVectors(VectorDetector detector, double[] vector) {
      this.detector = requireNonNull(detector, "detector");
      this.vector = vector;
    }

    @Override
    public double score(double value, long timestamp) {
      return detector.score(vector, timestamp);
    }

    @Override
    public void learn(double value, long timestamp) {
      detector.learn(vector, timestamp);
    }

    @Override
    public void expect(long timestamp, double score, ExpectedRange range) {
      range.clear();
    }

    @Override
    public String evidence(double value, long timestamp) {
      return detector.evidence(vector, timestamp);
    }

    @Override
    public void write(DataOutput out) throws IOException {
      detector.write(out);
    }

    @Override
    public void read(DataInput in) throws IOException {
      detector.read(in);
    }
  }
}
