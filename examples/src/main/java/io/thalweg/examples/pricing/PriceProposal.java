package io.thalweg.examples.pricing;

/**
 * Proposal to change the price of a product.
 *
 * @param before the price so far
 * @param after the proposed price
 * @param listPrice the list price
 * @param velocity the demand of the last hour as a multiple of that of the last seven days
 * @param competitorPrice the price of the competitor; NaN if none is recent
 * @param limit the guard rail that kept the price from going further
 */
record PriceProposal(
    double before,
    double after,
    double listPrice,
    double velocity,
    double competitorPrice,
    Limit limit) {

  /** Guard rail of a proposal. */
  enum Limit {
    NONE,
    /** The largest step. */
    STEP,
    /** The lowest or highest price. */
    RANGE
  }
}
