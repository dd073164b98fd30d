/**
 * Joins of two streams of the same keys, and removal of duplicates.
 *
 * <p>{@link io.thalweg.join.IntervalJoin} pairs the events of two streams whose timestamps are
 * close. {@link io.thalweg.join.AsOfJoin} adds to each event of one stream the value of the other
 * that was valid at its timestamp. Both take {@link io.thalweg.join.JoinInput}, an event of either
 * stream. {@link io.thalweg.join.Deduplicated} removes repeated events.
 */
package io.thalweg.join;
