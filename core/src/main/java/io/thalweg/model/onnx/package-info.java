/**
 * Models in the ONNX format, run by ONNX Runtime.
 *
 * <p>The package needs the optional library {@code com.microsoft.onnxruntime:onnxruntime}.
 */
package io.thalweg.model.onnx;
