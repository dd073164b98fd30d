package io.thalweg.model.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.thalweg.model.Model;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Model in the ONNX format, run by ONNX Runtime in the thread of the caller.
 *
 * <pre>{@code
 * Model model = OnnxModel.load(Files.readAllBytes(Path.of("fraud.onnx")), schema.names());
 * }</pre>
 *
 * <p>The file must have one input, a tensor of floats with a row for each event and a column for
 * each feature. The prediction is the last column of the last output that is a tensor of floats: of
 * a binary classifier the probability of the positive class. Classifiers that scikit-learn or
 * LightGBM write must be converted with {@code zipmap=False}, so that their probabilities are a
 * tensor.
 *
 * <p>Values are rounded to floats; a missing value is NaN. Cost: that of the runtime, some
 * microseconds and about a kilobyte for a call, so that several rows in one call are cheaper a row.
 * Memory outside the heap is held until {@link #close}. Safe to share between threads.
 */
public final class OnnxModel implements Model, AutoCloseable {

  private final List<String> features;
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final String input;
  private final String output;

  private OnnxModel(List<String> features, OrtEnvironment environment, OrtSession session)
      throws OrtException {
    this.features = List.copyOf(features);
    this.environment = environment;
    this.session = session;
    this.input = input(features.size(), session.getInputInfo());
    this.output = output(session.getOutputInfo());
  }

  /**
   * Reads a model.
   *
   * @param bytes the content of the file
   * @param features the names of the features, in the order of the columns of the input
   * @return the model
   * @throws IllegalArgumentException if the bytes are no model, or its input or output has another
   *     form; the message has the reason
   */
  public static OnnxModel load(byte[] bytes, List<String> features) {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    OrtSession session = null;
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      session = environment.createSession(bytes, options);
      return new OnnxModel(features, environment, session);
    } catch (OrtException e) {
      throw new IllegalArgumentException(
          "ONNX model must be readable by the runtime: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      close(session, e);
      throw e;
    }
  }

  private static void close(OrtSession session, IllegalArgumentException reason) {
    try {
      session.close();
    } catch (OrtException e) {
      reason.addSuppressed(e);
    }
  }

  private static String input(int features, Map<String, NodeInfo> inputs) {
    if (inputs.size() != 1) {
      throw new IllegalArgumentException(
          "ONNX model must have one input, a tensor of all features: " + inputs.keySet());
    }
    NodeInfo input = inputs.values().iterator().next();
    if (!(input.getInfo() instanceof TensorInfo tensor)
        || tensor.type != OnnxJavaType.FLOAT
        || tensor.getShape().length != 2) {
      throw new IllegalArgumentException(
          "ONNX model must have a tensor of floats with two dimensions as its input: "
              + input.getInfo());
    }
    long width = tensor.getShape()[1];
    if (width >= 0 && width != features) {
      throw new IllegalArgumentException(
          "ONNX model must have a column for each of " + features + " features: " + width);
    }
    long rows = tensor.getShape()[0];
    if (rows >= 0 && rows != 1) {
      throw new IllegalArgumentException(
          "ONNX model must take any number of rows, or one: " + rows);
    }
    return input.getName();
  }

  private static String output(Map<String, NodeInfo> outputs) {
    String last = null;
    for (NodeInfo each : outputs.values()) {
      if (each.getInfo() instanceof TensorInfo tensor && tensor.type == OnnxJavaType.FLOAT) {
        last = each.getName();
      }
    }
    if (last == null) {
      throw new IllegalArgumentException(
          "ONNX model must have a tensor of floats as an output; convert a classifier with zipmap=False: "
              + outputs.values());
    }
    return last;
  }

  @Override
  public List<String> features() {
    return features;
  }

  @Override
  public double score(double[] row) {
    double[] score = new double[1];
    score(new double[][] {row}, score);
    return score[0];
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the runtime fails
   */
  @Override
  public void score(double[][] rows, double[] scores) {
    int width = features.size();
    if (scores.length < rows.length) {
      throw new IllegalArgumentException(
          "scores must have a place for each of " + rows.length + " rows: " + scores.length);
    }
    if (rows.length == 0) {
      return;
    }
    float[] values = new float[rows.length * width];
    for (int i = 0; i < rows.length; i++) {
      if (rows[i].length < width) {
        throw new IllegalArgumentException(
            "row must have a value for each of " + width + " features: " + rows[i].length);
      }
      for (int k = 0; k < width; k++) {
        values[i * width + k] = (float) rows[i][k];
      }
    }
    try (OnnxTensor tensor =
            OnnxTensor.createTensor(
                environment, FloatBuffer.wrap(values), new long[] {rows.length, width});
        OrtSession.Result result = session.run(Map.of(input, tensor), Set.of(output))) {
      FloatBuffer predictions = ((OnnxTensor) result.get(0)).getFloatBuffer();
      int columns = predictions.remaining() / rows.length;
      if (columns == 0 || columns * rows.length != predictions.remaining()) {
        throw new IllegalStateException(
            "ONNX model must return a prediction for each row: "
                + Arrays.toString(((OnnxTensor) result.get(0)).getInfo().getShape()));
      }
      for (int i = 0; i < rows.length; i++) {
        scores[i] = predictions.get((i + 1) * columns - 1);
      }
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX model must score: " + e.getMessage(), e);
    }
  }

  /**
   * Releases the memory of the model.
   *
   * @throws IllegalStateException if the runtime fails, or the model is closed
   */
  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX model must close: " + e.getMessage(), e);
    }
  }
}
