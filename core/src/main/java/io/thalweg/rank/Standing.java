package io.thalweg.rank;

/**
 * Place of a member in a ranking.
 *
 * @param rank one more than the number of members with a better score, so that members with equal
 *     scores share a rank: 1, 2, 2, 4
 * @param member the member
 * @param score the member's score
 * @param <M> the members
 * @param <S> the scores
 */
public record Standing<M, S>(int rank, M member, S score) {}
