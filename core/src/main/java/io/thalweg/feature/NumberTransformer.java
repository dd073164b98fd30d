package io.thalweg.feature;

import io.thalweg.Codec;
import io.thalweg.sketch.QuantileSketch;
import io.thalweg.sketch.Quantiles;
import io.thalweg.stats.Extrema;
import io.thalweg.stats.ExtremaAccumulator;
import io.thalweg.stats.Moments;
import io.thalweg.stats.MomentsAccumulator;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * Transformer of numbers in their places, with a statistic for each of them.
 *
 * @param names the names of the numbers; empty for all
 * @param description the conversion, as part of the descriptions of the converted features
 * @param statistics creates a statistic that has learned nothing
 */
record NumberTransformer(List<String> names, String description, Supplier<Learned> statistics)
    implements Transformer {

  /** Statistic of one feature. */
  interface Learned {
    /** Returns the converted value; NaN if it is absent. */
    double apply(double value);

    /** Learns a finite value. */
    void learn(double value);

    void write(DataOutput out) throws IOException;

    void read(DataInput in) throws IOException;
  }

  @Override
  public FeatureSchema output(FeatureSchema input) {
    int[] columns = columns(input);
    List<FeatureSchema.Feature> features = new ArrayList<>(input.features());
    for (int column : columns) {
      FeatureSchema.Feature before = features.get(column);
      features.set(
          column,
          new FeatureSchema.Feature(
              before.name(), before.type(), before.description() + "; " + description));
    }
    return FeatureSchema.of(features);
  }

  private int[] columns(FeatureSchema input) {
    if (names.isEmpty()) {
      int[] all = new int[input.size()];
      int count = 0;
      for (int i = 0; i < all.length; i++) {
        if (input.type(i) == FeatureType.NUMBER) {
          all[count++] = i;
        }
      }
      return Arrays.copyOf(all, count);
    }
    int[] columns = names.stream().mapToInt(input::index).toArray();
    for (int i = 0; i < columns.length; i++) {
      if (input.type(columns[i]) != FeatureType.NUMBER) {
        throw new IllegalArgumentException(
            description + ": feature must be a number: " + names.get(i));
      }
    }
    return columns;
  }

  @Override
  public State create(FeatureSchema input) {
    int[] columns = columns(input);
    Learned[] learned = new Learned[columns.length];
    Arrays.setAll(learned, i -> statistics.get());
    return new Columns(columns, learned);
  }

  private record Columns(int[] columns, Learned[] learned) implements State {

    @Override
    public void transform(double[] numbers, String[] texts, double[] toNumbers, String[] toTexts) {
      System.arraycopy(numbers, 0, toNumbers, 0, toNumbers.length);
      if (toTexts != null) {
        System.arraycopy(texts, 0, toTexts, 0, toTexts.length);
      }
      for (int i = 0; i < columns.length; i++) {
        double value = learned[i].apply(numbers[columns[i]]);
        toNumbers[columns[i]] = Double.isFinite(value) ? value : Double.NaN;
      }
    }

    @Override
    public void learn(double[] numbers, String[] texts) {
      for (int i = 0; i < columns.length; i++) {
        double value = numbers[columns[i]];
        if (Double.isFinite(value)) {
          learned[i].learn(value);
        }
      }
    }

    @Override
    public void write(DataOutput out) throws IOException {
      for (Learned each : learned) {
        each.write(out);
      }
    }

    @Override
    public void read(DataInput in) throws IOException {
      for (Learned each : learned) {
        each.read(in);
      }
    }
  }

  /** Returns a difference as a multiple of a width, which may be 0. */
  private static double scaled(double difference, double width) {
    return width == 0 ? difference : difference / width;
  }

  /** Mean and standard deviation. */
  static class Standard implements Learned {
    private static final Codec<MomentsAccumulator> CODEC =
        Moments.over(Double::doubleValue).codec();
    MomentsAccumulator moments = new MomentsAccumulator();

    @Override
    public double apply(double value) {
      return scaled(value - moments.mean(), moments.populationStandardDeviation());
    }

    @Override
    public void learn(double value) {
      moments.add(value);
    }

    @Override
    public void write(DataOutput out) throws IOException {
      Codec.writeNested(CODEC, moments, out);
    }

    @Override
    public void read(DataInput in) throws IOException {
      moments = Codec.readNested(CODEC, in);
    }
  }

  /** Mean of absent values. */
  static final class Mean extends Standard {
    @Override
    public double apply(double value) {
      return Double.isNaN(value) ? moments.mean() : value;
    }
  }

  /** Minimum and maximum. */
  static final class MinMax implements Learned {
    private static final Codec<ExtremaAccumulator> CODEC =
        Extrema.over(Double::doubleValue).codec();
    private ExtremaAccumulator extrema = new ExtremaAccumulator();

    @Override
    public double apply(double value) {
      return scaled(value - extrema.min(), extrema.max() - extrema.min());
    }

    @Override
    public void learn(double value) {
      extrema.add(value);
    }

    @Override
    public void write(DataOutput out) throws IOException {
      Codec.writeNested(CODEC, extrema, out);
    }

    @Override
    public void read(DataInput in) throws IOException {
      extrema = Codec.readNested(CODEC, in);
    }
  }

  /** Median and quartiles. */
  static final class Robust implements Learned {
    private static final int SIZE = 200;
    private static final int EXACT = 64;
    private static final Codec<QuantileSketch> CODEC = QuantileSketch.codec(SIZE, 0);
    private QuantileSketch sketch = new QuantileSketch(SIZE, 0);
    private long next = 1;
    private double median = Double.NaN;
    private double width = Double.NaN;

    @Override
    public double apply(double value) {
      return scaled(value - median, width);
    }

    @Override
    public void learn(double value) {
      sketch.add(value);
      long count = sketch.count();
      if (count >= next) {
        Quantiles quantiles = sketch.toQuantiles();
        median = quantiles.quantile(0.5);
        width = quantiles.quantile(0.75) - quantiles.quantile(0.25);
        next = count + (count < EXACT ? 1 : count / 16);
      }
    }

    @Override
    public void write(DataOutput out) throws IOException {
      Codec.writeNested(CODEC, sketch, out);
      out.writeLong(next);
      out.writeDouble(median);
      out.writeDouble(width);
    }

    @Override
    public void read(DataInput in) throws IOException {
      sketch = Codec.readNested(CODEC, in);
      next = in.readLong();
      median = in.readDouble();
      width = in.readDouble();
    }
  }

  /**
   * Constant for absent values.
   *
   * @param value the constant
   */
  record Constant(double value) implements Learned {
    @Override
    public double apply(double number) {
      return Double.isNaN(number) ? value : number;
    }

    @Override
    public void learn(double number) {}

    @Override
    public void write(DataOutput out) {}

    @Override
    public void read(DataInput in) {}
  }
}
