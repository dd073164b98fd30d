package io.thalweg.feature;

import java.util.List;

/**
 * The transformers of the library. Each learns from the vectors that were given to it, so that its
 * state after n vectors is that of the batch formula over them.
 *
 * <p>An absent value is not learned and stays absent, except in an imputer; so does the value of a
 * scaler that has learned nothing, and a result that overflows. Numbers without a name are all
 * numbers of the schema. The features that are not named stay as they are, in their places.
 *
 * <p>Cost: O(1) a feature, without allocation but for new categories and the quantiles of {@link
 * #robustScaler}.
 */
public final class Transformers {

  private Transformers() {}

  /**
   * Returns a transformer to {@code (x - mean) / sd}, where sd is the population standard
   * deviation. If sd is 0, the difference is not divided. Mean and sd are those of {@link
   * io.thalweg.stats.MomentsAccumulator}, within 2 units in the last place.
   *
   * @param features the names of numbers; none for all
   * @return a transformer
   */
  public static Transformer standardScaler(String... features) {
    return new NumberTransformer(
        List.of(features), "standard scaler", NumberTransformer.Standard::new);
  }

  /**
   * Returns a transformer to {@code (x - min) / (max - min)}: from 0 to 1 for values within the
   * range so far. If the range is 0, the difference is not divided.
   *
   * @param features the names of numbers; none for all
   * @return a transformer
   */
  public static Transformer minMaxScaler(String... features) {
    return new NumberTransformer(
        List.of(features), "min-max scaler", NumberTransformer.MinMax::new);
  }

  /**
   * Returns a transformer to {@code (x - median) / (q75 - q25)}, by nearest rank. If the quartiles
   * are equal, the difference is not divided.
   *
   * <p>The quantiles are exact for the first 64 values. After that they are those of a {@link
   * io.thalweg.sketch.QuantileSketch} of size 200, whose rank error is about 1.2 %, and computed
   * again when the number of values has grown by a sixteenth. Memory: 6 KB a feature.
   *
   * @param features the names of numbers; none for all
   * @return a transformer
   */
  public static Transformer robustScaler(String... features) {
    return new NumberTransformer(List.of(features), "robust scaler", NumberTransformer.Robust::new);
  }

  /**
   * Returns a transformer of absent numbers to the mean so far.
   *
   * @param features the names of numbers; none for all
   * @return a transformer
   */
  public static Transformer meanImputer(String... features) {
    return new NumberTransformer(List.of(features), "mean imputer", NumberTransformer.Mean::new);
  }

  /**
   * Returns a transformer of absent numbers to a constant.
   *
   * @param value the constant
   * @param features the names of numbers; none for all
   * @return a transformer
   * @throws IllegalArgumentException if the constant is not finite
   */
  public static Transformer imputer(double value, String... features) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("value of an imputer must be finite: " + value);
    }
    return new NumberTransformer(
        List.of(features), "imputer " + value, () -> new NumberTransformer.Constant(value));
  }

  /**
   * Returns a transformer of a text to numbers by signed hashing (Weinberger et al. 2009, <a
   * href="https://doi.org/10.1145/1553374.1553516">doi:10.1145/1553374.1553516</a>): one of the
   * columns is 1 or -1, by the hash of the text, and the others are 0. Different texts share
   * columns. The columns are named {@code feature_0}, {@code feature_1}, ...
   *
   * @param feature the name of a text
   * @param columns the number of columns, positive
   * @return a transformer
   * @throws IllegalArgumentException if the number is not positive
   */
  public static Transformer hashing(String feature, int columns) {
    TextTransformer.requirePositive("columns", columns);
    return new TextTransformer(
        feature,
        "hashing " + columns,
        TextTransformer.numbered(feature, columns),
        () -> new TextTransformer.Hashing(columns));
  }

  /**
   * Returns a transformer of a text to one number for each category, which is 1 for that category
   * and 0 for any other text. The columns are named {@code feature=category}.
   *
   * @param feature the name of a text
   * @param categories the categories, different, at least one
   * @return a transformer
   * @throws IllegalArgumentException if there is no category, or one is there twice
   */
  public static Transformer oneHot(String feature, List<String> categories) {
    TextTransformer.requirePositive("categories", categories.size());
    return new TextTransformer(
        feature,
        "one-hot " + categories,
        categories.stream().map(category -> feature + "=" + category).toList(),
        () -> new TextTransformer.OneHot(categories));
  }

  /**
   * Returns a transformer of a text to one number for each of the first categories that it learns,
   * in the order of their first vectors. A category is 0 in all columns before it is learned, and
   * if there is no column left. The columns are named {@code feature_0}, {@code feature_1}, ...
   *
   * @param feature the name of a text
   * @param maxCategories the number of columns, positive
   * @return a transformer
   * @throws IllegalArgumentException if the number is not positive
   */
  public static Transformer oneHot(String feature, int maxCategories) {
    TextTransformer.requirePositive("maxCategories", maxCategories);
    return new TextTransformer(
        feature,
        "one-hot of the first " + maxCategories,
        TextTransformer.numbered(feature, maxCategories),
        () -> new TextTransformer.LearnedOneHot(maxCategories));
  }

  /**
   * Returns a transformer of a text to the mean target of its category, shrunk to the mean of all
   * (Micci-Barreca 2001, <a
   * href="https://doi.org/10.1145/507533.507538">doi:10.1145/507533.507538</a>): {@code (sum of the
   * category + weight * mean of all) / (count of the category + weight)}. A category without
   * targets has the mean of all; without any target the number is absent. The targets are learned
   * by {@link Transformer.State#learnTarget}, after the vector was transformed, so that a vector
   * never sees its own target.
   *
   * @param feature the name of a text
   * @param weight the number of targets that the mean of all counts as, positive
   * @param maxCategories the greatest number of categories that are held; the targets of further
   *     ones count for the mean of all only
   * @return a transformer
   * @throws IllegalArgumentException if the weight or the number is not positive
   */
  public static Transformer targetEncoding(String feature, double weight, int maxCategories) {
    if (!(weight > 0) || Double.isInfinite(weight)) {
      throw new IllegalArgumentException("weight must be positive and finite: " + weight);
    }
    TextTransformer.requirePositive("maxCategories", maxCategories);
    return new TextTransformer(
        feature,
        "target encoding, weight " + weight + ", at most " + maxCategories,
        List.of(feature),
        () -> new TextTransformer.TargetEncoding(weight, maxCategories));
  }
}
