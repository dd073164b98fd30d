package io.thalweg;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Codec of a fixed number of longs, for the counters of an operator. */
record LongsCodec(String name, int length) implements Codec<long[]> {

  @Override
  public void write(long[] value, DataOutput out) throws IOException {
    for (int i = 0; i < length; i++) {
      out.writeLong(value[i]);
    }
  }

  @Override
  public long[] read(DataInput in, int version) throws IOException {
    long[] value = new long[length];
    for (int i = 0; i < length; i++) {
      value[i] = in.readLong();
    }
    return value;
  }
}
