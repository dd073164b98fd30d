package io.thalweg.stats;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** A codec in its first version, made of a name, a writer and a reader. */
record StateCodec<A>(String name, Writer<A> writer, Reader<A> reader) implements Codec<A> {

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

  /** Reads a number that counts something. */
  static long readCount(DataInput in) throws IOException {
    long count = in.readLong();
    if (count < 0) {
      throw new IOException("count must not be negative: " + count);
    }
    return count;
  }
}
