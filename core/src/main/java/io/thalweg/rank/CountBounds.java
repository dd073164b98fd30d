package io.thalweg.rank;

/**
 * What is known for certain of a count.
 *
 * @param least it is at least this
 * @param most it is at most this
 */
public record CountBounds(long least, long most) {}
