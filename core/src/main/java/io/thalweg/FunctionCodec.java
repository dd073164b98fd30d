package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Codec in its first version, made of a name and two functions. */
record FunctionCodec<T>(
    String name, Codec.Writer<? super T> writer, Codec.Reader<? extends T> reader)
    implements Codec<T> {

  FunctionCodec {
    Envelope.requireName(requireNonNull(name, "name"));
    requireNonNull(writer, "writer");
    requireNonNull(reader, "reader");
  }

  @Override
  public void write(T value, DataOutput out) throws IOException {
    writer.write(value, out);
  }

  @Override
  public T read(DataInput in, int version) throws IOException {
    return reader.read(in);
  }
}
