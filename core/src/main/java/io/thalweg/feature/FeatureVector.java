package io.thalweg.feature;

import static java.util.Objects.requireNonNull;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.Arrays;

/**
 * Values of the features of one event, in the order of their {@link FeatureSchema}.
 *
 * <p>An absent number is NaN and an absent text is null; neither is 0 or empty. Two vectors are
 * equal if their schemas and all values are, bit for bit: every NaN equals every other, and 0.0
 * does not equal -0.0.
 *
 * <p>Immutable. Memory: 40 bytes and 8 a feature; 16 and 4 more a feature if there are texts, and
 * the texts.
 */
public final class FeatureVector {

  private static final FeatureVector EMPTY =
      new FeatureVector(FeatureSchema.empty(), new double[0], null);

  private final FeatureSchema schema;

  /** The numbers; NaN at the positions of texts. */
  private final double[] numbers;

  /** The texts; null at the positions of numbers; null if there are no texts. */
  private final String[] texts;

  /** Takes ownership of the arrays. */
  FeatureVector(FeatureSchema schema, double[] numbers, String[] texts) {
    this.schema = schema;
    this.numbers = numbers;
    this.texts = texts;
  }

  /**
   * Returns the vector without features.
   *
   * @return the empty vector
   */
  public static FeatureVector empty() {
    return EMPTY;
  }

  /** Returns a vector in which every feature is absent. */
  static FeatureVector absent(FeatureSchema schema) {
    double[] numbers = new double[schema.size()];
    Arrays.fill(numbers, Double.NaN);
    return new FeatureVector(
        schema, numbers, schema.hasTexts() ? new String[numbers.length] : null);
  }

  /**
   * Returns a vector of numbers.
   *
   * @param schema the features, all of them numbers
   * @param numbers a value for each feature, copied; NaN if it is absent
   * @return a vector
   * @throws IllegalArgumentException if a feature is a text, the number of values is another one,
   *     or a value is infinite
   */
  public static FeatureVector of(FeatureSchema schema, double... numbers) {
    if (schema.hasTexts()) {
      throw new IllegalArgumentException("features must be numbers: " + schema);
    }
    return of(schema, numbers, null);
  }

  /**
   * Returns a vector.
   *
   * @param schema the features
   * @param numbers a value for each feature, copied; NaN if it is absent, ignored for a text
   * @param texts a value for each feature, copied; null if it is absent, ignored for a number; may
   *     be null if all features are numbers
   * @return a vector
   * @throws IllegalArgumentException if the number of values is another one, or a value is infinite
   */
  public static FeatureVector of(FeatureSchema schema, double[] numbers, String[] texts) {
    int size = schema.size();
    if (numbers.length != size) {
      throw new IllegalArgumentException(
          "a vector must have a value for each of its " + size + " features: " + numbers.length);
    }
    if (schema.hasTexts() && (texts == null || texts.length != size)) {
      throw new IllegalArgumentException(
          "a vector must have a text or null for each of its "
              + size
              + " features: "
              + (texts == null ? "none" : texts.length));
    }
    double[] ownNumbers = numbers.clone();
    String[] ownTexts = schema.hasTexts() ? texts.clone() : null;
    for (int i = 0; i < size; i++) {
      if (schema.type(i) == FeatureType.TEXT) {
        ownNumbers[i] = Double.NaN;
      } else {
        if (Double.isInfinite(ownNumbers[i])) {
          throw new IllegalArgumentException(
              "feature " + schema.name(i) + " must not be infinite: " + ownNumbers[i]);
        }
        if (ownTexts != null) {
          ownTexts[i] = null;
        }
      }
    }
    return new FeatureVector(schema, ownNumbers, ownTexts);
  }

  /**
   * Returns the schema.
   *
   * @return names and types of the features
   */
  public FeatureSchema schema() {
    return schema;
  }

  /**
   * Returns the number of features.
   *
   * @return the number, 0 or more
   */
  public int size() {
    return numbers.length;
  }

  /**
   * Returns the value of a number.
   *
   * @param index the position of the feature
   * @return the value; NaN if it is absent
   * @throws IllegalArgumentException if the feature is a text
   * @throws IndexOutOfBoundsException if there is no such position
   */
  public double number(int index) {
    if (schema.type(index) != FeatureType.NUMBER) {
      throw new IllegalArgumentException("feature must be a number: " + schema.name(index));
    }
    return numbers[index];
  }

  /**
   * Returns the value of a number.
   *
   * @param name the name of the feature
   * @return the value; NaN if it is absent
   * @throws IllegalArgumentException if there is no such feature, or it is a text
   */
  public double number(String name) {
    return number(schema.index(name));
  }

  /**
   * Returns the value of a text.
   *
   * @param index the position of the feature
   * @return the value; null if it is absent
   * @throws IllegalArgumentException if the feature is a number
   * @throws IndexOutOfBoundsException if there is no such position
   */
  public String text(int index) {
    if (schema.type(index) != FeatureType.TEXT) {
      throw new IllegalArgumentException("feature must be a text: " + schema.name(index));
    }
    return texts[index];
  }

