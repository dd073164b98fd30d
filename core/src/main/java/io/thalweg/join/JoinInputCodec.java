package io.thalweg.join;

import static java.util.Objects.requireNonNull;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;

/** Codec of {@link JoinInput#codec}. */
record JoinInputCodec<L, R>(Codec<L> left, Codec<R> right) implements Codec<JoinInput<L, R>> {

  JoinInputCodec {
    requireNonNull(left, "left");
    requireNonNull(right, "right");
  }

  @Override
  public String name() {
    return "thalweg.join.input of " + left.name() + " and " + right.name();
  }

  @Override
  public void write(JoinInput<L, R> value, DataOutput out) throws IOException {
    if (value instanceof JoinInput.Left<L, R> side) {
      out.writeByte(0);
      Codec.writeNested(left, side.event(), out);
    } else {
      out.writeByte(1);
      Codec.writeNested(right, ((JoinInput.Right<L, R>) value).event(), out);
    }
  }

  @Override
  public JoinInput<L, R> read(DataInput in, int version) throws IOException {
    byte side = in.readByte();
    return switch (side) {
      case 0 -> JoinInput.left(Codec.readNested(left, in));
      case 1 -> JoinInput.right(Codec.readNested(right, in));
      default -> throw new StreamCorruptedException("side must be 0 or 1: " + side);
    };
  }
}
