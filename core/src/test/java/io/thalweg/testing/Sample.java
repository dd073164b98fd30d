package io.thalweg.testing;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * An event of the tests.
 *
 * @param value a number
 * @param gap its own session gap
 */
public record Sample(double value, long gap) {

  /** The binary form. */
  public static final Codec<Sample> CODEC =
      new Codec<>() {
        @Override
        public String name() {
          return "sample";
        }

        @Override
        public void write(Sample sample, DataOutput out) throws IOException {
          out.writeDouble(sample.value);
          out.writeLong(sample.gap);
        }

        @Override
        public Sample read(DataInput in, int version) throws IOException {
          return new Sample(in.readDouble(), in.readLong());
        }
      };
}
