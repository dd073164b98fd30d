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

/** The aggregates that the conformance cases name, over the values of samples. */
public final class SampleAggregates {

  private SampleAggregates() {}

  /**
   * An aggregate by name.
   *
   * @param name as in the conformance cases
   * @return an aggregate whose result is a Double or a list of them
   */
  public static Aggregate<Sample, ?, Object> named(String name) {
    return switch (name) {
      case "sum" -> sum();
      case "min" -> new Folding("min", Double.POSITIVE_INFINITY, Math::min);
      case "max" -> new Folding("max", Double.NEGATIVE_INFINITY, Math::max);
      case "count" -> Aggregates.<Sample>count().map(count -> (Object) (double) count);
      case "mean" -> Moments.<Sample>over(Sample::value).map(Moments::mean);
      case "stddev" ->
          Moments.<Sample>over(Sample::value).map(Moments::populationStandardDeviation);
      case "list" -> new Listing();
      default -> throw new IllegalArgumentException("no such aggregate: " + name);
    };
  }

  /**
   * The sum, with the type of its state.
   *
   * @return an aggregate whose result is a Double
   */
  public static Aggregate<Sample, double[], Object> sum() {
    return new Folding("sum", 0, Double::sum);
  }

  /**
   * Counts finite values and refuses the others.
   *
   * @return an aggregate whose result is a Double
   */
  public static Aggregate<Sample, ?, Object> finiteCount() {
    return Moments.<Sample>over(Sample::value).map(moments -> (Object) (double) moments.count());
  }

  /** Folds the values into one number; exact for integers and halves of moderate size. */
  private record Folding(String name, double empty, DoubleBinaryOperator fold)
      implements Aggregate<Sample, double[], Object> {

    @Override
    public double[] create() {
      return new double[] {empty};
    }

    @Override
    public void add(double[] state, Sample event) {
      state[0] = fold.applyAsDouble(state[0], event.value());
    }

    @Override
    public void merge(double[] target, double[] source) {
      target[0] = fold.applyAsDouble(target[0], source[0]);
    }

    @Override
    public void clear(double[] state) {
      state[0] = empty;
    }

    @Override
    public Object result(double[] state) {
      return state[0];
    }

    @Override
    public Codec<double[]> codec() {
      return new Codec<>() {
        @Override
        public String name() {
          return name;
        }

        @Override
        public void write(double[] value, DataOutput out) throws IOException {
          out.writeDouble(value[0]);
        }

        @Override
        public double[] read(DataInput in, int version) throws IOException {
          return new double[] {in.readDouble()};
        }
      };
    }
  }

  /** Keeps all the values. */
  private record Listing() implements Aggregate<Sample, List<Double>, Object> {

    @Override
    public List<Double> create() {
      return new ArrayList<>();
    }

    @Override
    public void add(List<Double> state, Sample event) {
      state.add(event.value());
    }

    @Override
    public void merge(List<Double> target, List<Double> source) {
      target.addAll(source);
    }

    @Override
    public void clear(List<Double> state) {
      state.clear();
    }

    @Override
    public Object result(List<Double> state) {
      return List.copyOf(state);
    }

    @Override
    public Codec<List<Double>> codec() {
      return new Codec<>() {
        @Override
        public String name() {
          return "list";
        }

        @Override
        public void write(List<Double> value, DataOutput out) throws IOException {
          out.writeInt(value.size());
          for (double each : value) {
            out.writeDouble(each);
          }
        }

        @Override
        public List<Double> read(DataInput in, int version) throws IOException {
          List<Double> value = new ArrayList<>();
          for (int left = in.readInt(); left > 0; left--) {
            value.add(in.readDouble());
          }
          return value;
        }
      };
    }
  }
}
