package io.thalweg.feature;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Names, types and descriptions of the features of a vector, in their order.
 *
 * <p>Two schemas are equal if all three are, and then have the same {@link #hash}. A vector is
 * read, and a model is applied, only with the schema that it was made with.
 *
 * <p>Immutable.
 */
public final class FeatureSchema {

  private static final FeatureSchema EMPTY = new FeatureSchema(List.of());

  /**
   * A feature of a schema.
   *
   * @param name the name, not blank
   * @param type the type
   * @param description the canonical description of the definition, such as {@code last 3600000 ms:
   *     mean}; may be empty
   */
  public record Feature(String name, FeatureType type, String description) {

    /**
     * Checks the parts.
     *
     * @param name the name, not blank
     * @param type the type
     * @param description the description
     * @throws IllegalArgumentException if the name is blank
     */
    public Feature {
      requireNonNull(name, "name");
      requireNonNull(type, "type");
      requireNonNull(description, "description");
      if (name.isBlank()) {
        throw new IllegalArgumentException("name of a feature must not be blank: \"" + name + '"');
      }
    }
  }

  private final List<Feature> features;
  private final Map<String, Integer> indexes = new HashMap<>();
  private final boolean hasTexts;
  private final long hash;

  private FeatureSchema(List<Feature> features) {
    this.features = List.copyOf(features);
    StringBuilder canonical = new StringBuilder();
    boolean texts = false;
    for (Feature feature : this.features) {
      if (indexes.putIfAbsent(feature.name, indexes.size()) != null) {
        throw new IllegalArgumentException(
            "names of features must be different; rename one: " + feature.name);
      }
      texts |= feature.type == FeatureType.TEXT;
      append(feature.name, canonical);
      canonical.append(feature.type);
      append(feature.description, canonical);
    }
    hasTexts = texts;
    hash = hash(canonical.toString());
  }

  /** Appends a string after its length, so that different schemas have different texts. */
  private static void append(String part, StringBuilder canonical) {
    canonical.append(part.length()).append(':').append(part).append('\n');
  }

  private static long hash(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return ByteBuffer.wrap(digest.digest(text.getBytes(StandardCharsets.UTF_8))).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform must have SHA-256", e);
    }
  }

  /**
   * Returns a schema.
   *
   * @param features the features, in their order
   * @return a schema
   * @throws IllegalArgumentException if two features have one name
   */
  public static FeatureSchema of(List<Feature> features) {
    return features.isEmpty() ? EMPTY : new FeatureSchema(features);
  }

  /**
   * Returns a schema of numbers without descriptions.
   *
   * @param names the names, in their order
   * @return a schema
   * @throws IllegalArgumentException if a name is blank or is given twice
   */
  public static FeatureSchema ofNumbers(String... names) {
    List<Feature> features = new ArrayList<>();
    for (String name : names) {
      features.add(new Feature(name, FeatureType.NUMBER, ""));
    }
    return of(features);
  }

  /**
   * Returns the schema without features.
   *
   * @return the empty schema
   */
  public static FeatureSchema empty() {
    return EMPTY;
  }

  /**
   * Returns the features in their order.
   *
   * @return an immutable list
   */
  public List<Feature> features() {
    return features;
  }

  /**
   * Returns the names in their order.
   *
   * @return an immutable list
   */
  public List<String> names() {
    return features.stream().map(Feature::name).toList();
  }

  /**
   * Returns the number of features.
   *
   * @return the number, 0 or more
   */
  public int size() {
    return features.size();
  }

  /**
   * Returns the name of a feature.
   *
   * @param index the position of the feature
   * @return the name
   * @throws IndexOutOfBoundsException if there is no such position
   */
  public String name(int index) {
    return features.get(index).name;
  }

  /**
   * Returns the type of a feature.
   *
   * @param index the position of the feature
   * @return the type
   * @throws IndexOutOfBoundsException if there is no such position
   */
  public FeatureType type(int index) {
    return features.get(index).type;
  }

  /**
   * Returns the position of a feature.
   *
   * @param name the name of the feature
   * @return the position, from 0
   * @throws IllegalArgumentException if there is no such feature; the message lists all names
   */
  public int index(String name) {
    Integer index = indexes.get(requireNonNull(name, "name"));
    if (index == null) {
      throw new IllegalArgumentException("feature must be one of " + names() + ": " + name);
    }
    return index;
  }

  /**
   * Returns true if there is a feature of a name.
   *
   * @param name the name
   * @return true if {@link #index} returns a position
   */
  public boolean contains(String name) {
    return indexes.containsKey(name);
  }

  /** Returns true if a feature is a text. */
  boolean hasTexts() {
    return hasTexts;
  }

  /**
   * Returns the hash of names, types and descriptions: the first eight bytes of their SHA-256 (FIPS
   * 180-4). Equal schemas have equal hashes; two different ones have equal hashes with a
   * probability of 2^-64.
   *
   * @return the hash
   */
  public long hash() {
    return hash;
  }

  /**
   * Returns the schema of vectors of this schema followed by vectors of another one.
   *
   * @param other the schema of the features that follow
   * @return a schema with the features of both
   * @throws IllegalArgumentException if both have a feature of one name
   */
  public FeatureSchema concat(FeatureSchema other) {
    if (size() == 0 || other.size() == 0) {
      return size() == 0 ? other : this;
    }
    List<Feature> all = new ArrayList<>(features);
    all.addAll(other.features);
    return new FeatureSchema(all);
  }

  /**
   * Requires a schema, for readers of vectors and rows.
   *
   * @param other the schema found
   * @throws IllegalArgumentException if it is another one; the message names the first difference
   */
  void require(FeatureSchema other) {
    if (other == this || other.hash == hash) {
      return;
    }
    int same = 0;
    while (same < Math.min(size(), other.size())
        && features.get(same).equals(other.features.get(same))) {
      same++;
    }
    throw new IllegalArgumentException(
        "features must be those of the schema, feature %d %s: %s"
            .formatted(
                same,
                same < size() ? features.get(same) : "none",
                same < other.size() ? other.features.get(same) : "none"));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FeatureSchema schema && schema.features.equals(features);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(hash);
  }

  @Override
  public String toString() {
    return features.toString();
  }
}
