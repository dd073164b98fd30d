package io.thalweg.evaluation;

/**
 * The evaluation of two parts of a corpus, each at the best threshold of the other.
 *
 * @param first the first part at the threshold of the second
 * @param second the second part at the threshold of the first
 * @param together both parts as one corpus, each at the threshold of the other
 */
public record HeldOut(Evaluation first, Evaluation second, Evaluation together) {}
