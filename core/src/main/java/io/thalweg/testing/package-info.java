/**
 * Tools for tests of aggregates and processors. They depend on no test framework.
 *
 * <p>{@link io.thalweg.testing.AggregateLaws} checks an aggregate, {@link
 * io.thalweg.testing.WindowOracle} is a reference implementation of the window operator, and {@link
 * io.thalweg.testing.Recording} records the output of a processor as {@link
 * io.thalweg.testing.RecordedResult}s. {@link io.thalweg.testing.SeriesGenerator} generates series
 * with labelled anomalies.
 */
package io.thalweg.testing;
