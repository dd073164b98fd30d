package io.thalweg.model.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Writer of small ONNX files, in the wire format of protocol buffers. The numbers of the fields are
 * those of onnx.proto.
 */
final class OnnxFile {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** Returns a file with {@code sigmoid(row · weights + intercept)}. */
  static byte[] logistic(float[] weights, float intercept) {
    OnnxFile graph =
        new OnnxFile()
            .message(1, node("Gemm", "x w b", "sum"))
            .message(1, node("Sigmoid", "sum", "y"))
            .text(2, "logistic")
            .message(5, tensor("w", weights, weights.length, 1))
            .message(5, tensor("b", new float[] {intercept}, 1))
            .message(11, floats("x", weights.length))
            .message(12, floats("y", 1));
    return model(graph);
  }

  /**
   * Returns a file with a classifier of one tree: the first feature up to 0.5 has the probability
   * {@code low}, and above it {@code high}. A missing value goes with the low ones.
   */
  static byte[] stump(int width, float low, float high) {
    OnnxFile node =
        node("TreeEnsembleRegressor", "x", "y")
            .text(7, "ai.onnx.ml")
            .message(5, ints("nodes_treeids", 0, 0, 0))
            .message(5, ints("nodes_nodeids", 0, 1, 2))
            .message(5, ints("nodes_featureids", 0, 0, 0))
            .message(5, strings("nodes_modes", "BRANCH_LEQ", "LEAF", "LEAF"))
            .message(5, floatList("nodes_values", 0.5f, 0, 0))
            .message(5, ints("nodes_truenodeids", 1, 0, 0))
            .message(5, ints("nodes_falsenodeids", 2, 0, 0))
            .message(5, ints("nodes_missing_value_tracks_true", 1, 0, 0))
            .message(5, ints("target_treeids", 0, 0))
            .message(5, ints("target_nodeids", 1, 2))
            .message(5, ints("target_ids", 0, 0))
            .message(5, floatList("target_weights", low, high))
            .message(5, new OnnxFile().text(1, "n_targets").number(3, 1).number(20, 2));
    return model(
        new OnnxFile()
            .message(1, node)
            .text(2, "stump")
            .message(11, floats("x", width))
            .message(12, floats("y", 1)));
  }

  /** Returns a file whose only output is a tensor of integers. */
  static byte[] integers(int width) {
    OnnxFile cast =
        node("Cast", "x", "y").message(5, new OnnxFile().text(1, "to").number(3, 7).number(20, 2));
    return model(
        new OnnxFile()
            .message(1, cast)
            .text(2, "integers")
            .message(11, value("x", 1, width))
            .message(12, value("y", 7, width)));
  }

  private static byte[] model(OnnxFile graph) {
    return new OnnxFile()
        .number(1, 8) // ir_version
        .message(7, graph)
        .message(8, new OnnxFile().text(1, "").number(2, 13))
        .message(8, new OnnxFile().text(1, "ai.onnx.ml").number(2, 1))
        .bytes();
  }

  private static OnnxFile node(String type, String inputs, String output) {
    OnnxFile node = new OnnxFile();
    for (String input : inputs.split(" ")) {
      node.text(1, input);
    }
    return node.text(2, output).text(4, type);
  }

  private static OnnxFile floats(String name, int width) {
    return value(name, 1, width);
  }

  /** Returns the description of a tensor with any number of rows. */
  private static OnnxFile value(String name, int type, int width) {
    OnnxFile shape =
        new OnnxFile()
            .message(1, new OnnxFile().text(2, "rows"))
            .message(1, new OnnxFile().number(1, width));
    OnnxFile tensor = new OnnxFile().number(1, type).message(2, shape);
    return new OnnxFile().text(1, name).message(2, new OnnxFile().message(1, tensor));
  }

  private static OnnxFile tensor(String name, float[] values, long... shape) {
    OnnxFile tensor = new OnnxFile();
    for (long length : shape) {
      tensor.number(1, length);
    }
    return tensor.number(2, 1).text(8, name).raw(9, littleEndian(values));
  }

  private static OnnxFile ints(String name, long... values) {
    OnnxFile attribute = new OnnxFile().text(1, name);
    for (long value : values) {
      attribute.number(8, value);
    }
    return attribute.number(20, 7);
  }

  private static OnnxFile floatList(String name, float... values) {
    OnnxFile attribute = new OnnxFile().text(1, name);
    for (float value : values) {
      attribute.varint(7 << 3 | 5);
      attribute.out.writeBytes(littleEndian(new float[] {value}));
    }
    return attribute.number(20, 6);
  }

  private static OnnxFile strings(String name, String... values) {
    OnnxFile attribute = new OnnxFile().text(1, name);
    for (String value : values) {
      attribute.text(9, value);
    }
    return attribute.number(20, 8);
  }

  private static byte[] littleEndian(float[] values) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(values);
    return buffer.array();
  }

  private OnnxFile number(int field, long value) {
    varint((long) field << 3);
    varint(value);
    return this;
  }

  private OnnxFile text(int field, String value) {
    return raw(field, value.getBytes(UTF_8));
  }

  private OnnxFile message(int field, OnnxFile value) {
    return raw(field, value.bytes());
  }

  private OnnxFile raw(int field, byte[] value) {
    varint((long) field << 3 | 2);
    varint(value.length);
    out.writeBytes(value);
    return this;
  }

  private void varint(long value) {
    long left = value;
    while (left > 127) {
      out.write((int) (left & 127 | 128));
      left >>>= 7;
    }
    out.write((int) left);
  }

  private byte[] bytes() {
    return out.toByteArray();
  }
}
