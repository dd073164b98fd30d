package io.thalweg.testing;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Event of a generated stream.
 *
 * @param value a number
 * @param gap the gap of its session
 */
public record Sample(double value, long gap) {

  /** Codec of samples: the value, then the gap. */
  public static final Codec<Sample> CODEC = new SampleCodec();

  private static final class SampleCodec implements Codec<Sample> {

    @Override
    public String name() {
      return "thalweg.testing.sample";
    }

    @Override
    public void write(Sample value, DataOutput out) throws IOException {
      out.writeDouble(value.value);
      out.writeLong(value.gap);
    }

    @Override
    public Sample read(DataInput in, int version) throws IOException {
      return new Sample(in.readDouble(), in.readLong());
    }
  }
}