  /**
   * Returns the value of a text.
   *
   * @param name the name of the feature
   * @return the value; null if it is absent
   * @throws IllegalArgumentException if there is no such feature, or it is a number
   */
  public String text(String name) {
    return text(schema.index(name));
  }

  /**
   * Returns true if a feature has no value.
   *
   * @param index the position of the feature
   * @return true for a NaN or null
   * @throws IndexOutOfBoundsException if there is no such position
   */
  public boolean isAbsent(int index) {
    return schema.type(index) == FeatureType.NUMBER
        ? Double.isNaN(numbers[index])
        : texts[index] == null;
  }

  /**
   * Returns true if a feature has no value.
   *
   * @param name the name of the feature
   * @return true for a NaN or null
   * @throws IllegalArgumentException if there is no such feature
   */
  public boolean isAbsent(String name) {
    return isAbsent(schema.index(name));
  }

  /**
   * Copies the numbers into the row of a model. A text is copied as NaN.
   *
   * @param row receives the value of feature i at index i; may be longer
   * @throws IndexOutOfBoundsException if the row is shorter than the vector
   */
  public void copyNumbers(double[] row) {
    System.arraycopy(numbers, 0, row, 0, numbers.length);
  }

  /**
   * Returns this vector followed by another one.
   *
   * @param other the values that follow
   * @return a vector of both schemas
   * @throws IllegalArgumentException if both have a feature of one name
   */
  public FeatureVector concat(FeatureVector other) {
    return concat(other, schema.concat(other.schema));
  }

  /** Returns this vector followed by another one, with the schema of both. */
  FeatureVector concat(FeatureVector other, FeatureSchema both) {
    if (size() == 0 || other.size() == 0) {
      return size() == 0 ? other : this;
    }
    double[] allNumbers = Arrays.copyOf(numbers, both.size());
    System.arraycopy(other.numbers, 0, allNumbers, size(), other.size());
    String[] allTexts = null;
    if (both.hasTexts()) {
      allTexts = texts == null ? new String[both.size()] : Arrays.copyOf(texts, both.size());
      if (other.texts != null) {
        System.arraycopy(other.texts, 0, allTexts, size(), other.size());
      }
    }
    return new FeatureVector(both, allNumbers, allTexts);
  }

  /**
   * Returns the binary form of vectors of one schema: the hash of the schema as a {@code long};
   * then a {@code double} for each number and, for each text, a byte that is 0 if it is absent and
   * else 1 and a string.
   *
   * @param schema the features
   * @return a codec that refuses vectors of any other schema; immutable
   */
  public static Codec<FeatureVector> codec(FeatureSchema schema) {
    requireNonNull(schema, "schema");
    return Codec.of(
        "thalweg.feature.vector",
        (value, out) -> {
          schema.require(value.schema);
          value.write(out);
        },
        in -> read(schema, in));
  }

  private void write(DataOutput out) throws IOException {
    out.writeLong(schema.hash());
    for (int i = 0; i < numbers.length; i++) {
      if (schema.type(i) == FeatureType.NUMBER) {
        out.writeDouble(numbers[i]);
      } else {
        out.writeByte(texts[i] == null ? 0 : 1);
        if (texts[i] != null) {
          Codec.STRING.write(texts[i], out);
        }
      }
    }
  }

  private static FeatureVector read(FeatureSchema schema, DataInput in) throws IOException {
    long hash = in.readLong();
    if (hash != schema.hash()) {
      throw new StreamCorruptedException(
          "a vector must be of the schema with hash %016x; it was written with another set of features: %016x"
              .formatted(schema.hash(), hash));
    }
    double[] numbers = new double[schema.size()];
    String[] texts = schema.hasTexts() ? new String[schema.size()] : null;
    for (int i = 0; i < numbers.length; i++) {
      if (schema.type(i) == FeatureType.NUMBER) {
        numbers[i] = in.readDouble();
        if (Double.isInfinite(numbers[i])) {
          throw new StreamCorruptedException("a feature must not be infinite: " + numbers[i]);
        }
      } else {
        numbers[i] = Double.NaN;
        int present = in.readByte();
        if (present < 0 || present > 1) {
          throw new StreamCorruptedException("a text must begin with 0 or 1: " + present);
        }
        texts[i] = present == 1 ? Codec.STRING.read(in, 1) : null;
      }
    }
    return new FeatureVector(schema, numbers, texts);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FeatureVector vector
        && vector.schema.equals(schema)
        && Arrays.equals(vector.numbers, numbers)
        && Arrays.equals(vector.texts, texts);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(numbers) + Arrays.hashCode(texts);
  }

  /** Returns the names and values of the features, such as {@code {amount=12.0, country=null}}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("{");
    for (int i = 0; i < numbers.length; i++) {
      text.append(i == 0 ? "" : ", ").append(schema.name(i)).append('=');
      if (schema.type(i) == FeatureType.NUMBER) {
        text.append(numbers[i]);
      } else {
        text.append(texts[i]);
      }
    }
    return text.append('}').toString();
  }
}
