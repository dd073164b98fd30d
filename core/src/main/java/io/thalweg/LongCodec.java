package io.thalweg;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Longs in eight bytes. */
final class LongCodec implements Codec<Long> {

  @Override
  public String name() {
    return "long";
  }

  @Override
  public void write(Long value, DataOutput out) throws IOException {
    out.writeLong(value);
  }

  @Override
  public Long read(DataInput in, int version) throws IOException {
    return in.readLong();
  }
}
