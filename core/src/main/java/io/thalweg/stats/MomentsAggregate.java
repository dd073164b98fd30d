package io.thalweg.stats;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.function.ToDoubleFunction;

/** Moments of a field of the events. */
record MomentsAggregate<E>(ToDoubleFunction<? super E> field)
    implements Aggregate<E, MomentsAccumulator, Moments> {

  MomentsAggregate {
    requireNonNull(field, "field");
  }

  @Override
  public MomentsAccumulator create() {
    return new MomentsAccumulator();
  }

  @Override
  public void check(E event) {
    double value = field.applyAsDouble(event);
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("value must be finite: " + value);
    }
  }

  @Override
  public void add(MomentsAccumulator state, E event) {
    state.add(field.applyAsDouble(event));
  }

  @Override
  public void merge(MomentsAccumulator target, MomentsAccumulator source) {
    target.merge(source);
  }

  @Override
  public void clear(MomentsAccumulator state) {
    state.clear();
  }

  @Override
  public Moments result(MomentsAccumulator state) {
    return state.toMoments();
  }

  @Override
  public Codec<MomentsAccumulator> codec() {
    return MomentsCodec.INSTANCE;
  }

  private static final class MomentsCodec implements Codec<MomentsAccumulator> {

    static final MomentsCodec INSTANCE = new MomentsCodec();

    @Override
    public String name() {
      return "thalweg.moments";
    }

    @Override
    public void write(MomentsAccumulator value, DataOutput out) throws IOException {
      out.writeLong(value.count());
      out.writeDouble(value.mean());
      out.writeDouble(value.sumOfSquaredDeviations());
    }

    @Override
    public MomentsAccumulator read(DataInput in, int version) throws IOException {
      MomentsAccumulator value = new MomentsAccumulator();
      value.merge(in.readLong(), in.readDouble(), in.readDouble());
      return value;
    }
  }
}
