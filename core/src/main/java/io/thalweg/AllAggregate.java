package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Aggregate whose state is an array of the states of its parts. Only the part knows the type of its
 * state.
 */
final class AllAggregate<E, R> implements Aggregate<E, Object[], R> {

  private static final int LONGEST_NAME = 65_535;

  private final Aggregate<? super E, Object, ?>[] parts;
  private final BiFunction<AllAggregate<E, R>, Object[], R> combine;
  private final Codec<Object[]> codec;

  /**
   * Combines parts. The function reads the results of the parts from their states by {@link
   * #result(int, Object[])}.
   */
  @SuppressWarnings("unchecked") // slot i is created, and only ever touched, by parts[i]
  AllAggregate(
      List<? extends Aggregate<? super E, ?, ?>> aggregates,
      BiFunction<AllAggregate<E, R>, Object[], R> combine) {
    this.parts = aggregates.toArray(Aggregate[]::new);
    this.combine = combine;
    StringBuilder name = new StringBuilder("thalweg.all");
    for (int i = 0; i < parts.length; i++) {
      name.append('+').append(requireNonNull(parts[i], "aggregate " + i).codec().name());
    }
    int bytes = name.toString().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > LONGEST_NAME) {
      throw new IllegalArgumentException(
          "the names of the codecs of all aggregates must have at most "
              + LONGEST_NAME
              + " bytes together; combine fewer aggregates: "
              + bytes
              + " bytes of "
              + parts.length);
    }
    codec = new AllCodec(name.toString());
  }

  /** Returns the result of a part. */
  @SuppressWarnings("unchecked") // the caller names the type of the result of the part
  <T> T result(int part, Object[] states) {
    return (T) parts[part].result(states[part]);
  }

  @Override
  public Object[] create() {
    Object[] states = new Object[parts.length];
    for (int i = 0; i < parts.length; i++) {
      states[i] = parts[i].create();
    }
    return states;
  }

  @Override
  public void check(E event) {
    for (Aggregate<? super E, Object, ?> part : parts) {
      part.check(event);
    }
  }

  @Override
  public void add(Object[] state, E event) {
    for (int i = 0; i < parts.length; i++) {
      parts[i].add(state[i], event);
    }
  }

  @Override
  public void merge(Object[] target, Object[] source) {
    for (int i = 0; i < parts.length; i++) {
      parts[i].merge(target[i], source[i]);
    }
  }

  @Override
  public void clear(Object[] state) {
    for (int i = 0; i < parts.length; i++) {
      parts[i].clear(state[i]);
    }
  }

  @Override
  public R result(Object[] state) {
    return combine.apply(this, state);
  }

  @Override
  public Codec<Object[]> codec() {
    return codec;
  }

  /** Codec of the version and the state of each part. The name lists the names of the parts. */
  private final class AllCodec implements Codec<Object[]> {

    private final String name;

    AllCodec(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void write(Object[] value, DataOutput out) throws IOException {
      for (int i = 0; i < parts.length; i++) {
        Codec.writeNested(parts[i].codec(), value[i], out);
      }
    }

    @Override
    public Object[] read(DataInput in, int version) throws IOException {
      Object[] states = new Object[parts.length];
      for (int i = 0; i < parts.length; i++) {
        states[i] = Codec.readNested(parts[i].codec(), in);
      }
      return states;
    }
  }
}
