package io.thalweg.feature;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Transformer of one text to numbers, which take its place.
 *
 * @param name the name of the text
 * @param description the conversion, as part of the descriptions of the numbers
 * @param columns the names of the numbers
 * @param encodings creates an encoding that has learned nothing
 */
record TextTransformer(
    String name, String description, List<String> columns, Supplier<Encoding> encodings)
    implements Transformer {

  /** Conversion of a text that is not absent. */
  interface Encoding {
    /** Sets the numbers of a text from an index on; they are 0 before. */
    void encode(String text, double[] to, int at);

    default void learn(String text) {}

    default void learnTarget(String text, double target) {}

    default void write(DataOutput out) throws IOException {}

    default void read(DataInput in) throws IOException {}
  }

  static void requirePositive(String option, int number) {
    if (number <= 0) {
      throw new IllegalArgumentException(option + " must be positive: " + number);
    }
  }

  static List<String> numbered(String feature, int columns) {
    return IntStream.range(0, columns).mapToObj(i -> feature + "_" + i).toList();
  }

  @Override
  public FeatureSchema output(FeatureSchema input) {
    int column = column(input);
    List<FeatureSchema.Feature> features = new ArrayList<>(input.features());
    String before = features.remove(column).description();
    for (int i = 0; i < columns.size(); i++) {
      features.add(
          column + i,
          new FeatureSchema.Feature(
              columns.get(i), FeatureType.NUMBER, before + "; " + description));
    }
    return FeatureSchema.of(features);
  }

  private int column(FeatureSchema input) {
    int column = input.index(name);
    if (input.type(column) != FeatureType.TEXT) {
      throw new IllegalArgumentException(description + ": feature must be a text: " + name);
    }
    return column;
  }

  @Override
  public State create(FeatureSchema input) {
    return new Column(column(input), columns.size(), encodings.get());
  }

  private record Column(int column, int width, Encoding encoding) implements State {

    @Override
    public void transform(double[] numbers, String[] texts, double[] toNumbers, String[] toTexts) {
      int after = toNumbers.length - column - width;
      System.arraycopy(numbers, 0, toNumbers, 0, column);
      System.arraycopy(numbers, column + 1, toNumbers, column + width, after);
      if (toTexts != null) {
        System.arraycopy(texts, 0, toTexts, 0, column);
        Arrays.fill(toTexts, column, column + width, null);
        System.arraycopy(texts, column + 1, toTexts, column + width, after);
      }
      String text = texts[column];
      Arrays.fill(toNumbers, column, column + width, text == null ? Double.NaN : 0);
      if (text != null) {
        encoding.encode(text, toNumbers, column);
      }
    }

    @Override
    public void learn(double[] numbers, String[] texts) {
      if (texts[column] != null) {
        encoding.learn(texts[column]);
      }
    }

    @Override
    public void learnTarget(double[] numbers, String[] texts, double target) {
      if (texts[column] != null && Double.isFinite(target)) {
        encoding.learnTarget(texts[column], target);
      }
    }

    @Override
    public void write(DataOutput out) throws IOException {
      encoding.write(out);
    }

    @Override
    public void read(DataInput in) throws IOException {
      encoding.read(in);
    }
  }

  /** Signed hashing. */
  record Hashing(int columns) implements Encoding {
    @Override
    public void encode(String text, double[] to, int at) {
      // FNV-1a over the characters (Fowler, Noll and Vo), then the finalizer of MurmurHash3.
      long hash = 0xcbf29ce484222325L;
      for (int i = 0; i < text.length(); i++) {
        hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
      }
      hash = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
      hash = (hash ^ hash >>> 33) * 0xc4ceb9fe1a85ec53L;
      hash ^= hash >>> 33;
      to[at + (int) Math.floorMod(hash >> 1, (long) columns)] = (hash & 1) == 0 ? 1 : -1;
    }
  }

  /** Columns of given categories. */
  static class OneHot implements Encoding {
    final Map<String, Integer> columns = new LinkedHashMap<>();

    OneHot(List<String> categories) {
      for (String category : categories) {
        if (columns.putIfAbsent(category, columns.size()) != null) {
          throw new IllegalArgumentException("categories must differ: " + category);
        }
      }
    }

    @Override
    public void encode(String text, double[] to, int at) {
      Integer column = columns.get(text);
      if (column != null) {
        to[at + column] = 1;
      }
    }
  }

  /** Columns of the first categories. */
  static final class LearnedOneHot extends OneHot {
    private final int max;

    LearnedOneHot(int max) {
      super(List.of());
      this.max = max;
    }

    @Override
    public void learn(String text) {
      if (columns.size() < max) {
        columns.putIfAbsent(text, columns.size());
      }
    }

    @Override
    public void write(DataOutput out) throws IOException {
      out.writeInt(columns.size());
      for (String category : columns.keySet()) {
        Codec.writeNested(Codec.STRING, category, out);
      }
    }

    @Override
    public void read(DataInput in) throws IOException {
      for (int left = count(in, max); left > 0; left--) {
        columns.put(Codec.readNested(Codec.STRING, in), columns.size());
      }
    }
  }

  /** Means of the targets of categories. */
  static final class TargetEncoding implements Encoding {
    private final double weight;
    private final int max;
    private final Map<String, Targets> categories = new LinkedHashMap<>();
    private final Targets all = new Targets();

    private static final class Targets {
      long count;
      double sum;

      void add(double target) {
        count++;
        sum += target;
      }

      void write(DataOutput out) throws IOException {
        out.writeLong(count);
        out.writeDouble(sum);
      }

      void read(DataInput in) throws IOException {
        count = in.readLong();
        sum = in.readDouble();
      }
    }

    TargetEncoding(double weight, int max) {
      this.weight = weight;
      this.max = max;
    }

    @Override
    public void encode(String text, double[] to, int at) {
      double mean = all.sum / all.count; // NaN before the first target
      Targets own = categories.get(text);
      double value = own == null ? mean : (own.sum + weight * mean) / (own.count + weight);
      to[at] = Double.isFinite(value) ? value : Double.NaN;
    }

    @Override
    public void learnTarget(String text, double target) {
      all.add(target);
      Targets own = categories.get(text);
      if (own == null && categories.size() < max) {
        own = new Targets();
        categories.put(text, own);
      }
      if (own != null) {
        own.add(target);
      }
    }

    @Override
    public void write(DataOutput out) throws IOException {
      all.write(out);
      out.writeInt(categories.size());
      for (Map.Entry<String, Targets> each : categories.entrySet()) {
        Codec.writeNested(Codec.STRING, each.getKey(), out);
        each.getValue().write(out);
      }
    }

    @Override
    public void read(DataInput in) throws IOException {
      all.read(in);
      for (int left = count(in, max); left > 0; left--) {
        Targets own = new Targets();
        categories.put(Codec.readNested(Codec.STRING, in), own);
        own.read(in);
      }
    }
  }

  private static int count(DataInput in, int max) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > max) {
      throw new StreamCorruptedException("categories must be from 0 to " + max + ": " + count);
    }
    return count;
  }
}
