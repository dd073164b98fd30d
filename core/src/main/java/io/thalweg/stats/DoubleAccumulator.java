package io.thalweg.stats;

/** Collects numbers, and merges with others of its kind. */
interface DoubleAccumulator<A> {

  void add(double value);

  void merge(A other);

  void clear();
}
