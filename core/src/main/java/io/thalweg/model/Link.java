package io.thalweg.model;

/**
 * Function from the sum of a model to its prediction.
 *
 * @param kind the function
 * @param factor the factor of the sum, in the logistic function of LightGBM
 * @param single true if it is computed in single precision, as by XGBoost
 */
record Link(Kind kind, double factor, boolean single) {

  enum Kind {
    IDENTITY,
    LOGISTIC,
    EXPONENTIAL,

    /** {@code sign(x) x²}, of a regression on square roots. */
    SIGNED_SQUARE
  }

  static final Link IDENTITY = new Link(Kind.IDENTITY, 1, false);

  static final Link LOGISTIC = new Link(Kind.LOGISTIC, 1, false);

  double apply(double sum) {
    double value =
        switch (kind) {
          case IDENTITY -> sum;
          case LOGISTIC ->
              single ? 1 / ((float) Math.exp(-sum) + 1f) : 1 / (1 + Math.exp(-factor * sum));
          case EXPONENTIAL -> Math.exp(sum);
          case SIGNED_SQUARE -> Math.copySign(sum * sum, sum);
        };
    return single ? (float) value : value;
  }
}
