package io.thalweg.feature;

/** Reads a feature of a key as of the event in process. */
interface FeatureReader {

  /**
   * Returns the value of a number.
   *
   * @param states the states of the key
   * @param at the event
   * @param row the numbers of the features declared before
   * @return the value; NaN if it is absent
   */
  double number(FeatureState[] states, EventValues<?> at, double[] row);

  /** Returns the value of a text, null if it is absent; null for a number. */
  default String text(FeatureState[] states, EventValues<?> at) {
    return null;
  }

  /** Reader of a text. */
  @FunctionalInterface
  interface OfText extends FeatureReader {
    @Override
    String text(FeatureState[] states, EventValues<?> at);

    @Override
    default double number(FeatureState[] states, EventValues<?> at, double[] row) {
      return Double.NaN;
    }
  }
}
