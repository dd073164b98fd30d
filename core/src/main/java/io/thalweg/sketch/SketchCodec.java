package io.thalweg.sketch;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** A codec in its first version, made of a name, a writer and a reader. */
record SketchCodec<A>(String name, Writer<A> writer, Reader<A> reader) implements Codec<A> {

  interface Writer<A> {
    void write(A value, DataOutput out) throws IOException;
  }

  interface Reader<A> {
    A read(DataInput in) throws IOException;
  }

  @Override
  public void write(A value, DataOutput out) throws IOException {
    writer.write(value, out);
  }

  @Override
  public A read(DataInput in, int version) throws IOException {
    return reader.read(in);
  }

  /** Refuses a record that was written under another configuration. */
  static void expect(String what, long configured, long written) throws IOException {
    if (written != configured) {
      throw new IOException(what + " must be " + configured + ", as configured: " + written);
    }
  }

  static long atLeast(String what, long least, long written) throws IOException {
    if (written < least) {
      throw new IOException(what + " must be at least " + least + ": " + written);
    }
    return written;
  }
}
