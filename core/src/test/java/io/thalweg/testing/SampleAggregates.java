package io.thalweg.testing;

import io.thalweg.Aggregate;
import io.thalweg.Aggregates;
import io.thalweg.Codec;
import io.thalweg.stats.Moments;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleBinaryOperator;

/** Aggregates of the conformance cases, over the values of samples. */
public final class SampleAggregates {

  private SampleAggregates() {}

  /**
   * Returns an aggregate by its name.
   *
   * @param name as in the conformance cases
   * @return an aggregate whose result is a Double or a list of them
   */
  public static Aggregate<Sample, ?, Object> named(String name) {
    return switch (name) {
      case "sum" -> sum();
      case "min" -> fold("min", Double.POSITIVE_INFINITY, Math::min);
      case "max" -> fold("max", Double.NEGATIVE_INFINITY, Math::max);
      case "count" -> Aggregates.<Sample>count().map(count -> (Object) (double) count);
      case "mean" -> Moments.<Sample>over(Sample::value).map(Moments::mean);
      case "stddev" ->
          Moments.<Sample>over(Sample::value).map(Moments::populationStandardDeviation);
      case "list" -> list();
      default -> throw new IllegalArgumentException("no such aggregate: " + name);
    };
  }

  /**
   * Returns the sum, with the type of its state.
   *
   * @return an aggregate whose result is a Double
   */
  public static Aggregate<Sample, double[], Object> sum() {
    return fold("sum", 0, Double::sum);
  }

  /**
   * Returns an aggregate that counts finite values and rejects other values.
   *
   * @return an aggregate whose result is a Double
   */
  public static Aggregate<Sample, ?, Object> finiteCount() {
    return Moments.<Sample>over(Sample::value).map(moments -> (Object) (double) moments.count());
  }

  /** Folds the values into one number; exact for integers and halves of moderate size. */
  private static Aggregate<Sample, double[], Object> fold(
      String name, double empty, DoubleBinaryOperator operator) {
    return Aggregate.of(
        () -> new double[] {empty},
        (state, event) -> state[0] = operator.applyAsDouble(state[0], event.value()),
        (target, source) -> target[0] = operator.applyAsDouble(target[0], source[0]),
        state -> state[0] = empty,
        state -> state[0],
        Codec.of(
            name, (state, out) -> out.writeDouble(state[0]), in -> new double[] {in.readDouble()}));
  }

  /** Keeps all values in a list. */
  private static Aggregate<Sample, List<Double>, Object> list() {
    return Aggregate.of(
        ArrayList::new,
        (state, event) -> state.add(event.value()),
        List::addAll,
        List::clear,
        List::copyOf,
        Codec.of("list", SampleAggregates::writeList, SampleAggregates::readList));
  }

  private static void writeList(List<Double> value, DataOutput out) throws IOException {
    out.writeInt(value.size());
    for (double each : value) {
      out.writeDouble(each);
    }
  }

  private static List<Double> readList(DataInput in) throws IOException {
    List<Double> value = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      value.add(in.readDouble());
    }
    return value;
  }
}
